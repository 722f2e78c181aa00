#include "office/permission.hpp"

#include "office_case.hpp"

using namespace crier;
using namespace crier::office;

namespace {

bool has(const Error& error, std::string_view words) {
  return (error.message() + " " + error.hint()).find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("M7: each act takes one of its roles") {
  test::OfficeCase at;
  at.enter("it", {"manager"});
  for (const auto role : all_roles) at.enter(std::string(to_text(role)), {std::string(to_text(role))});
  const struct {
    Act act;
    std::string roles;
  } expected[] = {{Act::look, "viewer sender approver office manager"},
                  {Act::see_addresses, "sender approver office manager"},
                  {Act::send, "sender office"},
                  {Act::change_message, "office"},
                  {Act::decide_message, "approver"},
                  {Act::run_schedule, "office manager"},
                  {Act::change_schedule, "manager"},
                  {Act::change_calendar, "office manager"},
                  {Act::change_contact, "office"},
                  {Act::resolve_issue, "office"},
                  {Act::change_wallet, "manager"},
                  {Act::delete_leavers, "manager"},
                  {Act::import, "manager"},
                  {Act::change_operators, "manager"},
                  {Act::change_store, "manager"},
                  {Act::export_person, "office manager"},
                  {Act::erase_person, "manager"},
                  {Act::run_retention, "manager"}};
  for (const auto& row : expected) {
    for (const auto role : all_roles) {
      const std::string account(to_text(role));
      CAPTURE(static_cast<int>(row.act));
      CAPTURE(account);
      const bool wanted = row.roles.find(account) != std::string::npos;
      CHECK(may(at.as(account), row.act, {{"CAM"}, ""}) == wanted);
      const auto error = test::error_of([&] { require(at.as(account), row.act, {{"CAM"}, ""}); });
      CHECK(error.code() == (wanted ? "" : "role"));
      if (!wanted) CHECK(error.exit() == Exit::refused_by_rule);
    }
  }
}

TEST_CASE("M7: without operators, and for an account that is none, everything is allowed") {
  test::OfficeCase at;
  CHECK_NOTHROW(require(at.as("ann"), Act::change_store));
  at.enter("it", {"manager"});
  CHECK_NOTHROW(require(at.as("ann"), Act::change_store));
  CHECK_NOTHROW(require(at.as("schedule missing-weekly"), Act::send, {{"CAM"}, ""}));
  at.enter("ann", {"viewer"});
  CHECK_THROWS_AS(require(at.as("ann"), Act::change_store), Error);
  CHECK_THROWS_AS(require(at.as("ANN"), Act::change_store), Error);
}

TEST_CASE("M7: a sender changes their own messages, an approver decides others' alone") {
  test::OfficeCase at;
  at.enter("it", {"manager"});
  at.enter("ann", {"sender", "approver"});
  at.enter("bob", {"approver"});
  const auto ann = at.as("ann");
  CHECK(may(ann, Act::change_message, {{"CAM"}, "Ann"}));
  CHECK_FALSE(may(ann, Act::change_message, {{"CAM"}, "bob"}));
  CHECK_FALSE(may(ann, Act::change_message, {{"CAM"}, "schedule missing"}));
  CHECK(may(ann, Act::decide_message, {{"CAM"}, "bob"}));
  const auto error = test::error_of([&] { require(ann, Act::decide_message, {{"CAM"}, "ann"}); });
  CHECK(error.code() == "role");
  CHECK(has(error, "of their own"));
  CHECK(has(error, "bob can"));
}

TEST_CASE("M7: the refusal names the role that is missing and who can give it") {
  test::OfficeCase at;
  at.enter("it", {"manager"});
  at.enter("head", {"manager", "office"});
  at.enter("ann", {"viewer"});
  const auto error = test::error_of([&] { require(at.as("ann"), Act::send, {{"CAM"}, ""}); });
  CHECK(has(error, "ann may not send messages: it takes the role sender or office"));
  CHECK(has(error, "head, it can give it: crier operators edit ann --role viewer,sender"));
}

TEST_CASE("M7: roles hold at their schools, the store as a whole takes all of them") {
  test::OfficeCase at;
  at.roster.school("HAR");
  at.enter("it", {"manager"});
  at.enter("ann", {"office", "manager"}, {"cam"});
  const auto ann = at.as("ann");
  CHECK(may(ann, Act::send, {{"CAM"}, ""}));
  CHECK_FALSE(may(ann, Act::send, {{"HAR"}, ""}));
  CHECK(may(ann, Act::change_contact, {{"HAR", "CAM"}, ""}));
  CHECK(may(ann, Act::change_contact));
  CHECK_FALSE(may(ann, Act::import));
  CHECK(has(test::error_of([&] { require(ann, Act::import); }), "--all-schools"));
  CHECK(has(test::error_of([&] { require(ann, Act::send, {{"HAR"}, ""}); }), "--school CAM,HAR"));
  at.enter("bob", {"manager"}, {"CAM", "HAR"});
  CHECK(may(at.as("bob"), Act::import));
}

TEST_CASE("M7: an operator of some schools looks at those alone") {
  test::OfficeCase at;
  const auto other = at.roster.school("HAR");
  at.roster.school("OAK");
  at.enter("it", {"manager"});
  at.enter("ann", {"viewer"}, {"HAR"});
  at.enter("bob", {"viewer"}, {"HAR", "OAK"});
  CHECK_FALSE(school_in_sight(at.as()));
  CHECK_FALSE(school_in_sight(at.as("it")));
  CHECK(school_in_sight(at.as("ann")) == other);
  CHECK(test::error_of([&] { school_in_sight(at.as("bob")); }).code() == "which-school");
  auto bob = at.as("bob");
  bob.school = "har";
  CHECK(school_in_sight(bob) == other);
  bob.school = "CAM";
  CHECK(test::error_of([&] { school_in_sight(bob); }).code() == "role");
}

TEST_CASE("M7: who is disabled may do nothing, not even look") {
  test::OfficeCase at;
  at.enter("it", {"manager"});
  at.enter("ann", {"office"});
  set_standing(at.as("it"), "ann", OperatorStanding::disabled);
  CHECK_FALSE(may(at.as("ann"), Act::look));
  CHECK(has(test::error_of([&] { require(at.as("ann"), Act::look); }), "crier operators enable ann"));
  CHECK(acts_of(find_operator(at.as("it"), "ann")).empty());
}

TEST_CASE("M7: a viewer sees addresses masked, wherever in a text they stand") {
  test::OfficeCase at;
  at.enter("it", {"manager"});
  at.enter("ann", {"viewer"});
  at.enter("bob", {"viewer", "sender"});
  CHECK(address_sight(at.as()) == AddressSight::clear);
  CHECK(address_sight(at.as("bob")) == AddressSight::clear);
  const auto sight = address_sight(at.as("ann"));
  REQUIRE(sight == AddressSight::masked);
  CHECK(shown_address(sight, "mary@example.org") == "m…@example.org");
  CHECK(shown_address(sight, "+447400900123") == "+44…23");
  CHECK(shown_address(sight, "zhang.san") == "z…");
  CHECK(shown_address(sight, "") == "");
  CHECK(shown_text(sight, "550 5.1.1 <mary@example.org>: unknown; see +447400900123.") ==
        "550 5.1.1 <m…@example.org>: unknown; see +44…23.");
  CHECK(shown_text(sight, "mailto:mary@example.org,eve@example.org") ==
        "mailto:m…@example.org,e…@example.org");
  CHECK(shown_text(sight, "mary@example.org.") == "m…@example.org.");
  CHECK(shown_text(sight, "250 2.0.0 Ok: queued as 4F7A @ 10:00, +1 more") ==
        "250 2.0.0 Ok: queued as 4F7A @ 10:00, +1 more");
  CHECK(shown_text(sight, "") == "");
  CHECK(shown_text(AddressSight::clear, "mary@example.org") == "mary@example.org");
}
