#include "office/calendar.hpp"
#include "office/contacts.hpp"
#include "office/deciding.hpp"
#include "office/feedback.hpp"
#include "office/import_history.hpp"
#include "office/importing.hpp"
#include "office/issues.hpp"
#include "office/leavers.hpp"
#include "office/permission.hpp"
#include "office/rerunning.hpp"
#include "office/scheduling.hpp"
#include "office/sending.hpp"
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
    check_refused(at, [&] { import_bounces(office, "-", "Subject: x\n\n"); });
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

namespace {

/// Ada and her guardian Mary in CAM, and a message of Ann's to Mary that waits for approval.
struct SentCase : BoundCase {
  test::PersonBuilder ada = roster.pupil("P1", "Ada", "Dyer");
  std::int64_t message = 0;

  SentCase() {
    roster.relate(ada, mary, "mother");
    settings.approval.informational = true;
    enter("sue", {"sender"});
    enter("sam", {"sender"}, {"CAM"});
    enter("bea", {"approver"});
    message = Sending(as("sue"), asked()).queue().message;
  }

  static SendRequest asked() {
    SendRequest request;
    request.audience = {"pupil:P1", {"parent"}, {Channel::email}};
    request.subject = "Trip";
    request.body = "On Friday.";
    return request;
  }
};

}  // namespace

TEST_CASE("M7: only senders and the office send, whatever the audience") {
  SentCase at;
  for (const char* account : {"vic", "it", "bea"}) {
    CAPTURE(account);
    check_refused(at, [&] { Sending(at.as(account), SentCase::asked()).queue(); });
    check_refused(at, [&] { Sending(at.as(account), SentCase::asked()).preview(); });
  }
  CHECK(Sending(at.as("ann"), SentCase::asked()).queue().state == "awaiting-approval");
}

TEST_CASE("M7, M4: approvers decide, never on what they wrote themselves") {
  SentCase at;
  at.enter("eve", {"approver", "sender"});
  for (const char* account : {"vic", "ann", "sue"}) {
    CAPTURE(account);
    check_refused(at, [&] { approve(at.as(account), at.message, {}); });
    check_refused(at, [&] { reject(at.as(account), at.message, "no"); });
  }
  const auto own = Sending(at.as("eve"), SentCase::asked()).queue().message;
  check_refused(at, [&] { approve(at.as("eve"), own, {}); });
  CHECK(approve(at.as("eve"), at.message, {}).deliveries == 1);
  CHECK(approve(at.as("bea"), own, {}).deliveries == 1);
}

TEST_CASE(
    "M7: a sender cancels their own message, the office anybody's, everything at once only for all schools") {
  SentCase at;
  at.roster.school("HAR");
  check_refused(at, [&] { cancel(at.as("vic"), at.message); });
  check_refused(at, [&] { cancel(at.as("sam"), at.message); });
  check_refused(at, [&] { cancel_for(at.as("sam"), at.message, "C-17"); });
  check_refused(at, [&] { cancel_for(at.as("sue"), std::nullopt, "C-17"); });
  check_refused(at, [&] { cancel_all(at.as("sue")); });
  CHECK(cancel(at.as("sue"), at.message).deliveries == 1);
  Sending(at.as("sue"), SentCase::asked()).queue();
  CHECK(cancel_all(at.as("ann")).deliveries == 1);
}

TEST_CASE("M7: who looks at what waits for approval sees their own school's") {
  SentCase at;
  at.roster.school("HAR");
  at.enter("hal", {"approver"}, {"HAR"});
  CHECK(awaiting_approval(at.as("hal")).empty());
  CHECK(awaiting_approval(at.as("sam")).size() == 1);
  CHECK(awaiting_approval(at.as("bea")).size() == 1);
}

TEST_CASE("M7: schedules are run, and the calendar changed, by the office and managers") {
  SentCase at;
  config::Schedule schedule;
  schedule.name = "missing";
  schedule.school = "CAM";
  check_refused(at, [&] { run_schedule(at.as("sue"), schedule); });
  check_refused(at, [&] { add_holiday(at.as("sue"), "2026-12-21", "", "Christmas"); });
  const auto id = add_holiday(at.as("ann"), "2026-12-21", "", "Christmas").holiday.id;
  check_refused(at, [&] { remove_holiday(at.as("vic"), id); });
  at.roster.school("HAR");
  at.enter("one", {"office"}, {"CAM"});
  check_refused(at, [&] { remove_holiday(at.as("one"), id); });
  remove_holiday(at.as("it"), id);
}

TEST_CASE("M7: resolving shows a viewer no address, neither in the rows nor in the explanation") {
  SentCase at;
  const AudienceRequest request{"pupil:P1", {"parent"}, {Channel::email}};
  CHECK(shown_audience(at.as("vic"), request, Category::informational)
            .recipients.at(0)
            .channels.at(Channel::email)
            .address == "m…@example.org");
  CHECK(shown_audience(at.as("ann"), request, Category::informational)
            .recipients.at(0)
            .channels.at(Channel::email)
            .address == "mary@example.org");
  for (const auto& line : explain(at.as("vic"), request, "C-17")) {
    CHECK(line.find("mary@") == std::string::npos);
  }
}
