// Groups, marks, attendance, payments, behaviour and surveys of a mapped CSV export (I2, R8).
#include "csv_fixture.hpp"

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
