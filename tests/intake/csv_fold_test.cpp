// Files whose rows are the combinations of several lists: `fold` in a map (I2), and how a person's addresses
// find their places.
#include "base/error.hpp"
#include "base/text.hpp"
#include "csv_fixture.hpp"

using namespace crier;
using test::CsvFixture;
using test::issues;

namespace {

constexpr std::string_view fold_map = R"(school = "HAR"
[[file]]
name = "pupils.csv"
kind = "people"
fold = true
[file.columns]
id = "Pupil"
kind = { value = "pupil" }
family = "Surname"
year = "Year"
[[file]]
name = "pupils.csv"
kind = "people"
fold = true
[file.columns]
id = "Contact"
kind = { value = "contact" }
family = "Contact surname"
phone = "Telephone"
phone_use = "Location"
phone_main = "Main"
email = "Email"
[[file]]
name = "pupils.csv"
kind = "relationships"
fold = true
[file.columns]
pupil = "Pupil"
contact = "Contact"
priority = "Priority"
court_order = "Court"
[[file]]
name = "pupils.csv"
kind = "groups"
fold = true
[file.columns]
name = "Class"
[[file]]
name = "pupils.csv"
kind = "memberships"
fold = true
[file.columns]
group = "Class"
person = "Pupil"
)";

constexpr std::string_view head =
    "Pupil,Surname,Year,Contact,Contact surname,Telephone,Location,Main,Email,Priority,Court,Class\n";

struct Folded : CsvFixture {
  Folded() { map(fold_map); }
  intake::ImportAnswer run(std::string_view rows) {
    place.write("pupils.csv", std::string(head) + std::string(rows));
    return import();
  }
};

/// One pupil, each of two contacts with two telephones, in three classes: every combination is a row.
std::string cross_product() {
  std::string rows;
  for (const auto* contact : {"C1,Dyer,07400 123457,Mobile,No,r@example.org,1,No",
                              "C1,Dyer,01223 460001,Home,Yes,r@example.org,1,No",
                              "C2,Ash,07400 123458,Mobile,No,,2,Yes", "C2,Ash,01223 460002,Work,No,,2,Yes"}) {
    for (const auto* group : {"10A/Ma", "10B/En", "10/Sc"})
      rows += "P1,Dyer,10," + std::string(contact) + "," + group + "\n";
  }
  return rows;
}

}  // namespace

TEST_CASE("I3: a cross product folds into one pupil, two contacts, four telephones and three memberships") {
  Folded school;
  const auto answer = school.run(cross_product());
  CHECK_FALSE(answer.error);
  CHECK(answer.report.issues.size() == issues(answer, "new-school").size());
  CHECK(answer.report.added[FactKind::pupil] == 1);
  CHECK(answer.report.added[FactKind::contact] == 2);
  CHECK(answer.report.added[FactKind::relationship] == 2);
  CHECK(answer.report.added[FactKind::membership] == 3);
  CHECK(answer.report.added[FactKind::address] == 5);
  CHECK(school.count("SELECT count(*) FROM address WHERE kind = 'phone'") == 4);
  CHECK(school.text(
            "SELECT group_concat(use || position || given, ' ') FROM (SELECT use, position, a.given AS given "
            "FROM "
            "address a JOIN "
            "person p ON p.id = a.person WHERE p.source_id = 'C1' AND a.kind = 'phone' ORDER BY position)") ==
        "home101223 460001 mobile207400 123457");
  CHECK(school.count(
            "SELECT court_order FROM relationship r JOIN person p ON p.id = r.contact WHERE p.source_id = "
            "'C2'") == 1);
  CHECK(school.run(cross_product()).report.outcome == ImportOutcome::unchanged);
}

TEST_CASE("I3: the order of a cross product's rows does not matter") {
  Folded school;
  school.run(cross_product());
  std::string other;
  const auto rows = cross_product();
  const auto lines = split(rows, '\n');
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (!line->empty()) other += std::string(*line) + "\n";
  }
  CHECK(school.run(other).report.outcome == ImportOutcome::unchanged);
}

TEST_CASE("I3: a repeat that contradicts is named once, with its line and column, and the first counts") {
  Folded school;
  const auto answer = school.run(
      "P1,Dyer,10,,,,,,,,,10A\n"
      "P1,Dyer,11,,,,,,,,,10B\n"
      "P1,Dyer,11,,,,,,,,,10C\n"
      "P1,Smith,10,C1,Ash,07400 123457,,,,1,,10A\n"
      "P1,Smith,10,C1,Ash,07400 123458,,,,2,,10B\n");
  const auto other_year = issues(answer, "contradiction");
  REQUIRE(other_year.size() == 2);
  CHECK(other_year[0].line == 3);
  CHECK(other_year[0].column == "Year");
  CHECK(other_year[0].value == "11");
  CHECK(other_year[1].column == "Contact");
  const auto other_name = issues(answer, "shared-id");
  REQUIRE(other_name.size() == 1);
  CHECK(other_name[0].line == 5);
  CHECK(school.text("SELECT year FROM place WHERE kind = 'pupil'") == "10");
  CHECK(school.count("SELECT priority FROM relationship") == 1);
}

TEST_CASE("I3: telephones find their places by word, main, sort of number, and what is free") {
  Folded school;
  const auto answer = school.run(
      "P1,Dyer,10,C1,Ash,01223 460001,,,,1,,\n"         // nothing said: home
      "P1,Dyer,10,C1,Ash,01223 460002,Home,Yes,,1,,\n"  // main: takes home
      "P1,Dyer,10,C1,Ash,07400 123457,Home,,,1,,\n"     // a mobile is one
      "P1,Dyer,10,C1,Ash,01223460001,Work,,,1,,\n"      // the same number again
      "P1,Dyer,10,C1,Ash,01223 460003,Fax,,,1,,\n"      // nobody hears there
      "P1,Dyer,10,C1,Ash,01223 460004,Alternate home,,,1,,\n");
  CHECK(
      school.text(
          "SELECT group_concat(use || ' ' || given, ', ') FROM (SELECT * FROM address ORDER BY position)") ==
      "home 01223 460002, mobile 07400 123457, work 01223 460001");
  const auto left = issues(answer, "too-many-addresses");
  REQUIRE(left.size() == 1);
  CHECK(left[0].value == "01223 460004");
  CHECK(left[0].line == 7);
}

TEST_CASE("I5: of folded addresses those that the settings want") {
  Folded school;
  auto& choice = school.settings.imports["csv"].choice;
  choice.addresses = {"mobile"};
  school.run(cross_product());
  CHECK(school.text("SELECT group_concat(given, ' ') FROM (SELECT given FROM address ORDER BY given)") ==
        "07400 123457 07400 123458");
}

TEST_CASE("I8: rows of a folded file that say nothing of a kind are passed, half of an id is an error") {
  Folded school;
  const auto answer =
      school.run("P1,Dyer,10,,,,,,,,,\nP2,Ash,9,,Ash,07400 123457,,,,,,9A\nP1,Dyer,10,C1,Dyer,,,,,,,\n");
  const auto missing = issues(answer, "missing-id");
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].line == 3);
  CHECK(missing[0].column == "Contact");
  CHECK(answer.report.added[FactKind::pupil] == 2);
  CHECK(answer.report.added[FactKind::membership] == 1);
}

TEST_CASE(
    "I8: a folded file may tell of nobody of a kind, one that names all of them without id is refused") {
  Folded school;
  CHECK(school.run("P1,Dyer,10,,,,,,,,,\n").report.added[FactKind::pupil] == 1);
  const auto answer = school.run("P1,Dyer,10,,Ash,,,,,,,\n");
  REQUIRE(answer.error);
  CHECK(answer.error->exit() == Exit::refused_input);
}

TEST_CASE("I2: words for one row an address need a file that folds") {
  CsvFixture school;
  school.map(
      "[[file]]\nname=\"a\"\nkind=\"people\"\n[file.columns]\nid=\"I\"\nkind={value=\"pupil\"}\nphone_use="
      "\"U\"\n");
  try {
    school.import();
    FAIL("taken");
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::usage);
    CHECK(error.message().find("map.toml:7") != std::string::npos);
    CHECK(error.hint().find("fold = true") != std::string::npos);
  }
}
