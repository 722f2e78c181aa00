#include <doctest/doctest.h>

#include "schedule/notice_fixture.hpp"
#include "store/daily_finding_store.hpp"
#include "store/retention_store.hpp"

using namespace crier;
using namespace std::chrono_literals;
using test::codes;
using test::has;
using test::Names;
using test::SchoolFixture;
using test::weekly;

namespace {

/// The fixture's school with registers, accounts and birthdays. Runs are on Friday 27 November 2026.
struct DailyFixture : SchoolFixture {
  int serial = 0;

  std::int64_t absent(const test::PersonBuilder& pupil, std::string_view session = "", bool explained = false,
                      std::string_view day = "2026-11-27") {
    auto& store = roster.store();
    store
        .query(
            "INSERT INTO attendance (pupil, day, session, code, absent, explained, source, source_id) "
            "VALUES (?1, ?2, ?3, 'N', 1, ?4, 1, ?5)")
        .with(pupil.id(), day, session, explained ? 1 : 0, "a-" + std::to_string(++serial))
        .run();
    return store.last_id();
  }
  void present(std::int64_t entry) {
    roster.store().query("UPDATE attendance SET absent = 0 WHERE id = ?1").with(entry).run();
  }
  std::int64_t owes(const test::PersonBuilder& pupil, std::string_view item, std::string_view due,
                    std::int64_t amount = 1250) {
    roster.store()
        .query(
            "INSERT INTO payment (pupil, item, amount, currency, due, paid, source, source_id) "
            "VALUES (?1, ?2, ?3, 'GBP', ?4, 0, 1, ?5)")
        .with(pupil.id(), item, amount, due, "p-" + std::to_string(++serial))
        .run();
    return roster.store().last_id();
  }
  void born(const test::PersonBuilder& pupil, std::string_view day) {
    roster.store().query("UPDATE person SET birth_date = ?2 WHERE id = ?1").with(pupil.id(), day).run();
  }
  static config::Schedule of(config::NoticeKind kind, int from = 0, int to = 0) {
    auto schedule = weekly(kind);
    schedule.begin_due = std::chrono::days(from);
    schedule.end_due = std::chrono::days(to);
    return schedule;
  }
  test::Notice absences() { return run(of(config::NoticeKind::attendance)); }
  test::Notice corrections() { return run(schedule::correction_of(of(config::NoticeKind::attendance))); }
};

}  // namespace

TEST_CASE_FIXTURE(DailyFixture,
                  "T5: an absence without a reason is told to the guardian, its sessions in one line") {
  absent(ada, "AM");
  absent(ada, "PM");
  absent(carl, "AM", true);
  const auto notice = absences();
  REQUIRE(codes(notice) == Names{"C-1"});
  CHECK(notice.subject == "Absence: School CAM");
  CHECK(has(notice.recipients[0].bodies.at(Channel::email),
            "Ada Dyer, 9B\n  - absent on Fri 27 Nov 2026 (AM, PM)\n"));
  CHECK(notice.recipients[0].told.size() == 1);
  auto all = of(config::NoticeKind::attendance);
  all.absences = config::Absences::all;
  CHECK(codes(run(all)) == Names{"C-1", "C-2"});
}

TEST_CASE_FIXTURE(DailyFixture,
                  "T5: once per pupil, day and guardian, over all schedules, the next day is another") {
  absent(ada, "AM");
  store_notice(absences(), DeliveryState::complete);
  absent(ada, "PM");
  CHECK(absences().recipients.empty());
  auto other = of(config::NoticeKind::attendance, -3, 0);
  other.name = "other";
  CHECK(run(other).recipients.empty());
  absent(ada, "AM", false, "2026-11-26");
  CHECK(codes(run(other)) == Names{"C-1"});
}

TEST_CASE_FIXTURE(DailyFixture, "T4, T5: an absence whose notice failed stays due") {
  absent(ada);
  store_notice(absences(), DeliveryState::failed);
  CHECK(codes(absences()) == Names{"C-1"});
}

TEST_CASE_FIXTURE(DailyFixture,
                  "T5: whoever was told of an absence that is none any more gets a correction, once") {
  const auto entry = absent(ada);
  const auto other = absent(carl);
  CHECK(corrections().recipients.empty());
  store_notice(absences(), DeliveryState::complete);
  CHECK(corrections().recipients.empty());
  present(entry);
  const auto notice = corrections();
  REQUIRE(codes(notice) == Names{"C-1"});
  CHECK(notice.kind == "attendance-correction");
  CHECK(has(notice.recipients[0].bodies.at(Channel::email), "  - not absent on Fri 27 Nov 2026\n"));
  CHECK_FALSE(has(notice.recipients[0].bodies.at(Channel::email), "Carl"));
  store_notice(notice, DeliveryState::complete);
  CHECK(corrections().recipients.empty());
  // A reason that became known is no mistake of the school's.
  roster.store().query("UPDATE attendance SET explained = 1 WHERE id = ?1").with(other).run();
  CHECK(corrections().recipients.empty());
}

TEST_CASE_FIXTURE(DailyFixture, "T5: what was only reserved, or never reached anybody, needs no correction") {
  const auto entry = absent(ada);
  store_notice(absences(), DeliveryState::held);
  present(entry);
  CHECK(corrections().recipients.empty());
  const auto second = absent(carl);
  store_notice(absences(), DeliveryState::failed);
  present(second);
  CHECK(corrections().recipients.empty());
}

TEST_CASE_FIXTURE(DailyFixture, "T5, R3: who is barred from a pupil hears of no absence of theirs") {
  roster.relate(ada, pat, "father").court_order();
  absent(ada);
  CHECK(codes(absences()) == Names{"C-1"});
}

TEST_CASE_FIXTURE(DailyFixture,
                  "T5: payments are told when they are due soon, and again when they are overdue") {
  owes(ada, "Ski trip", "2026-11-30");
  owes(ben, "Lunch", "2026-11-20", 305);
  owes(carl, "Lunch", "2026-11-27");
  const auto due = run(of(config::NoticeKind::payment_due, 0, 7));
  CHECK(codes(due) == Names{"C-1", "C-2"});
  CHECK(has(due.recipients[0].bodies.at(Channel::email), "  - Ski trip: 12.50 GBP, due Mon 30 Nov 2026\n"));
  CHECK_FALSE(has(due.recipients[0].bodies.at(Channel::email), "Ben"));
  const auto overdue = run(of(config::NoticeKind::payment_overdue, -365, 0));
  REQUIRE(codes(overdue) == Names{"C-1"});
  CHECK(
      has(overdue.recipients[0].bodies.at(Channel::email), "  - Lunch: 3.05 GBP, was due Fri 20 Nov 2026\n"));
  store_notice(overdue, DeliveryState::complete);
  CHECK(run(of(config::NoticeKind::payment_overdue, -365, -1)).recipients.empty());
  auto again = of(config::NoticeKind::payment_overdue, -365, -1);
  again.include_previously_reported = true;
  CHECK(run(again).recipients.size() == 1);
  roster.store().execute("UPDATE payment SET paid = 1");
  CHECK(run(again).recipients.empty());
}

TEST_CASE_FIXTURE(DailyFixture, "T5: behaviour is told by kind, with its points") {
  roster.store().execute(
      "INSERT INTO behaviour (pupil, day, kind, points, note, source, source_id) VALUES "
      "(1, '2026-11-25', 'Merit', 2, 'Helped', 1, 'b1'), (1, '2026-11-25', 'Detention', NULL, '', 1, 'b2'), "
      "(1, '2026-11-10', 'Merit', 1, 'Long ago', 1, 'b3')");
  const auto notice = run(of(config::NoticeKind::behaviour, -6, 0));
  REQUIRE(notice.recipients.size() == 1);
  const auto& text = notice.recipients[0].bodies.at(Channel::email);
  CHECK(has(text, "  - Merit: Helped, Wed 25 Nov 2026 (2 points)\n"));
  CHECK(has(text, "  - Detention, Wed 25 Nov 2026\n"));
  CHECK_FALSE(has(text, "Long ago"));
  auto detentions = of(config::NoticeKind::behaviour, -6, 0);
  detentions.incidents = {"detention"};
  CHECK(run(detentions).recipients.at(0).told.size() == 1);
}

TEST_CASE_FIXTURE(
    DailyFixture,
    "T5: a birthday is greeted once a year, on 28 February in place of a 29th that is not there") {
  born(ada, "2012-11-27");
  born(ben, "2014-11-26");
  const auto notice = run(of(config::NoticeKind::birthday));
  REQUIRE(codes(notice) == Names{"C-1"});
  CHECK(has(notice.recipients[0].bodies.at(Channel::email), "  - 14 years on Fri 27 Nov 2026\n"));
  store_notice(notice, DeliveryState::complete);
  CHECK(run(of(config::NoticeKind::birthday)).recipients.empty());
  born(carl, "2012-02-29");
  const std::vector pupils{carl.id()};
  const auto on = [&](std::string_view day) {
    const auto date = *parse_date(day);
    return store::birthdays(roster.store(), {1, pupils, date, date, date}).size();
  };
  CHECK(on("2027-02-28") == 1);
  CHECK(on("2027-03-01") == 0);
  CHECK(on("2028-02-28") == 0);
  CHECK(on("2028-02-29") == 1);
}

TEST_CASE_FIXTURE(DailyFixture, "T5, P1: a mark that was let go because it was old is no correction") {
  const auto entry = absent(ada, "", false, "2026-11-02");
  auto schedule = of(config::NoticeKind::attendance, -60, 0);
  const auto told = run(schedule);
  REQUIRE(codes(told) == Names{"C-1"});
  store_notice(told, DeliveryState::complete);
  CHECK(run(schedule::correction_of(schedule)).recipients.empty());
  roster.store().query("DELETE FROM attendance WHERE id = ?1").with(entry).run();
  CHECK(codes(run(schedule::correction_of(schedule))) == Names{"C-1"});
  store::note_retention(roster.store(), DataKind::attendance, *parse_rfc3339("2026-11-10T00:00:00Z"),
                        *parse_rfc3339("2026-11-27T03:00:00Z"));
  CHECK(run(schedule::correction_of(schedule)).recipients.empty());
}
