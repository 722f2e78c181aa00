// Reports of SIMS that are none, or not whole (I3, I8): refused with what, where and what to do, or the
// record named.
#include "base/error.hpp"
#include "sims_fixture.hpp"

using namespace crier;
using test::issues;
using test::sims_csv;
using test::sims_xml;
using test::SimsFixture;

namespace {

bool has(const std::string& text, std::string_view part) {
  const bool found = text.find(part) != std::string::npos;
  if (!found) MESSAGE(text);
  return found;
}

const test::SimsRecord annabel{
    {"Person id", "4101"}, {"Surname", "Dyer"}, {"Forename", "Annabel"}, {"Year", "10"}};

}  // namespace

TEST_CASE("I3: without ids the permission that was missing is named, and what to do") {
  SimsFixture sims;
  const std::string pupils =
      "<SuperStarReport><Record><Adno>1</Adno><Surname>Dyer</Surname><Year>7</Year></Record></"
      "SuperStarReport>";
  const auto answer = sims.run("pupils.xml", pupils);
  REQUIRE(answer.error);
  CHECK(answer.error->exit() == Exit::refused_input);
  CHECK(answer.error->code() == "missing-ids");
  CHECK(has(answer.error->message(), "pupils.xml: it tells of pupils, and no column has their ids"));
  CHECK(has(answer.error->hint(), "'Third Party Reporter'"));
}

TEST_CASE("I3: ids that a map names and the report lacks: the permission, and what the report has") {
  SimsFixture sims;
  sims.map(
      "[[file]]\nname=\"p.xml\"\nkind=\"people\"\n[file.columns]\nid=\"Persn id\"\nkind={value=\"pupil\"}\n");
  const auto answer = sims.run("p.xml", sims_xml({annabel}));
  REQUIRE(answer.error);
  CHECK(answer.error->code() == "missing-ids");
  CHECK(has(answer.error->message(), "map.toml:5 takes the column 'Persn id' for ids"));
  CHECK(has(answer.error->message(), "did you mean 'Person id'"));
  CHECK(has(answer.error->hint(), "It has: Person id, Surname"));
}

TEST_CASE("I3: ids that are empty everywhere, of contacts alone, or of a list of days are missing too") {
  const auto code = [](std::string_view name, std::string_view content) {
    SimsFixture sims;
    const auto answer = sims.run(name, content);
    return answer.error ? answer.error->code() : std::string();
  };
  CHECK(code("p.csv", "Person id,Surname,Year\r\n,Dyer,7\r\n,Ash,8\r\n") == "missing-ids");
  CHECK(code("p.csv", "Person id,Surname,Year,Contact surname,Priority\r\n1,Dyer,7,Ash,1\r\n") ==
        "missing-ids");
  CHECK(code("a.csv", "Surname,Date,Mark\r\nDyer,25/11/2026,N\r\n") == "missing-ids");
  CHECK(code("c.csv", "Student surname,Class\r\nDyer,10A\r\n") == "missing-ids");
  CHECK(code("p.csv", "Person id,Surname,Year\r\n1,Dyer,7\r\n") == "");
}

TEST_CASE("I8: a record without id is left out, with its line, the others come in") {
  SimsFixture sims;
  auto without = annabel;
  without[0].second = "";
  without[1].second = "Ash";
  const auto answer = sims.run("pupils.xml", sims_xml({annabel, without}));
  const auto missing = issues(answer, "missing-id");
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].file == "pupils.xml");
  CHECK(missing[0].line == 3);
  CHECK(missing[0].column == "Person id");
  CHECK(answer.report.added[FactKind::pupil] == 1);
}

TEST_CASE("I8: a field that stands twice in a record, elements within a field, text between fields") {
  SimsFixture sims;
  const auto answer = sims.run("pupils.xml", R"(<SuperStarReport>
<Record><Person_x0020_id>1</Person_x0020_id><Surname>A</Surname><Year>7</Year></Record>
<Record><Person_x0020_id>2</Person_x0020_id><Surname>B</Surname><Surname>C</Surname><Year>7</Year></Record>
<Record><Person_x0020_id>3</Person_x0020_id><Surname>D</Surname><surname>E</surname><Year>7</Year></Record>
<Record><Person_x0020_id>4</Person_x0020_id><Surname>F</Surname><Surname>F</Surname><Year>7</Year></Record>
<Record><Person_x0020_id>5</Person_x0020_id><Surname><b>G</b></Surname><Year>7</Year></Record>
<Record>H<Person_x0020_id>6</Person_x0020_id><Surname>H</Surname><Year>7</Year></Record>
<Record/>
</SuperStarReport>)");
  CHECK(sims.text("SELECT group_concat(family, '') FROM (SELECT family FROM person ORDER BY source_id)") ==
        "AF");
  const auto twice = issues(answer, "duplicate-field");
  REQUIRE(twice.size() == 2);
  CHECK(twice[0].line == 3);
  CHECK(twice[0].column == "Surname");
  CHECK(twice[0].value == "C");
  CHECK(twice[1].line == 4);
  const auto malformed = issues(answer, "malformed-row");
  REQUIRE(malformed.size() == 2);
  CHECK(malformed[0].line == 6);
  CHECK(malformed[1].line == 7);
  REQUIRE(issues(answer, "empty-record").size() == 1);
  CHECK(issues(answer, "empty-record")[0].line == 8);
}

TEST_CASE("I8: CDATA, comments, empty elements and white space are no matter") {
  SimsFixture sims;
  const auto answer = sims.run("pupils.xml", R"(
<SuperStarReport><!-- all -->
  <Record><!-- one --><Person_x0020_id> 1 </Person_x0020_id>
    <Surname><![CDATA[O'Hara & Sons]]></Surname><House/><Reg></Reg>
    <Year>
      7
    </Year></Record></SuperStarReport>)");
  CHECK_FALSE(answer.error);
  CHECK(sims.text("SELECT source_id || family FROM person") == "1O'Hara & Sons");
  CHECK(sims.text("SELECT year FROM place") == "7");
}

TEST_CASE("I8: what is no report is refused, and says what it is") {
  SimsFixture sims;
  CHECK(has(sims.refusal("r.xml", "<!DOCTYPE html>\n<html><body>Log in</body></html>"),
            "r.xml: line 1: this is a web page"));
  CHECK(has(sims.refusal("r.xml", "<CommandReporterError>Login failed for dyer</CommandReporterError>"),
            "r.xml: SIMS's report runner wrote an error in place of a report: 'Login failed for dyer'"));
  CHECK(has(
      sims.refusal("r.xml", "<CommandReporterError><Message>No such report</Message></CommandReporterError>"),
      "'No such report'"));
  CHECK(has(sims.refusal("r.xml", "Unable to log in"), "it begins 'Unable to log in'"));
  CHECK(has(sims.refusal("r.xml", "<string>hello</string>"), "it says 'hello'"));
  CHECK(has(sims.refusal("r.xml", ""), "the file is empty"));
  CHECK(has(sims.refusal("r.xml", "<SuperStarReport/>"), "r.xml: the report has no records"));
  CHECK(has(sims.refusal("r.xml", sims_xml({annabel}).substr(0, 90)), "the file ends in the middle"));
  CHECK(has(sims.refusal("r.xml", "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r/>"),
            "document type"));
  CHECK(has(sims.refusal("r.xml", sims_xml({{{"Colour", "red"}, {"Size", "9"}}})),
            "cannot be seen from its columns: Colour, Size"));
  std::filesystem::remove(sims.place / "r.xml");
  CHECK(has(sims.refusal("r.csv", "Unable to log in: the password is wrong\r\n"),
            "it begins 'Unable to log in: the password is wrong'"));
  CHECK(has(sims.refusal("r.csv", "Unable to log in\r\nas dyer\r\n"),
            "this is no report; it begins 'Unable to log in"));
  CHECK(has(sims.refusal("r.csv", "<html><body>Log in</body></html>"), "web page"));
  CHECK(has(sims.refusal("r.csv", "Person id,Surname,Surname,Year\r\n1,A,B,7\r\n"),
            "'Surname' more than once"));
  CHECK(has(sims.refusal("r.csv", "Person id,Surname,Year\r\n1,Dyer\r\n"), ""));
  std::filesystem::remove(sims.place / "r.csv");
  CHECK(has(sims.refusal("r.txt", "x"), "holds no report"));
  sims.request.path = sims.place / "nothing.xml";
  CHECK(has(sims.import().error->message(), "is not there"));
  CHECK(sims.count("SELECT count(*) FROM person") == 0);
}

TEST_CASE("I8: broken rows of a CSV report are named once, however many kinds of fact the report tells") {
  SimsFixture sims;
  const auto answer = sims.run("p.csv",
                               "Person id,Surname,Year,Contact id,Contact surname,Priority,Class\r\n"
                               "1,Dyer,7,5,Ash,1,7A\r\n"
                               "2,Short\r\n"
                               "3,Dyer,7,5,Ash,1,7A,too,many\r\n");
  REQUIRE(issues(answer, "short-row").size() == 1);
  CHECK(issues(answer, "short-row")[0].line == 3);
  REQUIRE(issues(answer, "long-row").size() == 1);
  CHECK(answer.report.rows == 3);
  CHECK(answer.report.added[FactKind::pupil] == 1);
  CHECK(answer.report.added[FactKind::membership] == 1);
}

TEST_CASE("I3: another root and other names of records are taken, and that is said") {
  SimsFixture sims;
  const auto answer =
      sims.run("r.xml",
               "<Pupils><Pupil><Person_x0020_id>1</Person_x0020_id><Surname>A</Surname><Year>7</Year>"
               "</Pupil><Total>1</Total></Pupils>");
  CHECK(answer.report.added[FactKind::pupil] == 1);
  REQUIRE(issues(answer, "report-shape").size() == 1);
  CHECK(has(issues(answer, "report-shape")[0].message, "each <Pupil> in it was taken for a record"));
  REQUIRE(issues(answer, "not-a-record").size() == 1);
  CHECK(issues(answer, "not-a-record")[0].column == "Total");
}

TEST_CASE("I3: where a surname may be the pupil's or the contact's nothing is guessed") {
  SimsFixture sims;
  const auto message = sims.refusal(
      "c.csv", "Person id,Surname,Forename,Relationship,Priority,Adno\r\n5,Ash,Eve,Mother,1,003\r\n");
  CHECK(has(message, "is not clear: Person id, Surname, Forename"));
  CHECK(sims.refusal(
            "c.csv",
            "Person id,Surname,Forename,Relationship,Priority,Student id\r\n5,Ash,Eve,Mother,1,4101\r\n") ==
        "");
  CHECK(sims.count("SELECT count(*) FROM place WHERE kind = 'pupil'") == 0);
}

TEST_CASE("I8: columns that are not read are listed, so that a caption that was meant is seen") {
  SimsFixture sims;
  auto record = annabel;
  record.emplace_back("Favourite colour", "red");
  const auto answer = sims.run("pupils.xml", sims_xml({record}));
  REQUIRE(issues(answer, "unread-columns").size() == 1);
  CHECK(has(issues(answer, "unread-columns")[0].message, "Not read: Favourite colour."));
}

TEST_CASE("I6: with --strict a record that is not good refuses all of them") {
  SimsFixture sims;
  sims.request.strictness = intake::Strictness::strict;
  auto without = annabel;
  without[0].second = "";
  const auto answer = sims.run("pupils.xml", sims_xml({annabel, without}));
  REQUIRE(answer.error);
  CHECK(answer.error->code() == "strict");
  CHECK(sims.count("SELECT count(*) FROM person") == 0);
}
