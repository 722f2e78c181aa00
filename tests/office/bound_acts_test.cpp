#include "office/contacts.hpp"
#include "office/import_history.hpp"
#include "office/importing.hpp"
#include "office/issues.hpp"
#include "office/leavers.hpp"
#include "office/permission.hpp"
#include "office/rerunning.hpp"
#include "office_case.hpp"
#include "store/message_store.hpp"

using namespace crier;
using namespace crier::office;

namespace {

struct BoundCase : test::OfficeCase {
  test::PersonBuilder ben = roster.pupil("P2", "Ben", "Moss").status(PersonStatus::leaver);
  test::PersonBuilder mary = roster.contact("C-17", "Mary", "Dyer").email("mary@example.org");

  BoundCase() {
    enter("it", {"manager"});
    enter("ann", {"office"});
    enter("vic", {"viewer"});
    roster.store().execute(
        "INSERT INTO data_issue (kind, school, person, about, detail, state, raised, last_seen, ended_by) "
        "VALUES ('invalid-email', 1, 1, 'x', 'mary@example.org is no address', 'open', 0, 0, '')");
  }
};

/// The role's refusal, and nothing written.
template <typename Call>
void check_refused(BoundCase& at, Call&& call) {
  const auto before = at.roster.store().integer("SELECT count(*) FROM audit");
  CHECK(test::error_of(call).code() == "role");
  CHECK(at.roster.store().integer("SELECT count(*) FROM audit") == before);
}

}  // namespace

TEST_CASE("M7: imports, undoing and deciding held ones are a manager's") {
  BoundCase at;
  for (const char* account : {"vic", "ann"}) {
    CAPTURE(account);
    const auto office = at.as(account);
    check_refused(at, [&] { import_oneroster(office, {}, {}); });
    check_refused(at, [&] { import_csv(office, {}, {}); });
    check_refused(at, [&] { review_held(office, std::nullopt, 0, {}); });
    check_refused(at, [&] { accept_held(office, std::nullopt, store::GoneRows::leave, {}); });
    check_refused(at, [&] { discard_held(office, std::nullopt); });
    check_refused(at, [&] { undo_import(office); });
  }
  CHECK(test::error_of([&] { discard_held(at.as("it"), std::nullopt); }).code() == "nothing-held");
  CHECK(test::error_of([&] { discard_held(at.as("root"), std::nullopt); }).code() == "nothing-held");
}

TEST_CASE("M7: deleting leavers is a manager's, resolving data issues the office's") {
  BoundCase at;
  const std::vector people{at.ben.id()};
  check_refused(at, [&] { delete_leavers(at.as("ann"), people); });
  check_refused(at, [&] { delete_leavers(at.as("vic"), people); });
  check_refused(at, [&] { resolve_issue(at.as("vic"), 1); });
  check_refused(at, [&] { resolve_issue(at.as("it"), 1); });
  CHECK(find_issue(at.as("vic"), 1).detail == "m…@example.org is no address");
  CHECK(find_issue(at.as("ann"), 1).detail == "mary@example.org is no address");
  CHECK(resolve_issue(at.as("ann"), 1).state == "resolved");
  CHECK(delete_leavers(at.as("it"), people).people == 1);
}

TEST_CASE("M7: an address is masked in every table that a viewer sees") {
  BoundCase at;
  const auto shown = show_contact(at.as("vic"), "C-17");
  REQUIRE(shown.addresses.size() == 1);
  CHECK(shown.addresses[0].normal == "m…@example.org");
  CHECK(shown.addresses[0].given == "m…@example.org");
  const auto table = issue_table(at.as("vic"), "", "open");
  REQUIRE(table.rows.size() == 1);
  for (const auto& cell : table.rows[0]) {
    if (const auto* text = std::get_if<std::string>(&cell)) CHECK(text->find("mary@") == std::string::npos);
  }
}
