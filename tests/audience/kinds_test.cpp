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
  CHECK(s.meant("contract:boarding") == "CLEO");
  const auto unknown = s.refused("owing:\"Ski Tripp\"");
  CHECK(unknown.exit() == Exit::nothing_there);
  CHECK(unknown.message().find("did you mean 'Ski Trip'?") != std::string::npos);
  CHECK(s.refused("contract:music").code() == "no-such-contract");
}

TEST_CASE("A1 R8: birthday names people by the day of the year; 29 February is 1 March in other years") {
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
  s.connection
      .query(
          "INSERT INTO data_issue (kind, about, person, detail, raised, last_seen, state, ended_by) "
          "VALUES ('invalid-email', 'x', ?1, '', 0, 0, 'open', '')")
      .with(s.mary.id())
      .run();
  CHECK(s.meant("contact:issue:invalid-email") == "MARY");
  CHECK(s.refused("issue:invalid-emial").code() == "no-such-issue");
  CHECK(s.meant("contact:messaged:7d") == "");
}
