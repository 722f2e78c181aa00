#include "schedule/notice.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "schedule/notice_fixture.hpp"
#include "store/merged_people.hpp"

using namespace crier;
using test::codes;
using test::has;
using test::Names;
using test::pupils;
using test::SchoolFixture;
using test::weekly;

TEST_CASE_FIXTURE(SchoolFixture, "T2: work that was not handed in is told to the guardian of that pupil") {
  const auto work = missing(ada);
  const auto notice = run();
  REQUIRE(codes(notice) == Names{"C-1"});
  CHECK(notice.subject == "Missing assignments: School CAM");
  CHECK(notice.kind == "missing-assignments");
  CHECK(notice.category == Category::periodic);
  const auto& mothers = notice.recipients.front();
  CHECK(mothers.told == std::vector<store::ToldEntry>{{work, ada.id(), mary.id()}});
  CHECK(mothers.bodies.at(Channel::email) ==
        "Dear Mrs Dyer,\n\n"
        "This is a notice from School CAM. According to our gradebook the following work has not been handed "
        "in.\n\n"
        "Ada Dyer, 9B\n"
        "  9X/Ma1\n"
        "    - Fractions, due Fri 20 Nov 2026\n\n"
        "If the work has been handed in since, or if something is not right, please tell the school.\n\n"
        "Kind regards\n"
        "School CAM\n"
        "This address does not take replies.\n");
}

TEST_CASE_FIXTURE(SchoolFixture, "T2: nothing missing is nobody to tell") {
  book.mark(book.assignment(maths.id(), "Fractions", "2026-11-20"), ada.id(), "graded", 18.0);
  CHECK(run().recipients.empty());
}

TEST_CASE_FIXTURE(SchoolFixture, "T2: exempt, handed in and unknown results are not reported") {
  missing(ada);
  for (const auto* status : {"exempt", "submitted", "graded", "partial", "unknown"}) {
    CAPTURE(status);
    book.change_mark(mark, status);
    CHECK(run().recipients.empty());
  }
  book.flag_missing(mark);
  CHECK(run().recipients.size() == 1);
  book.change_mark(mark, "submitted");
  CHECK(run().recipients.size() == 1);
  book.change_mark(mark, "exempt");
  CHECK(run().recipients.empty());
}

TEST_CASE_FIXTURE(SchoolFixture, "T2: of two results for one assignment the one that was handed in counts") {
  const auto work = missing(ada);
  book.mark(work, ada.id(), "graded", 15.0);
  CHECK(run().recipients.empty());
}

TEST_CASE_FIXTURE(SchoolFixture, "T2: a mark that flips is reported as it stands at the run") {
  missing(ada);
  CHECK(run().recipients.size() == 1);
  book.change_mark(mark, "submitted");
  CHECK(run().recipients.empty());
  book.change_mark(mark, "not-submitted");
  CHECK(run().recipients.size() == 1);
}

TEST_CASE_FIXTURE(SchoolFixture,
                  "T2: what went from the gradebook or belongs to an inactive class is not reported") {
  book.withdraw(missing(ada));
  CHECK(run().recipients.empty());
  missing(ada);
  CHECK(run().recipients.size() == 1);
  maths.inactive();
  CHECK(run().recipients.empty());
}

TEST_CASE_FIXTURE(SchoolFixture, "T2: the window counts its first and last day, and today is not late yet") {
  missing(ada, "Too old", "2026-11-12");
  missing(ada, "First day", "2026-11-13");
  missing(ada, "Last day", "2026-11-26");
  missing(ada, "Due today", "2026-11-27");
  missing(ada, "Not yet due", "2026-12-01");
  missing(ada, "No date", "");
  auto schedule = weekly();
  auto body = run(schedule).recipients.at(0).bodies.at(Channel::email);
  CHECK(!has(body, "Too old"));
  CHECK(has(body, "First day, due Fri 13 Nov 2026"));
  CHECK(has(body, "Last day, due Thu 26 Nov 2026"));
  for (const auto* wrong : {"Due today", "Not yet due", "No date"}) CHECK(!has(body, wrong));
  schedule.begin_due = *parse_date("2026-11-01");
  schedule.end_due = *parse_date("2026-12-31");
  body = run(schedule).recipients.at(0).bodies.at(Channel::email);
  CHECK(has(body, "Too old"));
  for (const auto* wrong : {"Due today", "Not yet due", "No date"}) CHECK(!has(body, wrong));
}

TEST_CASE_FIXTURE(SchoolFixture, "T2: who left the class, or has not begun, is not reported") {
  const auto dora = roster.pupil("DOR001", "Dora", "Dyer");
  roster.relate(dora, mary, "mother");
  auto art = roster.group("Art", "class");
  const auto work = book.assignment(art.id(), "Collage", "2026-11-20");
  roster.store();
  book.mark(work, dora.id(), "not-submitted");
  CHECK(run().recipients.empty());
  SUBCASE("left yesterday: the end is the first day after") {
    art.member_between(dora, "2026-09-01", "2026-11-27");
    CHECK(run().recipients.empty());
  }
  SUBCASE("last day today") {
    art.member_between(dora, "2026-09-01", "2026-11-28");
    CHECK(run().recipients.size() == 1);
  }
  SUBCASE("begins next week") {
    art.member_between(dora, "2026-12-01", "");
    CHECK(run().recipients.empty());
  }
  SUBCASE("came back") {
    art.member_between(dora, "2026-09-01", "2026-10-01");
    art.member_between(dora, "2026-11-01", "");
    CHECK(run().recipients.at(0).told.size() == 1);
  }
}

TEST_CASE_FIXTURE(SchoolFixture, "T2: a teacher's place in a class is no pupil's") {
  auto art = roster.group("Art", "class");
  art.teacher(ada);
  roster.store();
  book.mark(book.assignment(art.id(), "Collage", "2026-11-20"), ada.id(), "not-submitted");
  CHECK(run().recipients.empty());
}

TEST_CASE_FIXTURE(SchoolFixture,
                  "T2: no result at all is unknown unless the source says that it is missing") {
  const auto work = book.assignment(maths.id(), "Fractions", "2026-11-20");
  book.mark(work, carl.id(), "submitted");
  CHECK(run().recipients.empty());
  settings.imports["oneroster"].no_result_is_missing = true;
  const auto notice = run();
  REQUIRE(codes(notice) == Names{"C-1"});
  CHECK(pupils(notice.recipients.front()) == Names{"ADA001", "BEN001"});
  settings.imports["oneroster"].no_result_is_missing = false;
  settings.imports["other"].no_result_is_missing = true;
  CHECK(run().recipients.empty());
}

TEST_CASE_FIXTURE(SchoolFixture, "T2: where silence is missing, work from before the pupil came is not") {
  auto art = roster.group("Art", "class");
  art.member_between(ada, "2026-11-23", "");
  roster.store();
  settings.imports["oneroster"].no_result_is_missing = true;
  book.assignment(art.id(), "Before", "2026-11-20");
  CHECK(run().recipients.empty());
  book.assignment(art.id(), "After", "2026-11-24");
  CHECK(run().recipients.at(0).told.size() == 1);
}

TEST_CASE_FIXTURE(SchoolFixture,
                  "T2, C12: one digest names the pupils with missing work and no other child") {
  const auto dora = roster.pupil("DOR001", "Dora", "Dyer").form("9C");
  roster.relate(dora, mary, "mother");
  maths.member(dora);
  auto history = roster.group("9B/Hi", "class");
  history.member(ada);
  roster.store();
  missing(ada, "Fractions", "2026-11-20");
  missing(ada, "Angles", "2026-11-16");
  book.mark(book.assignment(history.id(), "Castles", "2026-11-18"), ada.id(), "not-submitted");
  missing(dora, "Fractions II", "2026-11-25");
  missing(carl, "Circles", "2026-11-25");
  const auto notice = run();
  REQUIRE(codes(notice) == Names{"C-1", "C-2"});
  CHECK(pupils(notice.recipients[0]) == Names{"ADA001", "DOR001"});
  CHECK(pupils(notice.recipients[1]) == Names{"CAR001"});
  CHECK(notice.recipients[0].told.size() == 4);
  const auto& mothers = notice.recipients[0].bodies.at(Channel::email);
  CHECK(has(mothers,
            "Ada Dyer, 9B\n"
            "  9B/Hi\n"
            "    - Castles, due Wed 18 Nov 2026\n"
            "  9X/Ma1\n"
            "    - Angles, due Mon 16 Nov 2026\n"
            "    - Fractions, due Fri 20 Nov 2026\n\n"
            "Dora Dyer, 9C\n"
            "  9X/Ma1\n"
            "    - Fractions II, due Wed 25 Nov 2026\n"));
  for (const auto* wrong : {"Ben", "Carl", "Circles"}) CHECK(!has(mothers, wrong));
  CHECK(!has(notice.recipients[1].bodies.at(Channel::email), "Dyer"));
}

TEST_CASE_FIXTURE(SchoolFixture, "C12: the audience says which children are meant") {
  missing(ada);
  missing(ben);
  auto schedule = weekly();
  schedule.expression = "year:9";
  const auto notice = run(schedule);
  REQUIRE(codes(notice) == Names{"C-1"});
  CHECK(pupils(notice.recipients.front()) == Names{"ADA001"});
  CHECK(!has(notice.recipients.front().bodies.at(Channel::email), "Ben"));
}

TEST_CASE_FIXTURE(SchoolFixture, "C12: another school's child and its work do not appear") {
  roster.school("OXF");
  const auto otto = roster.pupil("OTT001", "Otto", "Dyer", "OXF");
  roster.relate(otto, mary, "mother");
  auto latin = roster.group("Latin", "class", "", "OXF");
  latin.member(otto).member(ada);
  roster.store();
  const auto work = book.assignment(latin.id(), "Vocabulary", "2026-11-20");
  book.mark(work, otto.id(), "not-submitted");
  book.mark(work, ada.id(), "not-submitted");
  auto schedule = weekly();
  schedule.school = "CAM";
  CHECK(run(schedule).recipients.empty());
  missing(ada);
  const auto notice = run(schedule);
  CHECK(pupils(notice.recipients.at(0)) == Names{"ADA001"});
  CHECK(!has(notice.recipients.at(0).bodies.at(Channel::email), "Vocabulary"));
}

TEST_CASE_FIXTURE(SchoolFixture, "R3: who is barred from a pupil hears nothing of that pupil") {
  roster.relate(carl, mary, "mother").court_order();
  roster.store();
  missing(carl);
  missing(ada);
  const auto notice = run();
  for (const auto& one : notice.recipients) {
    if (one.recipient.code != "C-1") continue;
    CHECK(pupils(one) == Names{"ADA001"});
    CHECK(!has(one.bodies.at(Channel::email), "Carl"));
  }
}

TEST_CASE_FIXTURE(SchoolFixture, "T4: told once, unless the schedule says to include it again") {
  missing(ada);
  store_notice(run(), DeliveryState::complete);
  CHECK(run().recipients.empty());
  auto again = weekly();
  again.include_previously_reported = true;
  CHECK(run(again).recipients.at(0).told.size() == 1);
  // New work is told without the old.
  const auto fresh = missing(ada, "Angles");
  const auto notice = run();
  REQUIRE(notice.recipients.size() == 1);
  CHECK(notice.recipients[0].told == std::vector<store::ToldEntry>{{fresh, ada.id(), mary.id()}});
  CHECK(!has(notice.recipients[0].bodies.at(Channel::email), "Fractions"));
}

TEST_CASE_FIXTURE(SchoolFixture, "T4: two guardians are each told once, each by themselves") {
  const auto robert = roster.contact("C-3", "Robert", "Dyer").email("robert@example.org");
  roster.relate(ada, robert, "father");
  roster.store();
  missing(ada);
  const auto first = run();
  REQUIRE(codes(first) == Names{"C-1", "C-3"});
  const auto deliveries = store_notice(first, DeliveryState::complete);
  CHECK(run().recipients.empty());
  book.set_state(deliveries[1], DeliveryState::failed);
  CHECK(codes(run()) == Names{"C-3"});
}

TEST_CASE_FIXTURE(SchoolFixture, "T4, R9: what one record was told, whoever is merged with it was told too") {
  auto molly = roster.contact("C-9", "Molly", "Roy").email("molly@example.org");
  roster.relate(carl, molly, "mother");
  missing(carl);
  const auto notice = run();
  CHECK(codes(notice) == Names{"C-2", "C-9"});
  store_notice(notice, DeliveryState::complete);
  const std::vector<std::int64_t> records{mary.id(), molly.id()};
  store::merge_people(roster.store(), records, "test", Instant{});
  CHECK(codes(run()).empty());
  // Of what is new the first record hears for both.
  missing(carl, "Graphs");
  missing(ada);
  const auto next = run();
  CHECK(codes(next) == Names{"C-1", "C-2"});
  CHECK(pupils(next.recipients[0]) == Names{"ADA001", "CAR001"});
  CHECK(next.recipients[0].told.size() == 2);
}

TEST_CASE_FIXTURE(SchoolFixture, "T4: reserved while queued, told when accepted, due again when all failed") {
  missing(ada);
  const auto deliveries = store_notice(run(), DeliveryState::queued);
  for (const auto state : {DeliveryState::queued, DeliveryState::claimed, DeliveryState::waiting,
                           DeliveryState::held, DeliveryState::in_doubt, DeliveryState::complete}) {
    book.set_state(deliveries.at(0), state);
    CHECK(run().recipients.empty());
  }
  for (const auto state : {DeliveryState::failed, DeliveryState::cancelled}) {
    book.set_state(deliveries.at(0), state);
    CHECK(run().recipients.size() == 1);
  }
}

TEST_CASE_FIXTURE(SchoolFixture, "T4: overlapping schedules tell each assignment once between them") {
  missing(ada);
  missing(carl);
  auto year_nine = weekly();
  year_nine.name = "year-nine";
  year_nine.expression = "year:9 and not form:9C";
  store_notice(run(year_nine), DeliveryState::queued);
  CHECK(codes(run()) == Names{"C-2"});
}

TEST_CASE_FIXTURE(SchoolFixture, "T4: missing and failing are different notices") {
  const auto work = missing(ada);
  store_notice(run(), DeliveryState::complete);
  book.change_mark(mark, "graded");
  roster.store().query("UPDATE mark SET score = 5 WHERE id = ?1").with(mark).run();
  const auto failing = run(weekly(config::NoticeKind::failing_assignments));
  REQUIRE(failing.recipients.size() == 1);
  CHECK(failing.kind == "failing-assignments");
  CHECK(failing.recipients[0].told == std::vector<store::ToldEntry>{{work, ada.id(), mary.id()}});
}

TEST_CASE_FIXTURE(SchoolFixture, "T4: the window may move or widen, what was told stays told") {
  missing(ada, "Fractions", "2026-11-20");
  store_notice(run(), DeliveryState::complete);
  auto wide = weekly();
  wide.name = "whole-term";
  wide.begin_due = *parse_date("2026-09-01");
  CHECK(run(wide).recipients.empty());
  friday += std::chrono::hours(24 * 7);
  CHECK(run().recipients.empty());
}

TEST_CASE_FIXTURE(SchoolFixture,
                  "T4: who cannot be reached stays due and stands in the notice with the reason") {
  const auto robert = roster.contact("C-3", "Robert", "Dyer");
  roster.relate(ada, robert, "father");
  roster.store();
  missing(ada);
  const auto notice = run();
  REQUIRE(codes(notice) == Names{"C-1", "C-3"});
  CHECK(notice.recipients[1].recipient.channels.at(Channel::email).reason == Reason::no_address);
  CHECK(notice.recipients[1].told.size() == 1);
}

TEST_CASE_FIXTURE(SchoolFixture, "T4, D7: a failure from the start is due until a rerun of it is accepted") {
  missing(ada);
  const auto deliveries = store_notice(run(), DeliveryState::failed);
  CHECK(run().recipients.size() == 1);
  book.set_state(deliveries.at(0), DeliveryState::queued);
  CHECK(run().recipients.empty());
  book.set_state(deliveries.at(0), DeliveryState::complete);
  CHECK(run().recipients.empty());
}

TEST_CASE_FIXTURE(SchoolFixture, "A4: of two guardians at one address one gets the copy, now and later") {
  const auto robert = roster.contact("C-3", "Robert", "Dyer").email("mary@example.org");
  roster.relate(ada, robert, "father").priority(2);
  roster.relate(ben, robert, "father").priority(2);
  roster.store();
  missing(ada);
  const auto notice = run();
  CHECK(codes(notice) == Names{"C-1"});
  REQUIRE(notice.not_to_hear.size() == 1);
  CHECK(notice.not_to_hear[0].recipient.code == "C-3");
  CHECK(notice.not_to_hear[0].recipient.channels.at(Channel::email).reason == Reason::duplicate);
  store_notice(notice, DeliveryState::complete);
  roster.store().execute("UPDATE delivery SET address = 'Mary@example.org'");
  CHECK(run().recipients.empty());
  // Also where the mother is not in the audience any more: the address has had it.
  auto fathers = weekly();
  fathers.to = {"father"};
  CHECK(run(fathers).recipients.empty());
  fathers.include_previously_reported = true;
  CHECK(codes(run(fathers)) == Names{"C-3"});
  // New work is one copy again.
  missing(ben, "Angles");
  CHECK(codes(run()) == Names{"C-1"});
}

TEST_CASE_FIXTURE(SchoolFixture, "A4: the duplicate on one channel is reached on another") {
  auto robert = roster.contact("C-3", "Robert", "Dyer").email("mary@example.org").mobile("+447400123456");
  roster.relate(ada, robert, "father").priority(2);
  roster.relate(ben, robert, "father").priority(2);
  roster.store();
  missing(ada);
  auto schedule = weekly();
  schedule.via = {Channel::email, Channel::sms};
  const auto notice = run(schedule);
  REQUIRE(codes(notice) == Names{"C-1", "C-3"});
  CHECK(notice.recipients[1].recipient.channels.at(Channel::email).reason == Reason::duplicate);
  CHECK(!notice.recipients[1].recipient.channels.at(Channel::sms).reason);
}

TEST_CASE_FIXTURE(SchoolFixture, "A4: a shared copy names only what every owner of the address may know") {
  // Ada's father, who is not Ben's, shares the mother's address.
  const auto robert = roster.contact("C-3", "Robert", "Dyer").email("mary@example.org");
  roster.relate(ada, robert, "father").priority(2);
  roster.store();
  missing(ada);
  SUBCASE("only Ada's work: one copy") {
    CHECK(codes(run()) == Names{"C-1"});
  }
  SUBCASE("Ben's too: a copy each, and his names Ada alone") {
    missing(ben);
    const auto notice = run();
    REQUIRE(codes(notice) == Names{"C-1", "C-3"});
    CHECK(pupils(notice.recipients[0]) == Names{"ADA001", "BEN001"});
    CHECK(pupils(notice.recipients[1]) == Names{"ADA001"});
    CHECK(!notice.recipients[1].recipient.channels.at(Channel::email).reason);
  }
}

TEST_CASE_FIXTURE(SchoolFixture, "D1: who opted out is listed and is no delivery") {
  mary.opt_out();
  roster.store();
  missing(ada);
  const auto notice = run();
  CHECK(notice.recipients.empty());
  REQUIRE(notice.not_to_hear.size() == 1);
  CHECK(notice.not_to_hear[0].recipient.channels.at(Channel::email).reason == Reason::opted_out);
}

TEST_CASE_FIXTURE(SchoolFixture, "T3: exactly the percentage is enough, without points nothing is judged") {
  auto schedule = weekly(config::NoticeKind::failing_assignments);
  book.mark(book.assignment(maths.id(), "Enough", "2026-11-20", 20.0), ada.id(), "graded", 12.0);
  book.mark(book.assignment(maths.id(), "No points", "2026-11-20"), ada.id(), "graded", 1.0);
  book.mark(book.assignment(maths.id(), "Nothing to have", "2026-11-20", 0.0), ada.id(), "graded", 0.0);
  book.mark(book.assignment(maths.id(), "No score", "2026-11-20", 20.0), ada.id(), "graded");
  CHECK(run(schedule).recipients.empty());
  const auto repeated = book.assignment(maths.id(), "Repeated", "2026-11-20", 20.0);
  book.mark(repeated, ada.id(), "graded", 3.0);
  CHECK(run(schedule).recipients.size() == 1);
  book.mark(repeated, ada.id(), "graded", 15.0);
  CHECK(run(schedule).recipients.empty());
}

TEST_CASE_FIXTURE(SchoolFixture, "T6: the day of the run is the school's day") {
  missing(ada, "Late", "2026-11-26");
  friday = *parse_local("2026-11-27T00:00:00");
  CHECK(run().recipients.size() == 1);
  friday = *parse_local("2026-11-26T23:59:59");
  CHECK(run().recipients.empty());
}

TEST_CASE_FIXTURE(SchoolFixture, "A1: an expression that is wrong is told as the audience tells it") {
  auto schedule = weekly();
  schedule.expression = "year:9 and";
  CHECK_THROWS_AS(run(schedule), Error);
}
