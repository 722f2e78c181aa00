// `resolve --explain CODE`: rule by rule why one person is reached or not (A3).
#include <doctest/doctest.h>

#include "school.hpp"

using namespace crier;
using namespace crier::test;

namespace {

struct Asked : School {
  audience::ResolveRequest request;

  Asked() { request.now = parse_rfc3339("2026-11-25T09:00:00Z").value(); }

  std::vector<std::string> lines(std::string_view code) {
    return audience::explain(roster.store(), roster.profiles(), request, code);
  }
  /// All lines as one text.
  std::string told(std::string_view code) {
    std::string text;
    for (const auto& line : lines(code)) text += line + "\n";
    return text;
  }
  void ask(std::string_view expression, std::vector<std::string> to = {}, std::vector<Channel> via = {}) {
    request.expression = expression;
    request.to = std::move(to);
    request.via = std::move(via);
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE_FIXTURE(Asked, "A3: a contact is told term by term, relationship by relationship, way by way") {
  ask("year:9 and not group:\"Ski Trip 2018\"", {"parent"});
  CHECK(lines("omar") ==
        std::vector<std::string>{
            "OMAR is ĐẶNG, Omar (contact in CAM: active).",
            "The expression does not name this person:",
            "  year:9: no",
            "  group:\"Ski Trip 2018\": no",
            "guardian of ĐẶNG, Cléo (CLEO), priority 1, Parent, prime: hears of this pupil.",
            "  The terms on CLEO: year:9 yes, group:\"Ski Trip 2018\" no.",
            "  --to parent: yes; it means contacts that are parent, mother, father or guardian.",
            "email: reached at omar@example.org.",
        });
}

TEST_CASE_FIXTURE(Asked, "A3: what leaves a contact out is told: the terms, --to, a court order") {
  roster.relate(cleo, john, "father").court_order();
  ask("year:9 and not group:\"Ski Trip 2018\"", {"parent"});
  const auto of_john = told("JOHN");
  CHECK(has(of_john,
            "father of DYER, Ada (ADA), priority 2, Parent: the expression does not name this pupil.\n"
            "  The terms on ADA: year:9 yes, group:\"Ski Trip 2018\" yes.\n"));
  CHECK(has(of_john,
            "father of ĐẶNG, Cléo (CLEO), priority 1, Parent, prime: a court order: never hears of this "
            "pupil.\n"));
  CHECK(has(of_john, "email: not reached, court-order. They may not hear of this pupil"));
  ask("form:9B", {"rank2", "mother"});
  const auto of_gran = told("GRAN");
  CHECK(has(of_gran,
            "grandmother of DYER, Ada (ADA), priority 3, Rank 3: --to rank2,mother does not take this "
            "relationship.\n"));
  CHECK(has(of_gran,
            "  --to rank2: no; it means contacts that are priority 2.\n"
            "  --to mother: no; it means contacts whose relation is mother.\n"
            "Not a recipient: there is no pupil of whom they would hear.\n"));
  ask("form:9B", {"prime"});
  CHECK(has(told("MARY"), "  --to prime: yes; it means the contacts that are marked prime.\n"));
  CHECK(
      has(told("KIM"), "--to prime: is no pupil's contact.\nNot a recipient: this is no pupil's contact.\n"));
}

TEST_CASE_FIXTURE(Asked, "A3: somebody whom the expression names, and whom it does not") {
  ask("year:9 and not group:\"Ski Trip 2018\"");
  CHECK(has(told("CLEO"),
            "--to self: receives, being named.\nemail: not reached, no-address. Ask for an address"));
  CHECK(has(told("ADA"),
            "--to self: does not receive, not being named.\n"
            "Not a recipient: the expression does not name this person.\n"));
  ask("year:9", {"parent"});
  CHECK(has(told("ADA"),
            "Not a recipient: this is no pupil's contact; --to parent does not take the people "
            "themselves: add self.\n"));
}

TEST_CASE_FIXTURE(Asked, "A3: a leaver, somebody in another school and a code that nobody has") {
  ask("year:10 or form:9B");
  const auto of_dora = told("DORA");
  CHECK(has(of_dora, "DORA is STONE, Dora (pupil in CAM: leaver).\n"));
  CHECK(has(of_dora, "  year:10: no (not active: only status: names such people)\n  form:9B: no\n"));
  CHECK(has(of_dora, "  Not active in these schools: only status: names such people.\n"));
  roster.school("LON");
  roster.pupil("LEE", "Lee", "Far", "LON").year("10");
  request.schools = {roster.school_id("CAM")};
  const auto of_lee = told("LEE");
  CHECK(has(of_lee, "LEE is FAR, Lee (pupil in LON: active, outside the schools that are asked about).\n"));
  CHECK(has(of_lee, "  year:10: no (in a school that is not asked about)\n"));
  request.schools.clear();
  CHECK(has(told("LEE"), "  year:10: yes\n"));
  const auto unknown = refusal_of([&] { lines("OMMAR"); });
  CHECK(unknown.code() == "no-such-person");
  CHECK(unknown.message() == "nobody has the code 'OMMAR'; did you mean 'OMAR'?");
}

TEST_CASE_FIXTURE(Asked, "A3: a duplicate is told whose copy is read instead") {
  auto pat = roster.contact("PAT", "Pat", "Dyer").email("Mary@example.org");
  roster.relate(ada, pat, "father").priority(2);
  ask("form:9B", {"parent"});
  CHECK(has(told("PAT"),
            "email: not reached at Mary@example.org, duplicate. DYER, Mary (MARY) gets the one copy at "
            "this address.\n"));
}

TEST_CASE_FIXTURE(Asked, "A3 R9: records of one person are named, and what forbids one of them") {
  auto twin = roster.contact("MARY2", "Mary", "Dyer").email("mary@example.org");
  roster.relate(cleo, twin, "stepmother");
  twin.opt_out("email", "informational");
  twin.opt_out("", "periodic");
  twin.refuse_consent("Photos");
  ask("form:9B", {"parent"}, {Channel::email, Channel::sms});
  const auto of_mary = told("MARY");
  CHECK(has(of_mary, "Is one person with MARY2, by name and address"));
  CHECK(has(of_mary, "Opted out of informational messages by email, as MARY2.\n"));
  CHECK(has(of_mary, "Opted out of periodic messages, which this message is not.\n"));
  CHECK(has(of_mary, "Refused consent: Photos.\n"));
  CHECK(has(of_mary, "email: not reached, no-consent."));
}

TEST_CASE_FIXTURE(Asked, "A3: each address is told with what became of it") {
  gran.email("gran.second@example.org").invalid(AddressKind::email, "gran@");
  roster.block(AddressKind::email, "rose@example.org", "blocked-bounce");
  ask("form:9B", {"associates"}, {Channel::email, Channel::sms, Channel::inbox});
  const auto of_gran = told("GRAN");
  CHECK(has(of_gran,
            "email: reached at gran.second@example.org.\n  Also has rose@example.org: blocked-bounce.\n"
            "  Also has gran@: no address.\n"));
  CHECK(has(of_gran, "sms: not reached, no-address. Ask for an address"));
  CHECK(has(of_gran, "inbox: reached at GRAN.\n"));
  roster.block(AddressKind::email, "john@example.org", "blocked-spam");
  CHECK(has(told("JOHN"),
            "email: not reached at john@example.org, blocked-spam. The owner complained of spam"));
}

TEST_CASE_FIXTURE(Asked, "A3: an address that somebody barred from the pupil reads") {
  auto ex = roster.contact("EX", "Ed", "Stone").email("john@example.org");
  roster.relate(ada, ex, "father").court_order();
  ask("form:9B", {"parent"});
  CHECK(has(told("JOHN"),
            "email: not reached at john@example.org, court-order. Somebody reads this address who may "
            "not hear of these pupils: ask for another.\n"));
}

TEST_CASE_FIXTURE(Asked, "R5: lessons of weeks that alternate are told to count every week") {
  auto maths = roster.group("Maths", "class").member(ada).teacher(tom);
  roster.store()
      .query(
          "INSERT INTO timetable_slot (roster_group, weekday, week, begins, ends, period, source, source_id) "
          "VALUES (?1, 3, 'B', '', '', '', 1, 'x')")
      .with(maths.id())
      .run();
  ask("todays-teachers-of:maths");
  const auto of_tom = told("TOM");
  CHECK(
      has(of_tom, "  todays-teachers-of:maths: yes\n  Lessons of weeks that alternate (B) count every week"));
  ask("staff:all");
  CHECK_FALSE(has(told("TOM"), "alternate"));
}
