#include "office/operators.hpp"

#include "office_case.hpp"
#include "store/operator_store.hpp"

using namespace crier;
using namespace crier::office;

TEST_CASE("M7: an operator comes back as it was entered") {
  test::OfficeCase at;
  at.roster.school("HAR");
  at.enter("it", {"manager"});
  add_operator(at.as("it"), " DOMAIN\\Ann ",
               {" Ann Lee ", std::vector<std::string>{"Approver", "sender", "sender"},
                std::vector<std::string>{"har", "CAM", "HAR"}});
  const auto ann = find_operator(at.as(), "domain\\ann");
  CHECK(ann.account == "DOMAIN\\Ann");
  CHECK(ann.name == "Ann Lee");
  CHECK(ann.roles == std::vector{Role::sender, Role::approver});
  CHECK(ann.schools == std::vector<std::string>{"CAM", "HAR"});
  CHECK(ann.active);
  CHECK(ann.created == at.clock.now());
  CHECK(list_operators(at.as()).size() == 2);
  CHECK(at.roster.store().text(
            "SELECT actor || ' ' || act || ' ' || subject || ' ' || detail FROM audit ORDER BY id "
            "DESC LIMIT 1") == "it operator-add DOMAIN\\Ann sender,approver at CAM,HAR");
}

TEST_CASE("M7: what was refused changed nothing and left no entry") {
  test::OfficeCase at;
  at.enter("it", {"manager"});
  const auto before = at.roster.store().integer("SELECT count(*) FROM audit");
  const auto refused = [&](auto call, std::string_view code) { CHECK(test::error_of(call).code() == code); };
  refused([&] { at.enter("it", {"sender"}); }, "operator-exists");
  refused([&] { at.enter("ann", {}); }, "no-role");
  refused([&] { at.enter("ann", {"boss"}); }, "unknown-role");
  refused([&] { at.enter("ann", {"sender"}, {"XYZ"}); }, "no-such-school");
  refused([&] { at.enter("crier", {"sender"}); }, "bad-account");
  refused([&] { at.enter("schedule x", {"sender"}); }, "bad-account");
  refused(
      [&] {
        edit_operator(at.as(), "it", {std::nullopt, std::vector<std::string>{"office"}, std::nullopt});
      },
      "last-manager");
  refused([&] { set_standing(at.as(), "it", OperatorStanding::disabled); }, "last-manager");
  refused([&] { set_standing(at.as("it"), "ti", OperatorStanding::disabled); }, "no-such-operator");
  CHECK(at.roster.store().integer("SELECT count(*) FROM audit") == before);
  CHECK(list_operators(at.as()).size() == 1);
  CHECK(find_operator(at.as(), "it").roles == std::vector{Role::manager});
}

TEST_CASE("M7: the first operator is a manager of all schools") {
  test::OfficeCase at;
  at.roster.school("HAR");
  CHECK(test::error_of([&] { at.enter("ann", {"office"}); }).code() == "last-manager");
  CHECK(test::error_of([&] { at.enter("ann", {"manager"}, {"CAM"}); }).code() == "last-manager");
  CHECK(list_operators(at.as()).empty());
  at.enter("ann", {"manager"}, {"CAM", "HAR"});
  CHECK(list_operators(at.as()).size() == 1);
}

TEST_CASE("M7: a role that this program does not know gives nothing") {
  test::OfficeCase at;
  at.enter("it", {"manager"});
  at.enter("ann", {"viewer"});
  at.roster.store().execute("UPDATE operator SET roles = 'auditor,viewer' WHERE account = 'ann'");
  CHECK(find_operator(at.as(), "ann").roles == std::vector{Role::viewer});
}
