// How the audience asks the store: so many statements whatever the size, and none that reads a large table
// whole.
#include <sqlite3.h>

#include "audience_case.hpp"

using namespace crier;
using namespace crier::test;

namespace {

std::vector<std::string>* heard = nullptr;

int note_statement(unsigned, void*, void* statement, void*) {
  if (heard != nullptr) heard->emplace_back(sqlite3_sql(static_cast<sqlite3_stmt*>(statement)));
  return 0;
}

int listen(sqlite3* database, char**, const void*) {
  return sqlite3_trace_v2(database, SQLITE_TRACE_STMT, note_statement, nullptr);
}

/// Hears every statement of every store that is opened while it lives.
class Listener {
 public:
  Listener() { sqlite3_auto_extension(reinterpret_cast<void (*)()>(listen)); }
  ~Listener() {
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(listen));
    heard = nullptr;
  }
  template <typename Call>
  std::vector<std::string> during(const Call& call) {
    std::vector<std::string> statements;
    heard = &statements;
    call();
    heard = nullptr;
    return statements;
  }
};

void fill(RosterBuilder& roster, int pupils) {
  auto group = roster.group("Ski Trip 2018");
  for (int i = 0; i < pupils; ++i) {
    const auto number = std::to_string(i);
    auto pupil = roster.pupil("P" + number, "Pupil", "No" + number).year(std::to_string(7 + i % 5));
    pupil.form(std::to_string(7 + i % 5) + "F" + std::to_string(i / 30));
    auto mother = roster.contact("M" + number, "Mother", "No" + number).email("m" + number + "@example.org");
    auto father = roster.contact("F" + number, "Father", "No" + number).mobile("+4474001" + number);
    roster.relate(pupil, mother, "mother");
    auto other = roster.relate(pupil, father, "father").priority(2);
    if (i % 10 == 0) other.court_order();
    if (i % 4 == 0) group.member(pupil);
  }
  auto teacher = roster.staff("T1", "Teacher", "One");
  roster.group("9X", "class").member(roster.pupil("P-X", "Pupil", "X")).teacher(teacher);
}

/// No step of a statement's plan reads one of the large tables from end to end.
void check_plan(store::Connection& store, const std::string& sql) {
  CAPTURE(sql);
  auto plan = store.query("EXPLAIN QUERY PLAN " + sql);
  while (plan.step()) {
    const auto step = plan.text(3);
    CAPTURE(step);
    for (const auto* table : {"relationship", "address", "person", "place", "membership", "roster_group",
                              "attendance", "delivery", "timetable_slot"}) {
      CHECK(step != "SCAN " + std::string(table));
    }
    CHECK(step.find("place_by_school") == std::string::npos);
  }
}

std::vector<std::string> statements_of(Listener& listener, int pupils, std::size_t& recipients) {
  RosterBuilder roster;
  fill(roster, pupils);
  const auto profiles = roster.profiles();
  auto& store = roster.store();
  audience::ResolveRequest request;
  request.expression = "all and not group:\"Ski Trip 2018\" or form:7F0";
  request.to = {"associates"};
  request.via = {Channel::email, Channel::sms};
  return listener.during([&] { recipients = audience::resolve(store, profiles, request).recipients.size(); });
}

}  // namespace

TEST_CASE("A1: resolving 5,000 pupils takes as many statements as resolving ten") {
  Listener listener;
  std::size_t few = 0;
  std::size_t many = 0;
  const auto for_few = statements_of(listener, 10, few);
  const auto for_many = statements_of(listener, 5000, many);
  CHECK(few < 30);
  CHECK(many > 7000);
  CHECK(for_few == for_many);
  CHECK(for_many.size() < 12);
}

TEST_CASE("A1: a form is found without reading all people, places, relationships or addresses") {
  Listener listener;
  RosterBuilder roster;
  fill(roster, 300);
  const auto profiles = roster.profiles();
  auto& store = roster.store();
  for (const auto* expression : {"form:7F0", "year:9", "pupil:P1", "group:\"Ski Trip 2018\"",
                                 "teachers-of:form:7F0", "form:7F0 and not year:8"}) {
    for (const auto* to : {"self", "parent", "mother", "prime"}) {
      audience::ResolveRequest request;
      request.expression = expression;
      request.to = {to};
      request.via = {Channel::email, Channel::sms};
      const auto statements = listener.during([&] { audience::resolve(store, profiles, request); });
      CHECK(statements.size() >= 4);
      for (const auto& sql : statements) check_plan(store, sql);
    }
  }
}

TEST_CASE("A1: facts of the day are found by one query that reads no large table whole") {
  Listener listener;
  RosterBuilder roster;
  fill(roster, 300);
  auto& store = roster.store();
  store.execute(
      "INSERT INTO payment (pupil, item, amount, currency, due, paid, source, source_id, contract) "
      "VALUES (1, 'Lunch', 1, 'GBP', '2026-11-01', 0, 1, 'a', 'Music');"
      "INSERT INTO respondent (survey, survey_folded, person, completed, source, source_id) "
      "VALUES ('Meals', 'meals', 1, 0, 1, 'a')");
  const auto profiles = roster.profiles();
  for (const auto* expression :
       {"absent", "absent:yesterday/unexplained", "owing", "owing:lunch", "owing:contract:music",
        "owing:overdue", "survey:meals", "survey:meals/open", "contract:music", "issue:invalid-email",
        "todays-teachers-of:9X", "todays-teachers-of:form:7F0", "owing and not absent"}) {
    audience::ResolveRequest request;
    request.expression = expression;
    request.now = parse_rfc3339("2026-11-25T09:00:00Z");
    // Names of surveys, payments and contracts are looked up by statements of their own.
    auto statements = listener.during([&] { audience::resolve(store, profiles, request); });
    std::erase_if(statements, [](const std::string& sql) { return !sql.starts_with("WITH s1"); });
    CAPTURE(expression);
    REQUIRE(statements.size() == 1);
    check_plan(store, statements.front());
  }
}
