// Groups, marks, attendance, payments, behaviour and surveys of a mapped CSV export (I2, R8).
#include "base/error.hpp"
#include "csv_fixture.hpp"
#include "intake/undo.hpp"
#include "store/import_changes.hpp"

using namespace crier;
using test::CsvFixture;
using test::issues;

namespace {

constexpr std::string_view daily_map = R"(school = "HAR"
[[file]]
name = "people.csv"
kind = "people"
[file.columns]
code = "code"
kind = "kind"
family = "name"
[[file]]
name = "groups.csv"
kind = "groups"
[file.columns]
id = "id"
name = "name"
kind = { column = "kind", default = "class" }
[[file]]
name = "members.csv"
kind = "memberships"
[file.columns]
group = "group"
person = "person"
role = "role"
ends = { column = "until", date = "DD.MM.YYYY" }
[[file]]
name = "marks.csv"
kind = "marks"
[file.columns]
assignment = "work"
title = "title"
group = "group"
due = "due"
points = "of"
pupil = "pupil"
score = "score"
status = "status"
missing = "missing"
[[file]]
name = "attendance*.csv"
kind = "attendance"
optional = true
[file.columns]
pupil = "pupil"
day = "date"
session = "session"
code = "mark"
absent = { column = "mark", map = { "/" = "no", "N" = "yes", "I" = "yes" } }
explained = { column = "mark", map = { "I" = "yes" }, default = "no" }
[[file]]
name = "payments.csv"
kind = "payments"
[file.columns]
pupil = "pupil"
item = "item"
amount = "amount"
due = "due"
paid = "paid"
[[file]]
name = "behaviour.csv"
kind = "behaviour"
[file.columns]
pupil = "pupil"
day = "day"
kind = "what"
points = "points"
note = "note"
[[file]]
name = "survey.csv"
kind = "survey"
[file.columns]
survey = { value = "Meals 2026" }
person = "person"
completed = "done"
)";

struct SchoolDays : CsvFixture {
  SchoolDays() {
    map(daily_map);
    place.write("people.csv", "code,kind,name\nP1,pupil,Ash\nP2,pupil,Bee\nT1,teacher,Cox\nC1,parent,Ash\n");
    place.write("groups.csv", "id,name,kind\ng1,9X/Ma1,\ng2,10A,homeroom\n");
    place.write("members.csv",
                "group,person,role,until\ng1,P1,,31.07.2027\n9X/Ma1,P2,student,\ng1,T1,teacher,\n"
                "g9,P1,,\n");
    place.write("marks.csv",
                "work,title,group,due,of,pupil,score,status,missing\nw1,Algebra,g1,2026-11-20,20,P1,17,,\n"
                "w1,Algebra,g1,2026-11-20,20,P2,,not submitted,yes\nw2,Sums,g1,2026-12-01,10,,,,\n");
    place.write("attendance-1.csv",
                "pupil,date,session,mark\nP1,2026-11-24,AM,/\nP2,2026-11-24,AM,N\n"
                "P1,2026-11-24,PM,I\nP2,2026-11-24,PM,?\n");
    place.write("payments.csv",
                "pupil,item,amount,due,paid\nP1,Ski trip,\"£1,250.50\",2026-12-01,no\n"
                "P2,Lunch,12.5,2026-12-02,no\nP2,Bus,\"1,234\",2026-12-02,no\n");
    place.write("behaviour.csv",
                "pupil,day,what,points,note\nP1,2026-11-24,Merit,2,helped\n"
                "P1,2026-11-24,Merit,2,helped\nP2,2026-11-25,Late,-1,\n");
    place.write("survey.csv", "person,done\nC1,yes\nP1,no\n");
  }
};

}  // namespace

TEST_CASE_FIXTURE(SchoolDays, "R8: the facts of the day come in, each counted apart") {
  const auto answer = import();
  CHECK(answer.report.outcome == ImportOutcome::applied);
  const auto& added = answer.report.added;
  CHECK(added[FactKind::group] == 2);
  CHECK(added[FactKind::membership] == 3);
  CHECK(added[FactKind::assignment] == 2);
  CHECK(added[FactKind::mark] == 2);
  CHECK(added[FactKind::attendance] == 3);
  CHECK(added[FactKind::payment] == 2);
  CHECK(added[FactKind::behaviour] == 3);
  CHECK(added[FactKind::respondent] == 2);
  CHECK(answer.report.tells(FactKind::payment));
  CHECK(issues(answer, "dangling-reference").size() == 1);
  CHECK(issues(answer, "unknown-word").front().value == "?");
  CHECK(issues(answer, "invalid-amount").front().value == "1,234");
  CHECK(issues(answer, "new-school").size() == 1);
  CHECK(answer.report.issues.size() == 4);
  CHECK(text("SELECT group_concat(absent || explained, ' ') FROM (SELECT * FROM attendance ORDER BY session, "
             "pupil)") == "00 10 11");
  CHECK(text("SELECT amount || currency FROM payment WHERE item = 'Ski trip'") == "125050GBP");
  CHECK(text("SELECT amount FROM payment WHERE item = 'Lunch'") == "1250");
  CHECK(text("SELECT ends FROM membership WHERE ends <> ''") == "2027-08-01");
  CHECK(text("SELECT status || missing FROM mark m JOIN person p ON p.id = m.pupil WHERE p.code = 'P2'") ==
        "not-submitted1");
  CHECK(text("SELECT group_concat(role) FROM (SELECT m.role FROM membership m JOIN person p ON p.id = "
             "m.person ORDER "
             "BY p.code)") == "pupil,pupil,teacher");
  CHECK(import().report.outcome == ImportOutcome::unchanged);
}

TEST_CASE_FIXTURE(SchoolDays, "R8: an attendance file speaks for its own days, payments for all there are") {
  REQUIRE(import().report.outcome == ImportOutcome::applied);
  std::filesystem::remove(place / "attendance-1.csv");
  place.write("attendance-2.csv", "pupil,date,session,mark\nP1,2026-11-25,AM,N\n");
  place.write("payments.csv", "pupil,item,amount,due,paid\nP1,Ski trip,1250.50,2026-12-01,yes\n");
  const auto answer = import();
  CHECK(answer.report.outcome == ImportOutcome::applied);
  CHECK(answer.report.added[FactKind::attendance] == 1);
  CHECK(answer.report.removed[FactKind::attendance] == 0);
  CHECK(answer.report.changed[FactKind::payment] == 1);
  CHECK(answer.report.removed[FactKind::payment] == 1);
  CHECK(count("SELECT count(*) FROM attendance") == 4);
  CHECK(text("SELECT group_concat(op || fact) FROM (SELECT * FROM daily_before ORDER BY op)") ==
        "changedpayment,removedpayment");
  CHECK(text("SELECT cells FROM daily_before WHERE op = 'removed'")
            .find("\"Lunch\",1250,\"GBP\",\"2026-12-02\",0") != std::string::npos);
  // The same day again with another mark, and one mark less.
  place.write("attendance-2.csv", "pupil,date,session,mark\nP1,2026-11-24,AM,N\nP1,2026-11-25,AM,/\n");
  const auto corrected = import();
  CHECK(corrected.report.changed[FactKind::attendance] == 2);
  CHECK(corrected.report.removed[FactKind::attendance] == 2);
}

TEST_CASE_FIXTURE(SchoolDays, "I7: half a file of payments is held") {
  std::string rows = "pupil,item,amount,due,paid\n";
  for (int i = 0; i < 40; ++i) rows += "P1,Item" + std::to_string(i) + ",5,2026-12-01,no\n";
  place.write("payments.csv", rows);
  REQUIRE(import().report.added[FactKind::payment] == 40);
  place.write("payments.csv", rows.substr(0, rows.find("Item20") - 3));
  const auto answer = import();
  CHECK(answer.report.outcome == ImportOutcome::held);
  CHECK(count("SELECT count(*) FROM payment") == 40);
}

TEST_CASE_FIXTURE(CsvFixture, "I7: what one school loses of its payments does not vanish among another's") {
  map(R"([[file]]
name = "people.csv"
kind = "people"
[file.columns]
code = "code"
kind = "kind"
family = "name"
school = "school"
[[file]]
name = "payments.csv"
kind = "payments"
[file.columns]
pupil = "pupil"
item = "item"
amount = "amount"
due = "due"
)");
  place.write("people.csv", "code,kind,name,school\nP1,pupil,Ash,HAR\nP2,pupil,Bee,CAM\n");
  std::string large = "pupil,item,amount,due\n";
  for (int i = 0; i < 100; ++i) large += "P1,Item" + std::to_string(i) + ",5,2026-12-01\n";
  std::string small;
  for (int i = 0; i < 8; ++i) small += "P2,Item" + std::to_string(i) + ",5,2026-12-01\n";
  place.write("payments.csv", large + small);
  REQUIRE(import().report.added[FactKind::payment] == 108);
  place.write("payments.csv", large + small.substr(0, small.find('\n') + 1));
  const auto answer = import();
  CHECK(answer.report.outcome == ImportOutcome::held);
  REQUIRE(answer.error);
  CHECK(answer.error->message().find("remove 7 of 8 payments of CAM") != std::string::npos);
  // As many of the large school's are daily life.
  place.write("payments.csv", large.substr(0, large.find("P1,Item93")) + small);
  CHECK(import().report.removed[FactKind::payment] == 7);
}

TEST_CASE_FIXTURE(SchoolDays, "R6: facts of the day find people whom another source brought by their code") {
  REQUIRE(import().report.outcome == ImportOutcome::applied);
  map("[[file]]\nname = \"late.csv\"\nkind = \"attendance\"\n[file.columns]\npupil = \"Adno\"\nday = "
      "\"Day\"\n"
      "absent = { value = \"yes\" }\n");
  place.write("late.csv", "Adno,Day\np1,2026-11-26\nP9,2026-11-26\n");
  request.source = "late";
  request.path = place / "late.csv";
  const auto answer = import();
  CHECK(answer.report.added[FactKind::attendance] == 1);
  REQUIRE(issues(answer, "dangling-reference").size() == 1);
  CHECK(issues(answer, "dangling-reference").front().value == "P9");
  CHECK(answer.report.removed.empty());
}

TEST_CASE_FIXTURE(SchoolDays, "I2: complete = false adds and changes, and nothing is gone") {
  auto additions = std::string(daily_map);
  for (std::size_t at = 0; (at = additions.find("kind = \"payments\"", at)) != std::string::npos; at += 40) {
    additions.insert(at, "complete = false\n");
  }
  map(additions);
  REQUIRE(import().report.added[FactKind::payment] == 2);
  place.write("payments.csv", "pupil,item,amount,due,paid\nP1,Choir,3,2026-12-09,no\n");
  const auto answer = import();
  CHECK(answer.report.added[FactKind::payment] == 1);
  CHECK(answer.report.removed.empty());
}

namespace {

constexpr std::string_view lesson_map = R"(school = "HAR"
[[file]]
name = "people.csv"
kind = "people"
[file.columns]
code = "code"
kind = "kind"
family = "name"
[[file]]
name = "groups.csv"
kind = "groups"
[file.columns]
id = "id"
name = "name"
[[file]]
name = "timetable.csv"
kind = "timetable"
[file.columns]
group = "class"
weekday = { column = "day", map = { "Mon" = "monday", "Lundi" = "1", "Tue" = "Tues", "Wed" = "wed", "Fri" = "5", "Xyz" = "noday" } }
begins = "from"
ends = "to"
period = "period"
week = "week"
)";

struct Lessons : CsvFixture {
  Lessons() {
    map(lesson_map);
    place.write("people.csv", "code,kind,name\nP1,pupil,Ash\n");
    place.write("groups.csv", "id,name\ng1,9X/Ma1\ng2,9X/En1\n");
    write("g1,Mon,9:05,10:00,1,A\n9x/en1,Lundi,1:30 PM,14.20,5,\ng2,Fri,0905,,2,B\n");
  }
  void write(std::string_view rows) {
    place.write("timetable.csv", "class,day,from,to,period,week\n" + std::string(rows));
  }
  std::string slots() {
    return text(
        "SELECT coalesce(group_concat(name || ' ' || weekday || ' ' || begins || '-' || ends || ' ' || "
        "period || "
        "week, '; '), '') FROM (SELECT g.name, t.* FROM timetable_slot t JOIN roster_group g ON g.id = "
        "t.roster_group ORDER BY weekday, begins, t.id)");
  }
};

}  // namespace

TEST_CASE_FIXTURE(Lessons,
                  "R5: a timetable comes in, changes, loses what it no longer has, and can be undone") {
  const auto first = import();
  CHECK(first.report.outcome == ImportOutcome::applied);
  CHECK(first.report.added[FactKind::timetable_slot] == 3);
  CHECK(first.report.tells(FactKind::timetable_slot));
  const std::string whole = "9X/Ma1 1 09:05-10:00 1A; 9X/En1 1 13:30-14:20 5; 9X/En1 5 09:05- 2B";
  CHECK(slots() == whole);
  CHECK(import().report.outcome == ImportOutcome::unchanged);
  write("g1,Mon,9:05,10:15,1,A\ng2,Tue,9:05,,2,B\n");
  const auto second = import();
  CHECK(second.report.changed[FactKind::timetable_slot] == 1);
  CHECK(second.report.added[FactKind::timetable_slot] == 1);
  CHECK(second.report.removed[FactKind::timetable_slot] == 2);
  CHECK(slots() == "9X/Ma1 1 09:05-10:15 1A; 9X/En1 2 09:05- 2B");
  std::string told;
  for (const auto& one : store::import_changes(*connection, second.report.id, {100, 0})) {
    if (one.kind == "timetable_slot") told += one.op + " " + one.about + "; ";
  }
  CHECK(told == "removed 9X/En1; changed 9X/Ma1; added 9X/En1; removed 9X/En1; ");
  (void)intake::undo_last(*connection, clock, "test");
  CHECK(slots() == whole);
}

TEST_CASE_FIXTURE(Lessons, "I6: what a first import brought is taken back with its lessons") {
  REQUIRE(import().report.outcome == ImportOutcome::applied);
  (void)intake::undo_last(*connection, clock, "test");
  CHECK(slots() == "");
  CHECK(count("SELECT count(*) FROM roster_group") == 0);
}

TEST_CASE_FIXTURE(Lessons, "I8: of a timetable a bad time loses the time, a bad day or class the row") {
  write(
      "g1,Mon,25:00,10:00,1,A\ng1,Tue,11:00,10:00,1,A\ng1,Wed,soon,12:60,1,A\n"
      "g1,Xyz,9:00,,1,A\ng1,Sun,9:00,,1,A\ng1,,9:00,,1,A\ng9,Mon,9:00,,1,A\n"
      "g1,Mon,,10:00,1,A\ng1,Mon,13:00 pm,,7,\n");
  const auto answer = import();
  CHECK(answer.report.added[FactKind::timetable_slot] == 4);
  CHECK(slots() == "9X/Ma1 1 -10:00 1A; 9X/Ma1 1 - 7; 9X/Ma1 2 11:00- 1A; 9X/Ma1 3 - 1A");
  CHECK(issues(answer, "invalid-time").size() == 5);
  CHECK(issues(answer, "invalid-weekday").front().value == "noday");
  CHECK(issues(answer, "unknown-word").front().line == 6);
  CHECK(issues(answer, "missing-value").front().line == 7);
  CHECK(issues(answer, "dangling-reference").front().value == "g9");
  CHECK(issues(answer, "duplicate-id").front().line == 9);
}

TEST_CASE_FIXTURE(Lessons, "I7: half a timetable is held, and so is one without a lesson") {
  std::string rows;
  for (int i = 0; i < 40; ++i) rows += "g1,Mon,,," + std::to_string(i) + ",\n";
  write(rows);
  REQUIRE(import().report.added[FactKind::timetable_slot] == 40);
  write(rows.substr(0, rows.find("g1,Mon,,,20")));
  const auto half = import();
  CHECK(half.report.outcome == ImportOutcome::held);
  REQUIRE(half.error);
  CHECK(half.error->message().find("remove 20 of 40 timetable slots of HAR") != std::string::npos);
  write("");
  CHECK(import().report.outcome == ImportOutcome::held);
  CHECK(count("SELECT count(*) FROM timetable_slot") == 40);
}

TEST_CASE_FIXTURE(Lessons, "I6: groups in which another source's lessons stand are not taken back") {
  REQUIRE(import().report.outcome == ImportOutcome::applied);
  connection->execute(
      "INSERT INTO source (name, kind, created) VALUES ('other', 'csv', 0); INSERT INTO timetable_slot "
      "(roster_group, "
      "weekday, "
      "week, begins, ends, period, source, source_id) SELECT min(id), 1, '', '', '', '', (SELECT max(id) "
      "FROM "
      "source), 'x' FROM roster_group");
  CHECK_THROWS_AS((void)intake::undo_last(*connection, clock, "test"), Error);
  CHECK(count("SELECT count(*) FROM timetable_slot") == 4);
}

TEST_CASE_FIXTURE(CsvFixture, "R8: a payment tells its contract, and another contract is a change") {
  map(R"(school = "HAR"
[[file]]
name = "people.csv"
kind = "people"
[file.columns]
code = "code"
kind = { value = "pupil" }
[[file]]
name = "payments.csv"
kind = "payments"
[file.columns]
pupil = "pupil"
item = "item"
amount = "amount"
due = "due"
contract = "contract"
)");
  place.write("people.csv", "code\nP1\n");
  place.write("payments.csv", "pupil,item,amount,due,contract\nP1,Violin,90,2026-12-01,Music\n");
  REQUIRE(import().report.added[FactKind::payment] == 1);
  CHECK(text("SELECT contract FROM payment") == "Music");
  place.write("payments.csv", "pupil,item,amount,due,contract\nP1,Violin,90,2026-12-01,Music 2\n");
  CHECK(import().report.changed[FactKind::payment] == 1);
  CHECK(text("SELECT contract FROM payment") == "Music 2");
  // As a crier kept it that knew no contracts.
  connection->execute("UPDATE daily_before SET cells = json_remove(cells, '$[10]')");
  (void)intake::undo_last(*connection, clock, "test");
  CHECK(text("SELECT contract || amount FROM payment") == "9000");
}
