// The kinds of an expression that ask for facts of day by day (A1, R8) and for figures of the office (S4).
#include <doctest/doctest.h>

#include "audience/expression.hpp"
#include "school.hpp"

using namespace crier;
using namespace crier::test;

namespace {

/// Wednesday 25 November 2026, in Cambridge.
const Instant morning = parse_rfc3339("2026-11-25T09:00:00Z").value();

struct Facts : School {
  store::Connection& connection = roster.store();

  std::string meant(std::string_view expression) {
    audience::ResolveRequest request;
    request.expression = expression;
    request.now = morning;
    return codes(audience::resolve(connection, roster.profiles(), request));
  }
  Error refused(std::string_view expression) {
    return refusal_of([&] { meant(expression); });
  }

  void absent(const PersonBuilder& pupil, std::string_view day, int explained, int absent = 1) {
    connection
        .query(
            "INSERT INTO attendance (pupil, day, session, code, absent, explained, source, source_id) "
            "VALUES (?1, ?2, 'am', 'N', ?4, ?3, 1, ?5)")
        .with(pupil.id(), day, explained, absent, next_id())
        .run();
  }
  void owes(const PersonBuilder& pupil, std::string_view item, std::string_view due, int paid = 0,
            std::string_view contract = "") {
    connection
        .query(
            "INSERT INTO payment (pupil, item, amount, currency, due, paid, source, source_id, contract) "
            "VALUES (?1, ?2, 1000, 'GBP', ?3, ?4, 1, ?6, ?5)")
        .with(pupil.id(), item, due, paid, contract, next_id())
        .run();
  }
  void born(const PersonBuilder& pupil, std::string_view day) {
    connection.query("UPDATE person SET birth_date = ?2 WHERE id = ?1").with(pupil.id(), day).run();
  }
  void taught(const GroupBuilder& group, int weekday, std::string_view week = "") {
    connection
        .query(
            "INSERT INTO timetable_slot (roster_group, weekday, week, begins, ends, period, source, "
            "source_id) "
            "VALUES (?1, ?2, ?3, '09:00', '10:00', '1', 1, ?4)")
        .with(group.id(), weekday, week, next_id())
        .run();
  }
  void gone(const PersonBuilder& person) {
    connection.query("UPDATE place SET status = 'leaver' WHERE person = ?1").with(person.id()).run();
  }
  /// A message of so many days ago that reached them, or a sample of one.
  void told(const PersonBuilder& person, int days, int test = 0) {
    const auto at = to_millis(morning - std::chrono::days(days));
    connection
        .query(
            "INSERT INTO message (school, subject, body, category, priority, sender, state, expression, "
            "recipients, created, content_digest, test) VALUES (1, 's', 'b', 'informational', 'general', "
            "'x', "
            "'released', 'all', '', ?1, ?2, ?3)")
        .with(at, next_id(), test)
        .run();
    connection.execute(
        "INSERT INTO job (message, channel, created, updated) SELECT max(id), 'email', 0, 0 FROM message");
    connection
        .query(
            "INSERT INTO delivery (job, person, school, channel, urgency, address, state, reason, due, "
            "attempts, "
            "updated) SELECT max(id), ?1, 1, 'email', 1, 'x@example.org', 'complete', '', 0, 1, ?2 FROM job")
        .with(person.id(), at)
        .run();
  }
  void issue(const PersonBuilder& person, std::string_view kind, std::string_view state = "open") {
    connection
        .query(
            "INSERT INTO data_issue (kind, about, person, detail, raised, last_seen, state, ended_by) "
            "VALUES (?1, ?4, ?2, '', 0, 0, ?3, '')")
        .with(kind, person.id(), state, next_id())
        .run();
  }
  void asked(const PersonBuilder& person, std::string_view survey, int completed) {
    connection
        .query(
            "INSERT INTO respondent (survey, survey_folded, person, completed, source, source_id) "
            "VALUES (?1, lower(?1), ?2, ?3, 1, ?4)")
        .with(survey, person.id(), completed, next_id())
        .run();
  }

 private:
  std::string next_id() { return "f" + std::to_string(++count_); }
  int count_ = 0;
};

}  // namespace

TEST_CASE("A1 R8: absent names pupils with an absence that day, all of them or the unexplained") {
  Facts s;
  s.absent(s.ada, "2026-11-25", 0);
  s.absent(s.ada, "2026-11-25", 1);
  s.absent(s.ben, "2026-11-25", 1);
  s.absent(s.cleo, "2026-11-25", 0, 0);
  s.absent(s.cleo, "2026-11-24", 0);
  s.absent(s.dora, "2026-11-25", 0);
  CHECK(s.meant("absent") == "ADA BEN");
  CHECK(s.meant("absent:today") == "ADA BEN");
  CHECK(s.meant("absent:2026-11-25") == "ADA BEN");
  CHECK(s.meant("absent:2026-11-25/unexplained") == "ADA");
  CHECK(s.meant("absent:yesterday") == "CLEO");
  CHECK(s.meant("absent:2026-11-20") == "");
  CHECK(s.meant("year:9 and not absent") == "CLEO");
  CHECK(s.meant("absent:yesterday, absent:today") == "CLEO ADA BEN");
  CHECK(s.meant("pupil:absent:today") == "ADA BEN");
  CHECK(s.meant("status:leaver and absent") == "DORA");
  CHECK(refusal_of([&] { audience::require_somebody(ask(s.roster, "absent:2026-11-20")); }).code() ==
        "empty-audience");
}

TEST_CASE("A1 R8: owing names pupils with something unpaid: anything, one item, or what is overdue") {
  Facts s;
  s.owes(s.ada, "Ski Trip", "2026-11-24");
  s.owes(s.ben, "Lunch", "2026-11-25");
  s.owes(s.cleo, "Ski Trip", "2026-11-01", 1, "Boarding");
  s.owes(s.dora, "Lunch", "2026-11-01");
  CHECK(s.meant("owing") == "ADA BEN");
  CHECK(s.meant("owing:\"ski trip\"") == "ADA");
  CHECK(s.meant("owing:overdue") == "ADA");
  CHECK(s.meant("status:leaver and owing:overdue") == "DORA");
  CHECK(s.meant("contract:boarding") == "CLEO");
  // Paid by everybody: nobody owes it, and it is a payment all the same.
  s.owes(s.ada, "Trip to York", "2026-11-01", 1, "Music lessons");
  CHECK(s.meant("owing:\"trip to york\"") == "");
  CHECK(s.meant("owing:contract:\"music lessons\"") == "");
  s.owes(s.ben, "Violin", "2026-12-01", 0, "Music lessons");
  CHECK(s.meant("owing:contract:\"music lessons\"") == "BEN");
  CHECK(s.meant("contract:\"music lessons\"") == "ADA BEN");
  CHECK(s.refused("owing:contract:musik").code() == "no-such-contract");
  s.mary.refuse_consent("Photos");
  CHECK(codes(ask(s.roster, "contact:contract:photos")) == "MARY");
  const auto unknown = s.refused("owing:\"Ski Tripp\"");
  CHECK(unknown.exit() == Exit::nothing_there);
  CHECK(unknown.message().find("did you mean 'Ski Trip'?") != std::string::npos);
  CHECK(s.refused("contract:music").code() == "no-such-contract");
}

TEST_CASE("A1 R8: birthday names people by the day of the year, 29 February is 1 March in other years") {
  Facts s;
  s.born(s.ada, "2013-11-25");
  s.born(s.ben, "2012-11-30");
  s.born(s.cleo, "2012-02-29");
  s.born(s.tom, "1980-11-25");
  CHECK(s.meant("birthday:today") == "ADA");
  CHECK(s.meant("staff:birthday:today") == "TOM");
  CHECK(s.meant("birthday:7d") == "ADA BEN");
  CHECK(s.meant("birthday:5d") == "ADA");
  CHECK(s.meant("birthday:2027-03-01") == "CLEO");
  CHECK(s.meant("birthday:2028-02-29") == "CLEO");
  CHECK(s.meant("birthday:2028-03-01") == "");
  CHECK(s.meant("birthday:2026-07-01") == "");
  // Over the end of the year.
  s.born(s.dora, "2011-01-02");
  s.born(s.eve, "2015-11-26");
  CHECK(s.meant("status:leaver and birthday:60d") == "DORA");
  CHECK(s.meant("status:pre-admission and birthday:tomorrow") == "EVE");
}

TEST_CASE("A1 R8: survey names its respondents of a kind, all, those open or those done") {
  Facts s;
  s.asked(s.mary, "Parents", 0);
  s.asked(s.john, "Parents", 1);
  s.asked(s.ada, "Parents", 0);
  CHECK(s.meant("contact:survey:parents") == "JOHN MARY");
  CHECK(s.meant("contact:survey:Parents/open") == "MARY");
  CHECK(s.meant("contact:survey:Parents/done") == "JOHN");
  CHECK(s.meant("survey:parents") == "ADA");
  CHECK(s.meant("survey:\"Parents\"/done") == "");
  CHECK(s.meant("staff:survey:parents") == "");
  s.asked(s.ben, "Meals/open", 1);
  CHECK(s.meant("survey:meals/open") == "BEN");
  CHECK(s.meant("survey:meals/open/done") == "BEN");
  CHECK(s.meant("survey:meals/open/open") == "");
  CHECK(s.refused("survey:parnts").message().find("did you mean 'Parents'?") != std::string::npos);
}

TEST_CASE("S4: figures are audiences: who can be reached, has an issue, has had a message") {
  Facts s;
  CHECK(s.meant("contactable:email") == "CLEO ADA BEN");
  CHECK(s.meant("contactable:mobile") == "ADA BEN");
  CHECK(s.meant("all and not contactable:mobile") == "CLEO");
  s.connection
      .query(
          "INSERT INTO address_block (kind, compare_key, reason, since, evidence) "
          "VALUES ('email', 'omar@example.org', 'bounce', 0, '')")
      .run();
  CHECK(s.meant("contactable:email") == "ADA BEN");
  CHECK(s.meant("uncontactable:email") == "CLEO");
  CHECK(s.meant("uncontactable:any") == "CLEO");
  CHECK(s.meant("status:leaver and uncontactable:any") == "DORA");
  CHECK(s.meant("contact:registered:email") == "GRAN JOHN MARY");
  CHECK(s.meant("contact:registered:mobile") == "MARY");
  CHECK(s.meant("contact:registered:wechat") == "");
  s.omar.wechat("omar");
  (void)s.roster.store();
  CHECK(s.meant("contact:registered:wechat") == "OMAR");
  CHECK(s.meant("contact:registered:inbox") == s.meant("contact:all"));
}

TEST_CASE("S4: a prime contact who is barred or has left makes nobody contactable") {
  Facts s;
  s.roster.relate(s.ben, s.mary, "mother", "companion").court_order();
  CHECK(codes(ask(s.roster, "contactable:any")) == "CLEO ADA");
  s.gone(s.omar);
  CHECK(s.meant("contactable:any") == "ADA");
}

TEST_CASE("S5: issue names people with an open data issue of a kind") {
  Facts s;
  s.issue(s.mary, "invalid-email");
  s.issue(s.john, "invalid-email", "resolved");
  s.issue(s.dora, "invalid-email");
  s.issue(s.ada, "of-a-row", "gone");
  CHECK(s.meant("contact:issue:invalid-email") == "MARY");
  CHECK(s.meant("issue:invalid-email") == "");
  CHECK(s.meant("status:leaver and issue:invalid-email") == "DORA");
  // A kind that nobody has at the moment is one all the same.
  CHECK(s.meant("issue:of-a-row") == "");
  CHECK(s.meant("issue:no-contactable-prime-parent") == "");
  const auto unknown = s.refused("issue:invalid-emial");
  CHECK(unknown.code() == "no-such-issue");
  CHECK(unknown.message().find("did you mean 'invalid-email'?") != std::string::npos);
}

TEST_CASE("S4: messaged names whom a message reached within so many days, samples aside") {
  Facts s;
  CHECK(s.meant("contact:messaged:7d") == "");
  s.told(s.mary, 3);
  s.told(s.john, 8);
  s.told(s.gran, 1, 1);
  CHECK(s.meant("contact:messaged:7d") == "MARY");
  CHECK(s.meant("contact:messaged:8d") == "JOHN MARY");
  CHECK(s.meant("contact:all and not contact:messaged:366d") == "GRAN OMAR");
}

TEST_CASE("A1 R5: todays-teachers-of names who teaches the class or the pupils on this weekday") {
  Facts s;
  auto art = s.roster.group("Art", "class").member(s.ben).teacher(s.kim);
  auto maths = s.roster.group("Maths", "class").member(s.ada).teacher(s.tom);
  (void)s.roster.store();
  s.taught(maths, 3);
  s.taught(maths, 3, "B");
  s.taught(art, 4);
  CHECK(s.meant("teachers-of:art,teachers-of:maths") == "KIM TOM");
  CHECK(s.meant("todays-teachers-of:art,todays-teachers-of:maths") == "TOM");
  CHECK(s.meant("teachers-of:art,todays-teachers-of:maths") == "KIM TOM");
  CHECK(s.meant("todays-teachers-of:pupil:ADA") == "TOM");
  CHECK(s.meant("todays-teachers-of:pupil:BEN") == "");
  CHECK(s.meant("staff:todays-teachers-of:year:9") == "TOM");
  CHECK(s.refused("todays-teachers-of:mathss").code() == "no-such-group");
  s.gone(s.tom);
  CHECK(s.meant("todays-teachers-of:maths") == "");
}

TEST_CASE("R1: today is each school's own") {
  Facts s;
  s.roster.school("HNL", "Pacific/Honolulu");
  auto kai = s.roster.pupil("KAI", "Kai", "Akana", "HNL");
  auto lea = s.roster.staff("LEA", "Lea", "Akana", "HNL");
  auto hula = s.roster.group("Hula", "class", "", "HNL").member(kai).teacher(lea);
  auto choir = s.roster.group("Choir", "class").member(s.ada).teacher(s.tom);
  (void)s.roster.store();
  // In Honolulu it is Tuesday still.
  for (const std::string day : {"2026-11-24", "2026-11-25"}) {
    s.absent(s.ben, day, 0);
    s.owes(kai, "Fees " + day, day);
  }
  s.absent(kai, "2026-11-24", 0);
  s.absent(s.ada, "2026-11-24", 0);
  s.born(kai, "2014-11-24");
  s.born(s.cleo, "2014-11-25");
  s.born(s.ada, "2014-11-24");
  s.owes(s.ada, "Lunch", "2026-11-24");
  s.taught(hula, 2);
  s.taught(choir, 2);
  CHECK(s.meant("absent") == "KAI BEN");
  CHECK(s.meant("absent:yesterday") == "ADA BEN");
  CHECK(s.meant("absent:2026-11-24") == "KAI ADA BEN");
  CHECK(s.meant("birthday:today") == "KAI CLEO");
  CHECK(s.meant("owing:overdue") == "ADA");
  CHECK(s.meant("todays-teachers-of:hula,todays-teachers-of:choir") == "LEA");
  CHECK(s.meant("todays-teachers-of:all") == "LEA");
  // Asked about one school, only its pupils are looked at.
  audience::ResolveRequest request;
  request.expression = "absent, owing";
  request.now = morning;
  request.schools = {s.roster.school_id("HNL")};
  CHECK(codes(audience::resolve(s.connection, s.roster.profiles(), request)) == "KAI");
  request.expression = "owing:lunch";
  CHECK(refusal_of([&] { audience::resolve(s.connection, s.roster.profiles(), request); }).code() ==
        "no-such-payment");
}
