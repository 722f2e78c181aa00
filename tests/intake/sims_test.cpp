// Reports of SIMS (I3) through the same run as every source: what they bring, in XML and in CSV.
#include <algorithm>

#include "base/text.hpp"
#include "roster_dump.hpp"
#include "sims_fixture.hpp"

using namespace crier;
using test::issues;
using test::sims_csv;
using test::sims_xml;
using test::SimsFixture;
using test::SimsRecord;

namespace {

constexpr std::array pupils{std::array{"4101", "g-4101", "003101", "Dyer", "Annabel", "Year  10", "10A"},
                            std::array{"4102", "g-4102", "003102", "Dyer", "Tom", "Year  7", "7B"}};

/// A pupil's contact with one of their telephones, in one of the pupil's classes.
SimsRecord record(std::size_t pupil, std::string contact, std::string surname, std::string priority,
                  std::string court_order, std::string telephone, std::string location, std::string main,
                  std::string group) {
  const auto& who = pupils.at(pupil);
  return {{"Person id", who[0]},
          {"External Id", who[1]},
          {"Adno", who[2]},
          {"Legal Surname", who[3]},
          {"Legal Forename", who[4]},
          {"DOB", "2012-03-04T00:00:00"},
          {"Year", who[5]},
          {"Reg", who[6]},
          {"Contact id", contact},
          {"Contact External Id", contact.empty() ? "" : "g-" + contact},
          {"Contact surname", std::move(surname)},
          {"Relationship", contact.empty() ? "" : "Father"},
          {"Priority", std::move(priority)},
          {"Parental Responsibility", contact.empty() ? "" : "Yes"},
          {"Court Order", std::move(court_order)},
          {"Contact telephone", std::move(telephone)},
          {"Contact telephone location", std::move(location)},
          {"Contact main telephone", std::move(main)},
          {"Class", std::move(group)}};
}

/// One pupil with two contacts with two telephones each in three classes; a second with the first contact.
std::vector<SimsRecord> school() {
  std::vector<SimsRecord> records;
  for (const auto* group : {"10A/Ma", "10/En", "10/Sc"}) {
    records.push_back(record(0, "5201", "Dyer", "1", "No", "07400 123457", "Mobile", "Yes", group));
    records.push_back(record(0, "5201", "Dyer", "1", "No", "01223 460001", "Home", "No", group));
    records.push_back(record(0, "5202", "Ash", "2", "Yes", "07400 123458", "Mobile", "Yes", group));
    records.push_back(record(0, "5202", "Ash", "2", "Yes", "01223 460002", "Work", "No", group));
  }
  records.push_back(record(1, "5201", "Dyer", "1", "No", "07400 123457", "Mobile", "Yes", ""));
  records.push_back(record(1, "5201", "Dyer", "1", "No", "01223 460001", "Home", "No", ""));
  return records;
}

std::string names(const test::CsvFixture& fixture, std::string_view kind) {
  return fixture.connection->text(
      "SELECT group_concat(p.source_id || ' ' || p.code || ' ' || p.family, ', ') FROM (SELECT * FROM person "
      "ORDER BY "
      "source_id) p JOIN place l ON l.person = p.id WHERE l.kind = '" +
      std::string(kind) + "'");
}

}  // namespace

TEST_CASE(
    "I3: a pupil with two contacts with two telephones each and three classes is one, two, four and three") {
  SimsFixture sims;
  const auto answer = sims.run("pupils.xml", sims_xml(school()));
  CHECK_FALSE(answer.error);
  CHECK(answer.report.rows == 14);
  CHECK(answer.report.added[FactKind::pupil] == 2);
  CHECK(answer.report.added[FactKind::contact] == 2);
  CHECK(answer.report.added[FactKind::relationship] == 3);
  CHECK(answer.report.added[FactKind::group] == 3);
  CHECK(answer.report.added[FactKind::membership] == 3);
  CHECK(answer.report.added[FactKind::address] == 4);
  CHECK(names(sims, "pupil") == "g-4101 003101 Dyer, g-4102 003102 Dyer");
  CHECK(names(sims, "contact") == "g-5201 5201 Dyer, g-5202 5202 Ash");
  CHECK(sims.text(
            "SELECT group_concat(year || form, ' ') FROM (SELECT * FROM place WHERE kind = 'pupil' ORDER BY "
            "person)") == "1010A 77B");
  CHECK(sims.text("SELECT group_concat(birth_date, '') FROM person WHERE source_id = 'g-4101'") ==
        "2012-03-04");
  CHECK(sims.text("SELECT group_concat(relation || priority || responsibility || court_order, ' ') FROM "
                  "(SELECT * FROM "
                  "relationship ORDER BY pupil, contact)") == "father110 father211 father110");
  CHECK(std::none_of(answer.report.issues.begin(), answer.report.issues.end(),
                     [](const RowIssue& issue) { return issue.severity == Severity::error; }));
}

TEST_CASE(
    "I3: XML and CSV of the same report give the same roster, and one after the other changes nothing") {
  SimsFixture from_xml;
  SimsFixture from_csv;
  from_xml.run("pupils.xml", sims_xml(school()));
  from_csv.run("pupils.csv", sims_csv(school()));
  CHECK(test::roster_dump(*from_xml.connection) == test::roster_dump(*from_csv.connection));
  std::filesystem::remove(from_xml.place / "pupils.xml");
  CHECK(from_xml.run("pupils.csv", sims_csv(school())).report.outcome == ImportOutcome::unchanged);
  CHECK(from_csv.import().report.outcome == ImportOutcome::unchanged);
}

TEST_CASE("I3: the same report in UTF-16 and Windows-1252 gives the same roster") {
  auto records = school();
  for (auto& one : records) one[3].second = "Dy\xC3\xABr";
  SimsFixture sims;
  sims.run("pupils.xml", "<?xml version='1.0' encoding='utf-8'?>\n" + sims_xml(records));
  for (auto& one : records) one[3].second = "Dy\xEBr";
  const auto narrow = "<?xml version='1.0' encoding='Windows-1252'?>\n" + sims_xml(records);
  CHECK(sims.run("pupils.xml", narrow).report.outcome == ImportOutcome::unchanged);
  std::string wide = "\xFF\xFE";
  for (const char c : "<?xml version='1.0' encoding='utf-16'?>\n" + sims_xml(records)) wide += {c, '\0'};
  CHECK(sims.run("pupils.xml", wide).report.outcome == ImportOutcome::unchanged);
}

TEST_CASE("I3: a folder of reports is one import, and each is known by its columns") {
  SimsFixture sims;
  sims.place.write("a.xml", sims_xml({{{"Person id", "6301"},
                                       {"Staff code", "JM"},
                                       {"Title", "Miss"},
                                       {"Surname", "Marsh"},
                                       {"Forename", "Julia"},
                                       {"Work email", "jm@example.org"}},
                                      {{"Person id", "6302"}, {"Staff code", "PE"}, {"Surname", "Eliot"}}}));
  sims.place.write("b.csv", sims_csv({{{"Student id", "4101"}, {"Class", "10A/Ma"}, {"Teacher id", "6301"}},
                                      {{"Student id", "4102"}, {"Class", "7B/Ma"}, {"Teacher id", "6301"}},
                                      {{"Student id", "4102"}, {"Class", "7B/En"}, {"Teacher id", "6302"}}}));
  sims.place.write(
      "c.xml",
      sims_xml({{{"Person id", "4101"}, {"Surname", "Dyer"}, {"Forename", "Annabel"}, {"Year", "10"}},
                {{"Person id", "4102"}, {"Surname", "Dyer"}, {"Forename", "Tom"}, {"Year", "7"}}}));
  sims.place.write("d.xml", sims_xml({{{"Person id", "5201"},
                                       {"Surname", "Dyer"},
                                       {"Student id", "4101"},
                                       {"Relationship", "Mother"},
                                       {"Priority", "1"},
                                       {"Email", "m@example.org"}}}));
  sims.place.write("e.csv", sims_csv({{{"Person id", "4101"},
                                       {"Surname", "Dyer"},
                                       {"Date", "25/11/2026"},
                                       {"Session", "AM"},
                                       {"Mark", "N"}},
                                      {{"Person id", "4102"},
                                       {"Surname", "Dyer"},
                                       {"Date", "25/11/2026"},
                                       {"Session", "AM"},
                                       {"Mark", "/"}}}));
  sims.place.write("notes.txt", "of nobody's concern");
  const auto answer = sims.import();
  CHECK_FALSE(answer.error);
  CHECK(names(sims, "staff") == "6301 JM Marsh, 6302 PE Eliot");
  CHECK(names(sims, "pupil") == "4101 4101 Dyer, 4102 4102 Dyer");
  CHECK(names(sims, "contact") == "5201 5201 Dyer");
  CHECK(sims.text(
            "SELECT group_concat(name || ':' || role || ':' || source_id, ' ') FROM (SELECT g.name, m.role, "
            "p.source_id FROM membership m JOIN roster_group g ON g.id = m.roster_group JOIN person p ON "
            "p.id = "
            "m.person ORDER BY g.name, m.role)") ==
        "10A/Ma:pupil:4101 10A/Ma:teacher:6301 7B/En:pupil:4102 7B/En:teacher:6302 7B/Ma:pupil:4102 "
        "7B/Ma:teacher:6301");
  CHECK(sims.text("SELECT relation FROM relationship") == "mother");
  CHECK(sims.text(
            "SELECT group_concat(code || absent || explained, ' ') FROM (SELECT * FROM attendance ORDER BY "
            "pupil)") == "N10 /00");
  CHECK(sims.text("SELECT day FROM attendance") == "2026-11-25");
  CHECK(sims.import().report.outcome == ImportOutcome::unchanged);
}

TEST_CASE("I3: a list of days or classes by itself changes no pupil") {
  SimsFixture sims;
  sims.run("pupils.xml", sims_xml(school()));
  std::filesystem::remove(sims.place / "pupils.xml");
  const auto days = sims.run("today.xml", sims_xml({{{"External Id", "g-4101"},
                                                     {"Legal Surname", "Dyer"},
                                                     {"Year", "Year  10"},
                                                     {"Date", "2026-11-25T00:00:00"},
                                                     {"Mark", "I"}}}));
  CHECK_FALSE(days.error);
  CHECK(days.report.added[FactKind::attendance] == 1);
  CHECK(days.report.removed[FactKind::pupil] == 0);
  CHECK(days.report.changed[FactKind::pupil] == 0);
  CHECK(sims.text("SELECT absent || explained FROM attendance") == "11");
  std::filesystem::remove(sims.place / "today.xml");
  const auto classes = sims.run(
      "classes.xml", sims_xml({{{"External Id", "g-4101"}, {"Legal Surname", "Dyer"}, {"Class", "10A/Ma"}}}));
  CHECK(classes.report.removed[FactKind::pupil] == 0);
  CHECK(classes.report.changed[FactKind::pupil] == 0);
}

TEST_CASE("I3: ids by which all reports speak: where one has the number only, the number counts") {
  SimsFixture sims;
  sims.place.write(
      "pupils.xml",
      sims_xml({{{"Person id", "4101"}, {"External Id", "g-4101"}, {"Surname", "Dyer"}, {"Year", "10"}}}));
  sims.place.write("classes.xml", sims_xml({{{"Student id", "4101"}, {"Class", "10A/Ma"}}}));
  const auto answer = sims.import();
  CHECK(answer.report.added[FactKind::membership] == 1);
  CHECK(names(sims, "pupil") == "4101 4101 Dyer");
}

TEST_CASE("I3: the id that SIMS adds to a list of classes may be the class's: the admission number counts") {
  SimsFixture sims;
  sims.place.write("pupils.xml",
                   sims_xml({{{"Person id", "77"}, {"Adno", "003101"}, {"Surname", "Dyer"}, {"Year", "10"}},
                             {{"Person id", "78"}, {"Adno", "003102"}, {"Surname", "Fox"}, {"Year", "10"}}}));
  sims.place.write("classes.xml",
                   sims_xml({{{"primary_id", "77"}, {"Class", "10A/Ma"}, {"Adno", "003102"}}}));
  CHECK_FALSE(sims.import().error);
  CHECK(sims.text("SELECT group_concat(p.family) FROM membership m JOIN person p ON p.id = m.person") ==
        "Fox");
}

TEST_CASE("I10: who is no longer in the reports becomes a leaver, too many at once are held") {
  SimsFixture sims;
  const auto many = [](std::size_t count) {
    std::vector<SimsRecord> records;
    for (std::size_t i = 0; i < count; ++i) {
      records.push_back({{"Person id", std::to_string(1000 + i)},
                         {"Adno", std::to_string(i)},
                         {"Surname", "Dyer"},
                         {"Forename", "P" + std::to_string(i)},
                         {"Year", "7"}});
    }
    return sims_xml(records);
  };
  sims.run("pupils.xml", many(60));
  CHECK(sims.run("pupils.xml", many(59)).report.removed[FactKind::pupil] == 1);
  CHECK(sims.count("SELECT count(*) FROM place WHERE status = 'leaver'") == 1);
  const auto held = sims.run("pupils.xml", many(40));
  CHECK(held.report.outcome == ImportOutcome::held);
  REQUIRE(held.error);
  CHECK(held.error->exit() == Exit::refused_by_rule);
  CHECK(sims.count("SELECT count(*) FROM place WHERE status = 'leaver'") == 1);
}

TEST_CASE("I7: an empty report among others takes nobody away") {
  SimsFixture sims;
  const SimsRecord annabel{{"Person id", "4101"}, {"Surname", "Dyer"}, {"Year", "10"}};
  const SimsRecord tom{{"Person id", "4102"}, {"Surname", "Dyer"}, {"Year", "7"}};
  sims.place.write("year10.xml", sims_xml({annabel}));
  sims.place.write("year7.xml", sims_xml({tom}));
  sims.import();
  const auto answer = sims.run("year7.xml", "<SuperStarReport/>");
  CHECK_FALSE(answer.error);
  CHECK(issues(answer, "empty-report").size() == 1);
  CHECK(answer.report.removed[FactKind::pupil] == 0);
  sims.place.write("year7.csv", "Person id,Surname,Year\r\n");
  std::filesystem::remove(sims.place / "year7.xml");
  CHECK(sims.import().report.removed[FactKind::pupil] == 0);
}

TEST_CASE("I3: a repeat that contradicts is named with file, line and column") {
  SimsFixture sims;
  auto records = school();
  records[1][7].second = "10B";
  records[3][10].second = "Asher";
  const auto answer = sims.run("pupils.xml", sims_xml(records));
  const auto other = issues(answer, "contradiction");
  REQUIRE(other.size() == 1);
  CHECK(other[0].file == "pupils.xml");
  CHECK(other[0].line == 3);
  CHECK(other[0].column == "Reg");
  CHECK(other[0].value == "10B");
  const auto name = issues(answer, "shared-id");
  REQUIRE(name.size() == 2);  // the contact, and who it would have been a contact of
  CHECK(name[0].line == 5);
  CHECK(name[1].line == 5);
  CHECK(sims.text("SELECT form FROM place l JOIN person p ON p.id = l.person WHERE p.source_id = 'g-4101'") ==
        "10A");
}

TEST_CASE(
    "I3: a row that names another person by an id joins nobody: no family hears of another family's child") {
  SimsFixture sims;
  const auto row = [](std::string pupil, std::string surname, std::string contact, std::string name) {
    return SimsRecord{
        {"Person id", std::move(pupil)},    {"Surname", std::move(surname)},      {"Year", "7"},
        {"Contact id", std::move(contact)}, {"Contact surname", std::move(name)}, {"Priority", "1"}};
  };
  const auto answer =
      sims.run("p.xml", sims_xml({row("1", "Dyer", "5", "Dyer"), row("2", "Fox", "5", "Fox"),
                                  row("1", "Ash", "6", "Ash"), row("1", "Dyer", "6", "Ash")}));
  CHECK(sims.text(
            "SELECT group_concat(a.family || '-' || b.family, ' ') FROM (SELECT * FROM relationship ORDER BY "
            "contact) r JOIN person a ON a.id = r.pupil JOIN person b ON b.id = r.contact") ==
        "Dyer-Dyer Dyer-Ash");
  const auto shared = issues(answer, "shared-id");
  REQUIRE(shared.size() == 4);
  CHECK(shared[2].line == 3);
  CHECK(shared[2].column == "Contact id");
  CHECK(shared[3].line == 4);
  CHECK(shared[3].column == "Person id");
}

TEST_CASE("I3: somebody with one id who is staff and a parent is one person, by the code of staff") {
  SimsFixture sims;
  sims.place.write("pupils.xml", sims_xml({{{"Person id", "1"},
                                            {"Surname", "Marsh"},
                                            {"Forename", "Tim"},
                                            {"Year", "7"},
                                            {"Contact id", "6301"},
                                            {"Contact surname", "Marsh"},
                                            {"Contact forename", "Julia"},
                                            {"Priority", "1"},
                                            {"Contact mobile", "07400 123452"}}}));
  sims.place.write("staff.xml", sims_xml({{{"Person id", "6301"},
                                           {"Staff code", "JM"},
                                           {"Surname", "Marsh"},
                                           {"Forename", "Julia"},
                                           {"Work email", "jm@example.org"}}}));
  CHECK_FALSE(sims.import().error);
  CHECK(sims.text("SELECT group_concat(l.kind || ' ' || p.code, ', ') FROM (SELECT * FROM place ORDER BY "
                  "kind) l JOIN "
                  "person p ON p.id = l.person WHERE l.kind <> 'pupil'") == "contact JM, staff JM");
  CHECK(sims.count("SELECT count(*) FROM address") == 2);
  CHECK(sims.import().report.outcome == ImportOutcome::unchanged);
}

TEST_CASE("I8: areas that no report tells are named, with the right that may be missing") {
  SimsFixture sims;
  auto records = school();
  for (auto& one : records) one[14].second = one[13].second = "";
  const auto answer = sims.run("pupils.xml", sims_xml(records));
  CHECK(std::find(answer.untold.begin(), answer.untold.end(), "court orders") != answer.untold.end());
  const auto told = issues(answer, "untold-areas");
  REQUIRE(told.size() == 1);
  for (const auto* word :
       {"court orders", "parental responsibilities", "e-mail addresses of contacts", "permission"}) {
    CHECK(told[0].message.find(word) != std::string::npos);
  }
  CHECK(told[0].message.find("priorities") == std::string::npos);
}

TEST_CASE("I3: unnamed telephones behind the contacts' columns are the contacts', and that is said") {
  SimsFixture sims;
  const auto answer = sims.run("pupils.xml", sims_xml({{{"Person id", "4101"},
                                                        {"Surname", "Dyer"},
                                                        {"Year", "10"},
                                                        {"Email", "pupil@example.org"},
                                                        {"Contact id", "5201"},
                                                        {"Contact surname", "Dyer"},
                                                        {"Priority", "1"},
                                                        {"Telephone", "07400 123457"}}}));
  CHECK(sims.text("SELECT group_concat(source_id || ' ' || given, ', ') FROM (SELECT p.source_id, a.given "
                  "FROM address a "
                  "JOIN person p ON p.id = a.person ORDER BY 1)") ==
        "4101 pupil@example.org, 5201 07400 123457");
  REQUIRE(issues(answer, "taken-as-contacts").size() == 1);
  CHECK(issues(answer, "taken-as-contacts")[0].message.find("Telephone") != std::string::npos);
}

TEST_CASE("I3: 'Main telephone' is a number or says which is the main one, by what is in it") {
  SimsFixture sims;
  sims.run(
      "pupils.xml",
      sims_xml({{{"Person id", "1"}, {"Surname", "A"}, {"Year", "7"}, {"Main telephone", "01223 460001"}}}));
  CHECK(sims.text("SELECT given FROM address") == "01223 460001");
}

TEST_CASE("I5: the columns that the settings name for a fact count before what crier knows") {
  SimsFixture sims;
  sims.settings.imports["sims"].columns = {{"house", "Tutor set"}, {"court_order", "No_x0020_contact"}};
  sims.run("pupils.xml", sims_xml({{{"Person id", "4101"},
                                    {"Surname", "Dyer"},
                                    {"Year", "10"},
                                    {"House", "Red"},
                                    {"Tutor set", "Blue"},
                                    {"Contact id", "5201"},
                                    {"Contact surname", "Ash"},
                                    {"No contact", "Yes"}}}));
  CHECK(sims.text("SELECT house FROM place WHERE kind = 'pupil'") == "Blue");
  CHECK(sims.count("SELECT court_order FROM relationship") == 1);
}

TEST_CASE("I5: applications come in by the settings, leavers do not") {
  SimsFixture sims;
  sims.settings.imports["sims"].choice.pre_admissions = true;
  const auto pupil = [](std::string id, std::string status, std::string date) {
    return SimsRecord{{"Person id", id},
                      {"Surname", "Dyer" + id},
                      {"Year", "7"},
                      {"Status", std::move(status)},
                      {"Admission date", std::move(date)}};
  };
  sims.run("pupils.csv",
           sims_csv({pupil("1", "Single Registration", "01/09/2025"), pupil("2", "Accepted", "01/09/2027"),
                     pupil("3", "Leaver", "01/09/2020"), pupil("4", "Accepted", "01/09/2024")}));
  CHECK(sims.text(
            "SELECT group_concat(p.source_id || ' ' || l.status, ', ') FROM (SELECT * FROM person ORDER BY "
            "source_id) p JOIN place l ON l.person = p.id") == "1 active, 2 pre-admission");
  CHECK(sims.text("SELECT group_concat(admission, '') FROM place") == "2027-09-01");
}

TEST_CASE("I5: a school's own words of an application have their meaning by the settings") {
  SimsFixture sims;
  auto& choice = sims.settings.imports["sims"].choice;
  choice.pre_admissions = true;
  choice.pre_admission_status = {{"place offered", "offered"}, {"gone elsewhere", "withdrawn"}};
  const auto pupil = [](std::string id, std::string status) {
    return SimsRecord{{"Person id", id},
                      {"Surname", "Dyer" + id},
                      {"Year", "7"},
                      {"Status", std::move(status)},
                      {"Admission date", "2027-09-01T00:00:00"}};
  };
  sims.run("p.xml",
           sims_xml({pupil("1", "Place offered"), pupil("2", "Gone elsewhere"), pupil("3", "Current")}));
  CHECK(sims.text(
            "SELECT group_concat(p.source_id || ' ' || l.status, ', ') FROM (SELECT * FROM person ORDER BY "
            "source_id) p JOIN place l ON l.person = p.id") == "1 pre-admission, 3 active");
}

TEST_CASE("I3: the languages that SIMS names become their tags") {
  SimsFixture sims;
  sims.run("p.xml",
           sims_xml({{{"Person id", "1"}, {"Surname", "A"}, {"Year", "7"}, {"First language", "Polish"}},
                     {{"Person id", "2"}, {"Surname", "B"}, {"Year", "7"}, {"First language", "Klingon"}}}));
  CHECK(
      sims.text("SELECT group_concat(language, ',') FROM (SELECT language FROM person ORDER BY source_id)") ==
      "pl,");
}

TEST_CASE("I3: a map names reports with captions of their own, in either form, and the others stay known") {
  SimsFixture sims;
  sims.map(R"(school = "HAR"
[[file]]
name = "mine*"
kind = "people"
[file.columns]
id = "Nummer"
kind = { value = "pupil" }
family = "Family_x0020_name"
given = "first name"
year = "Cohort"
house = "Hall"
)");
  sims.place.write(
      "mine.xml",
      sims_xml({{{"Nummer", "4101"}, {"Family name", "Dyer"}, {"First name", "Annabel"}, {"Cohort", "10"}}}));
  sims.place.write("staff.xml",
                   sims_xml({{{"Person id", "6301"}, {"Staff code", "JM"}, {"Surname", "Marsh"}}}));
  const auto answer = sims.import();
  CHECK_FALSE(answer.error);
  CHECK(names(sims, "pupil") == "4101 4101 Dyer");
  CHECK(names(sims, "staff") == "6301 JM Marsh");
  // SIMS leaves out what is empty everywhere: no reason to refuse.
  REQUIRE(issues(answer, "untold-column").size() == 1);
  CHECK(issues(answer, "untold-column")[0].column == "Hall");
  sims.request.path = sims.place / "staff.xml";
  CHECK(issues(sims.import(), "not-in-map").size() == 1);
  sims.request.path = sims.place.path();
  std::filesystem::rename(sims.place / "mine.xml", sims.place / "aside");
  REQUIRE(sims.import().error);
  CHECK(sims.import().error->code() == "missing-file");
  std::filesystem::rename(sims.place / "aside", sims.place / "mine.xml");
  const auto csv = sims.run("mine.csv", "Nummer,Family name,First name,Cohort\r\n1,a,b,7\r\n");
  REQUIRE(csv.error);
  CHECK(csv.error->message().find("'Hall', which is not in the report") != std::string::npos);
}

TEST_CASE("I3: a map may name the school alone, where there are several") {
  SimsFixture sims;
  sims.settings.schools.push_back({});
  sims.settings.schools.back().code = "OAK";
  const auto report = sims_xml({{{"Person id", "4101"}, {"Surname", "Dyer"}, {"Year", "10"}}});
  const auto none = sims.run("pupils.xml", report);
  REQUIRE(none.error);
  CHECK(none.error->exit() == Exit::usage);
  sims.map("school = \"OAK\"\n");
  CHECK_FALSE(sims.import().error);
  CHECK(sims.text("SELECT s.code FROM place p JOIN school s ON s.id = p.school") == "OAK");
}
