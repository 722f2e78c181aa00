// `import csv --suggest`: a first map from headers as real systems write them, and a map that crier accepts
// (I2).
#include "intake/csv_suggest.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "config/map_file.hpp"
#include "csv_fixture.hpp"

using namespace crier;

namespace {

config::MapEntry first(std::string_view name, std::string_view text) {
  const auto suggested = intake::suggest_entry(name, text);
  CAPTURE(suggested);
  auto map = config::parse_map(suggested, "suggested.toml");
  REQUIRE(!map.entries.empty());
  return map.entries.front();
}

std::string column(const config::MapEntry& entry, std::string_view fact) {
  const auto* value = entry.value(fact);
  if (value == nullptr || value->columns.empty()) return "none";
  const auto* name = std::get_if<std::string>(&value->columns.front());
  return name != nullptr ? *name : std::to_string(std::get<std::int64_t>(value->columns.front()));
}

}  // namespace

TEST_CASE("I2: headers of SIMS, Arbor, PowerSchool and School Data Sync are placed, however they are spelt") {
  const auto sims = first("Pupils.csv",
                          "Adno,Legal Surname,Legal Forename,Reg,Year Taught In,DOB,E-mail Address,UPN\n"
                          "1,A,B,10A,Year 10,25/12/2010,a@example.org,x\n");
  CHECK(sims.kind == config::MapKind::people);
  CHECK(column(sims, "code") == "Adno");
  CHECK(column(sims, "family") == "Legal Surname");
  CHECK(column(sims, "given") == "Legal Forename");
  CHECK(column(sims, "form") == "Reg");
  CHECK(column(sims, "year") == "Year Taught In");
  CHECK(column(sims, "email") == "E-mail Address");
  CHECK(sims.value("birth_date")->date->form() == "DD/MM/YYYY");
  CHECK(sims.value("kind")->constant == "pupil");
  const auto power = first("students.csv",
                           "Student_Number\tLast_Name\tFirst_Name\tGrade_Level\tHome_Room\tDOB\n"
                           "77\tA\tB\t9\tH1\t12/25/2010\n");
  CHECK(column(power, "code") == "Student_Number");
  CHECK(column(power, "form") == "Home_Room");
  CHECK(power.value("birth_date")->date->form() == "MM/DD/YYYY");
  const auto arbor = first("guardians.csv",
                           "Arbor Student ID;Guardian ID;Full Name;Relationship to Student;Contact Order\n"
                           "1;2;Ann Dyer;Mother;1\n");
  CHECK(arbor.value("kind")->constant == "contact");
  CHECK(column(arbor, "id") == "Guardian ID");
  const auto sds = first("StudentEnrollment.csv", "Section SIS ID,SIS ID\n1,2\n");
  CHECK(sds.kind == config::MapKind::memberships);
  CHECK(column(sds, "group") == "Section SIS ID");
  CHECK(column(sds, "person") == "SIS ID");
}

TEST_CASE("I2: attendance, payments, behaviour and lists of contacts are told apart by their columns") {
  CHECK(first("a.csv", "Adno,Date,Session,Mark\n1,2026-11-25,AM,/\n").kind == config::MapKind::attendance);
  CHECK(first("b.csv", "Pupil ID,Item,Amount Due,Due Date,Paid\n").kind == config::MapKind::payments);
  CHECK(first("c.csv", "Student ID,Incident Date,Behaviour,Points\n").kind == config::MapKind::behaviour);
  CHECK(first("d.csv", "Pupil ID,Contact ID,Relationship,Priority,Parental Responsibility,Court Order\n")
            .kind == config::MapKind::relationships);
  const auto both =
      intake::suggest_entry("contacts.csv", "Adno,Contact ID,Surname,Relation,Court Order\n1,2,A,b,N\n");
  CHECK(config::parse_map(both, "s.toml").entries.size() == 2);
}

TEST_CASE("R5: a timetable is told by its class, day and times, and payments by their contract") {
  const auto lessons =
      first("Timetable.csv",
            "Class,Day Name,Period,Start Time,End Time,Week,Room\n9X/Ma1,Monday,1,09:00,10:00,A,12\n");
  CHECK(lessons.kind == config::MapKind::timetable);
  CHECK(column(lessons, "group") == "Class");
  CHECK(column(lessons, "weekday") == "Day Name");
  CHECK(column(lessons, "period") == "Period");
  CHECK(column(lessons, "begins") == "Start Time");
  CHECK(column(lessons, "ends") == "End Time");
  CHECK(column(lessons, "week") == "Week");
  CHECK(first("tt.csv", "Section ID,Day,Period\ns1,Mon,1\n").kind == config::MapKind::timetable);
  CHECK(first("members.csv", "Section ID,Student ID,Start Date\ns1,1,2026-09-01\n").kind ==
        config::MapKind::memberships);
  CHECK(column(first("p.csv", "Adno,Item,Amount,Due,Contract\n1,Violin,9,2026-12-01,Music\n"), "contract") ==
        "Contract");
}

TEST_CASE("I2: what could not be placed stands there as a comment, and odd headers do no harm") {
  const auto text =
      intake::suggest_entry("p.csv", "Adno,Surname,\"Shoe\nsize\",\"Say \"\"hi\"\"\",Locker\n1,A,9,x,y\n");
  CHECK(text.find("#   Locker\n") != std::string::npos);
  CHECK(text.find("#   Shoe size\n") != std::string::npos);
  CHECK_NOTHROW((void)config::parse_map(text, "s.toml"));
  CHECK_NOTHROW((void)first("\"odd\" name.csv", ",,\n"));
  CHECK_THROWS_AS((void)intake::suggest_entry("x.csv", "PK\x03\x04"), Error);
  CHECK_THROWS_AS((void)intake::suggest_entry("x.csv", ""), Error);
}

TEST_CASE("I2: the example's map takes the example's export, and a suggested one finds the same people") {
  test::CsvFixture given;
  const std::filesystem::path example = CRIER_SOURCE_DIR "/examples/csv";
  given.request.map = example / "map.toml";
  given.request.path = example / "export";
  const auto answer = given.import();
  CHECK(answer.report.outcome == ImportOutcome::applied);
  CHECK(answer.report.added[FactKind::pupil] == 4);
  CHECK(answer.report.added[FactKind::contact] == 5);
  CHECK(answer.report.added[FactKind::relationship] == 6);
  CHECK(answer.report.added[FactKind::membership] == 5);
  CHECK(answer.report.added[FactKind::attendance] == 8);
  CHECK(answer.report.added[FactKind::payment] == 3);
  for (const auto& issue : answer.report.issues) CHECK(issue.severity == Severity::warning);

  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(example / "export"))
    files.push_back(file.path());
  std::sort(files.begin(), files.end());
  test::CsvFixture suggested;
  suggested.map("school = \"CAM\"\n" + intake::suggest_map(files));
  suggested.request.path = example / "export";
  const auto second = suggested.import();
  CHECK(second.report.outcome == ImportOutcome::applied);
  CHECK(second.report.added.by_kind == answer.report.added.by_kind);
}
