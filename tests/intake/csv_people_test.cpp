// People, relationships and groups of a mapped CSV export (I2, I8), through the same run as every source.
#include "csv_fixture.hpp"

using namespace crier;
using test::CsvFixture;
using test::issues;

namespace {

constexpr std::string_view school_map = R"(school = "HAR"
[[file]]
name = "pupils.csv"
kind = "people"
[file.columns]
code = "Adno"
kind = { value = "pupil" }
family = { column = "Name", split = ",", take = 1 }
given = { column = "Name", split = ",", take = 2 }
year = "Year"
form = "Reg"
email = "Email"
mobile = "Mobile"
status = { column = "Status", map = { "On Roll" = "active", "Left" = "leaver", "Guest" = "active" }, default = "active" }
[[file]]
name = "contacts.csv"
kind = "people"
[file.columns]
id = "Contact ID"
kind = { value = "contact" }
title = "Title"
family = "Surname"
given = "Forename"
email = "Email"
mobile = "Mobile"
[[file]]
name = "contacts.csv"
kind = "relationships"
[file.columns]
pupil = "Adno"
contact = "Contact ID"
relation = "Relation"
priority = "Priority"
responsibility = "PR"
court_order = "Court Order"
)";

/// Two pupils, a guardian of both (two rows), another of the first.
struct SmallSchool : CsvFixture {
  std::string pupils =
      "Adno,Name,Year,Reg,Email,Mobile,Status\r\n"
      "DYE003,\"Dyer, Annabel\",Year 10,10A,annabel@example.org,07400 123456,On Roll\r\n"
      "BEE001,\"Bee, Tom\",09,9B,,,On Roll\r\n";
  std::string contacts =
      "Adno,Contact ID,Title,Surname,Forename,Relation,Priority,PR,Court Order,Email,Mobile\r\n"
      "DYE003,C1,Mr,Dyer,Robert,Father,1,Yes,No,r.dyer@example.org,07400 123457\r\n"
      "BEE001,C1,Mr,Dyer,Robert,Stepfather,2,No,No,r.dyer@example.org,07400 123457\r\n"
      "DYE003,C2,Ms,Ash,Eve,Mother,2,Yes,Yes,eve@example.org,\r\n";

  SmallSchool() { map(school_map); }
  intake::ImportAnswer run() {
    place.write("pupils.csv", pupils);
    place.write("contacts.csv", contacts);
    return import();
  }
};

}  // namespace

TEST_CASE_FIXTURE(SmallSchool, "I2: people, relationships and addresses come in by a map") {
  settings.schools.push_back({});
  settings.schools.back().code = "HAR";
  const auto answer = run();
  CHECK(answer.report.outcome == ImportOutcome::applied);
  CHECK(answer.report.issues.empty());
  CHECK(answer.report.rows == 8);
  CHECK(answer.report.added[FactKind::pupil] == 2);
  CHECK(answer.report.added[FactKind::contact] == 2);
  CHECK(answer.report.added[FactKind::relationship] == 3);
  CHECK(answer.report.added[FactKind::address] == 5);
  CHECK(text("SELECT family || '/' || given FROM person WHERE code = 'DYE003'") == "Dyer/Annabel");
  CHECK(text("SELECT year || form FROM place p JOIN person x ON x.id = p.person WHERE x.code = 'DYE003'") ==
        "1010A");
  CHECK(text("SELECT year FROM place p JOIN person x ON x.id = p.person WHERE x.code = 'BEE001'") == "9");
  CHECK(text("SELECT normal FROM address a JOIN person x ON x.id = a.person WHERE x.code = 'C1' AND a.use = "
             "'mobile'") == "+447400123457");
  // The relation belongs to the pair, not to the contact.
  CHECK(text("SELECT group_concat(relation || priority || coalesce(responsibility, '') || court_order, ' ') "
             "FROM "
             "(SELECT r.* FROM relationship r JOIN person c ON c.id = r.contact WHERE c.code = 'C1' ORDER BY "
             "r.priority)") == "father110 stepfather200");
  CHECK(
      text("SELECT court_order FROM relationship r JOIN person c ON c.id = r.contact WHERE c.code = 'C2'") ==
      "1");
}

TEST_CASE_FIXTURE(CsvFixture, "R8: a birthday comes in, changes and is kept as it was") {
  map("school = \"HAR\"\n[[file]]\nname = \"p.csv\"\nkind = \"people\"\n[file.columns]\ncode = \"code\"\n"
      "kind = { value = \"pupil\" }\nfamily = \"code\"\nbirth_date = { column = \"DOB\", date = "
      "\"DD/MM/YYYY\" }\n");
  place.write("p.csv", "code,DOB\nA,04/02/2011\nB,31/02/2011\n");
  const auto answer = import();
  CHECK(text("SELECT birth_date FROM person WHERE code = 'A'") == "2011-02-04");
  REQUIRE(issues(answer, "invalid-date").size() == 1);
  CHECK(issues(answer, "invalid-date").front().value == "31/02/2011");
  place.write("p.csv", "code,DOB\nA,05/02/2011\nB,28/02/2011\n");
  CHECK(import().report.changed[FactKind::pupil] == 2);
  CHECK(text("SELECT group_concat(birth_date, ' ') FROM person ORDER BY code") == "2011-02-05 2011-02-28");
  CHECK(count("SELECT count(*) FROM person_before WHERE birth_date = '2011-02-04'") == 1);
}

TEST_CASE_FIXTURE(SmallSchool, "I6: the same files again are unchanged, a dry run changes nothing") {
  REQUIRE(run().report.outcome == ImportOutcome::applied);
  CHECK(run().report.outcome == ImportOutcome::unchanged);
  contacts.replace(contacts.find("Stepfather"), 10, "Guardian");
  request.rehearsal = intake::Rehearsal::dry_run;
  const auto rehearsal = run();
  CHECK(rehearsal.report.outcome == ImportOutcome::dry_run);
  CHECK(rehearsal.report.changed[FactKind::relationship] == 1);
  CHECK(count("SELECT count(*) FROM relationship WHERE relation = 'guardian'") == 0);
  request.rehearsal = intake::Rehearsal::no;
  const auto real = run();
  CHECK(real.report.changed[FactKind::relationship] == 1);
  CHECK(real.report.changed[FactKind::contact] == 0);
  CHECK(count("SELECT count(*) FROM relationship_before WHERE relation = 'stepfather' AND op = 'changed'") ==
        1);
  CHECK(run().report.outcome == ImportOutcome::unchanged);
}

TEST_CASE_FIXTURE(SmallSchool, "I2: what a complete list no longer has is gone, what no file tells stays") {
  REQUIRE(run().report.outcome == ImportOutcome::applied);
  contacts.resize(contacts.find("DYE003,C2"));
  pupils.replace(pupils.find("BEE001"), 30, "BEE001,\"Bee, Thomas\",09,9B,,,On");
  const auto answer = run();
  CHECK(answer.report.removed[FactKind::relationship] == 1);
  CHECK(answer.report.removed[FactKind::contact] == 1);
  CHECK(count("SELECT count(*) FROM relationship_before WHERE op = 'removed'") == 1);
  // Only the pupils: contacts and relationships are not told, and stay.
  request.path = place / "pupils.csv";
  place.write("pupils.csv", pupils + "NEW001,\"New, Nell\",7,7A,,,On Roll\r\n");
  const auto pupils_only = import();
  CHECK(pupils_only.report.added[FactKind::pupil] == 1);
  CHECK(pupils_only.report.removed.empty());
  CHECK(count("SELECT count(*) FROM relationship") == 2);
}

TEST_CASE_FIXTURE(SmallSchool, "I2: a leaver by the export's own word becomes a leaver") {
  REQUIRE(run().report.outcome == ImportOutcome::applied);
  pupils.replace(pupils.rfind("On Roll"), 7, "Left");
  const auto answer = run();
  CHECK(answer.report.removed[FactKind::pupil] == 1);
  CHECK(text("SELECT status FROM place p JOIN person x ON x.id = p.person WHERE x.code = 'BEE001'") ==
        "leaver");
  // A leaver keeps the family, although the list names them no longer as anybody's.
  CHECK(issues(answer, "dangling-reference").size() == 1);
  CHECK(
      count("SELECT count(*) FROM relationship r JOIN person p ON p.id = r.pupil WHERE p.code = 'BEE001'") ==
      1);
}

TEST_CASE_FIXTURE(SmallSchool, "C1: a mapped column that is not in the header is an error that names it") {
  pupils.replace(pupils.find("Email"), 5, "E-Mail");
  const auto answer = run();
  CHECK(answer.report.outcome == ImportOutcome::refused);
  REQUIRE(answer.error);
  CHECK(answer.error->exit() == Exit::refused_input);
  CHECK(answer.error->message().find("the column 'Email'") != std::string::npos);
  CHECK(answer.error->message().find("did you mean 'E-Mail'") != std::string::npos);
  CHECK(count("SELECT count(*) FROM person") == 0);
}

TEST_CASE_FIXTURE(CsvFixture,
                  "C1: the same people with and without a byte order mark, in UTF-8 and both UTF-16s") {
  map("school = \"HAR\"\n[[file]]\nname = \"p.csv\"\nkind = \"people\"\n[file.columns]\ncode = \"code\"\n"
      "kind = { value = \"pupil\" }\nemail = \"email\"\ngiven = \"given\"\nfamily = \"family\"\n");
  const std::string plain = "email,given,family,code\r\nann@example.org,Ann,Dy\xC3\xA9r,DYE1\r\n";
  std::u16string wide = u"email,given,family,code\r\nann@example.org,Ann,Dyér,DYE1\r\n";
  const auto utf16 = [&](bool big, bool mark) {
    std::string bytes = mark ? (big ? "\xFE\xFF" : "\xFF\xFE") : "";
    for (const auto unit : wide) {
      const char low = static_cast<char>(unit & 0xff);
      const char high = static_cast<char>(unit >> 8);
      bytes += big ? high : low;
      bytes += big ? low : high;
    }
    return bytes;
  };
  struct Case {
    std::string bytes;
    std::string_view named;
  };
  const Case cases[] = {{plain, ""},
                        {"\xEF\xBB\xBF" + plain, ""},
                        {utf16(true, true), "UTF-16BE"},
                        {utf16(false, true), "UTF-16LE"},
                        {utf16(false, false), "UTF-16LE"},
                        {"email,given,family,code\r\nann@example.org,Ann,Dy\xE9r,DYE1\r\n", "Windows-1252"}};
  bool first = true;
  for (const auto& one : cases) {
    CAPTURE(one.named);
    place.write("p.csv", one.bytes);
    const auto answer = import();
    CHECK(answer.report.outcome == (first ? ImportOutcome::applied : ImportOutcome::unchanged));
    first = false;
    const auto named = issues(answer, "encoding");
    CHECK(named.size() == (one.named.empty() ? 0 : 1));
    if (!named.empty()) CHECK(named.front().value == one.named);
    CHECK(text("SELECT family || ' ' || (SELECT normal FROM address) FROM person") ==
          "Dy\xC3\xA9r ann@example.org");
  }
}

TEST_CASE_FIXTURE(SmallSchool,
                  "I2: a header twice, two delimiters, a workbook, a web page: refused, and why") {
  const auto refused = [&](std::string text) {
    pupils = std::move(text);
    const auto answer = run();
    CHECK(answer.report.outcome == ImportOutcome::refused);
    return answer.error ? answer.error->message() : "";
  };
  CHECK(refused("Adno,Name,Year,Reg,Email,Mobile,Status,email\r\n").find("'Email' more than once") !=
        std::string::npos);
  CHECK(refused("Adno,Name;Year,Reg,Email,Mobile,Status\r\n").find("both ',' and ';'") != std::string::npos);
  CHECK(refused("PK\x03\x04zip").find("Excel workbook") != std::string::npos);
  CHECK(refused("<html><body>Error</body></html>").find("web page") != std::string::npos);
  CHECK(refused("").find("empty") != std::string::npos);
  CHECK(refused("Adno,Name,Year,Reg,Email,Mobile,Status\r\n").find("a header and no rows") !=
        std::string::npos);
  CHECK(refused("Adno,Name,Year,Reg,Email,Mobile,Status\r\na;b\r\nc;d\r\n").find("none of its 2 rows") !=
        std::string::npos);
  CHECK(count("SELECT count(*) FROM person") == 0);
}

TEST_CASE_FIXTURE(SmallSchool, "I2: a set that is not whole is refused") {
  place.write("pupils.csv", pupils);
  const auto answer = import();
  CHECK(answer.report.outcome == ImportOutcome::refused);
  CHECK(answer.error->message().find("holds no file contacts.csv (map.toml:") != std::string::npos);
}

TEST_CASE_FIXTURE(SmallSchool,
                  "I8: bad rows are told with file, line, column, value and reason, the others go in") {
  pupils +=
      "BAD001,\"Bad, Bea\",8,8C,bea@,4.477E+11,On Roll\r\n"
      "short,row\r\n"
      ",\"No, Body\",8,8C,,,\r\n"
      "LONG01,Long, Lea,8,8C,,,On Roll\r\n"
      "\"multi\nline\",\"Line, Multi\",7,7A,,,\r\n"
      "DYE003,\"Other, Person\",7,7A,,,\r\n"
      "QUO001,\"Quote\" d,7,7A,,,\r\n";
  contacts +=
      "NOBODY,C1,Mr,Dyer,Robert,Father,x,maybe,perhaps,r.dyer@example.org,07400 123457\r\n"
      "BEE001,C9,Mx,Lone,Lo,Aunt,x,maybe,perhaps,,\r\n";
  const auto answer = run();
  CHECK(answer.report.outcome == ImportOutcome::applied);
  const auto one = [&](std::string_view reason, std::int64_t line, std::string_view column,
                       std::string_view value) {
    CAPTURE(reason);
    const auto found = issues(answer, reason);
    REQUIRE(found.size() >= 1);
    CHECK(found.front().line == line);
    CHECK(found.front().column == column);
    CHECK(found.front().value == value);
  };
  one("invalid-email", 4, "Email", "bea@");
  one("invalid-phone", 4, "Mobile", "4.477E+11");
  one("short-row", 5, "", "short");
  one("missing-id", 6, "Adno", "");
  one("long-row", 7, "", "On Roll");
  one("shared-id", 10, "Adno", "DYE003");
  one("malformed-row", 11, "Name", "");
  one("dangling-reference", 5, "Adno", "NOBODY");
  one("invalid-number", 6, "Priority", "x");
  CHECK(issues(answer, "invalid-truth-value").size() == 2);
  // R3: who may be barred is barred.
  CHECK(
      text("SELECT court_order FROM relationship r JOIN person c ON c.id = r.contact WHERE c.code = 'C9'") ==
      "1");
  CHECK(count("SELECT count(*) FROM person WHERE kind = 'pupil'") == 4);
  // Told again by the next import, for nothing was mended.
  const auto again = run();
  CHECK(again.report.outcome == ImportOutcome::unchanged);
  CHECK(again.report.issues.size() + issues(answer, "new-school").size() == answer.report.issues.size());
  request.strictness = intake::Strictness::strict;
  CHECK(run().report.outcome == ImportOutcome::refused);
}

TEST_CASE_FIXTURE(SmallSchool, "I8: a guardian of nobody is a remark, and blanks that nobody sees go") {
  pupils +=
      "INV001,\"Blank, Bo\",7,7A,\"bo@example.org\xC2\xA0\",\"\xEF\xBB\xBF"
      "07400 123458\",\r\n";
  contacts += ",C7,Mr,Alone,Al,,,,,al@example.org,\r\n";
  const auto answer = run();
  const auto nobody = issues(answer, "contact-of-nobody");
  REQUIRE(nobody.size() == 1);
  CHECK(nobody.front().value == "C7");
  CHECK(nobody.front().line == 5);
  CHECK(nobody.front().severity == Severity::warning);
  CHECK(count("SELECT count(*) FROM address WHERE normal IN ('bo@example.org', '+447400123458')") == 2);
}

TEST_CASE_FIXTURE(CsvFixture, "I2: a pupil in two schools is one person with two places") {
  map("[[file]]\nname = \"p.csv\"\nkind = \"people\"\n[file.columns]\ncode = \"code\"\nschool = \"school\"\n"
      "kind = \"role\"\nfamily = \"family\"\nform = \"form\"\n");
  place.write("p.csv",
              "code,school,role,family,form\nA1,CAM,student,Dyer,9A\nA1,OXF,student,Dyer,X1\n"
              "T1,CAM,Teacher,Ash,\nC1,CAM,parent,Dyer,\n");
  const auto answer = import();
  CHECK(answer.report.added[FactKind::pupil] == 1);
  CHECK(answer.report.added[FactKind::staff] == 1);
  CHECK(answer.report.added[FactKind::contact] == 1);
  CHECK(issues(answer, "new-school").size() == 2);
  CHECK(count("SELECT count(*) FROM place p JOIN person x ON x.id = p.person WHERE x.code = 'A1'") == 2);
  CHECK(text("SELECT group_concat(s.code || p.form) FROM place p JOIN person x ON x.id = p.person JOIN "
             "school s ON "
             "s.id = p.school WHERE x.code = 'A1' ORDER BY s.code") == "CAM9A,OXFX1");
  CHECK(import().report.outcome == ImportOutcome::unchanged);
  place.write("p.csv",
              "code,school,role,family,form\nA1,CAM,student,Dyer,9A\nT1,CAM,Teacher,Ash,\nZ1,OXF,pupil,Z,\n"
              "C1,CAM,parent,Dyer,\n");
  const auto moved = import();
  CHECK(moved.report.changed[FactKind::pupil] == 1);
  CHECK(
      text("SELECT group_concat(p.status) FROM place p JOIN person x ON x.id = p.person WHERE x.code = 'A1' "
           "ORDER BY p.id") == "active,leaver");
}

TEST_CASE_FIXTURE(CsvFixture, "I7: a cut export is held by the same guard") {
  map("school = \"HAR\"\n[[file]]\nname = \"p.csv\"\nkind = \"people\"\nheader = false\ndelimiter = \";\"\n"
      "[file.columns]\ncode = 1\nkind = { value = \"pupil\" }\nfamily = 2\n");
  std::string rows;
  for (int i = 0; i < 60; ++i) rows += "P" + std::to_string(i) + ";Name" + std::to_string(i) + "\n";
  place.write("p.csv", rows);
  CHECK(import().report.added[FactKind::pupil] == 60);
  place.write("p.csv", rows.substr(0, rows.size() / 2));
  const auto answer = import();
  CHECK(answer.report.outcome == ImportOutcome::held);
  REQUIRE(answer.error);
  CHECK(answer.error->exit() == Exit::refused_by_rule);
  CHECK(count("SELECT count(*) FROM place WHERE status = 'active'") == 60);
}

TEST_CASE_FIXTURE(CsvFixture, "I5: a pre-admission comes in while its date lies ahead") {
  map("school = \"HAR\"\n[[file]]\nname = \"p.csv\"\nkind = \"people\"\n[file.columns]\ncode = \"code\"\n"
      "kind = { value = \"pupil\" }\nfamily = \"family\"\nstatus = \"status\"\n"
      "admission = { column = \"starts\", date = \"DD/MM/YYYY\" }\n");
  settings.imports["csv"].choice.pre_admissions = true;
  place.write("p.csv",
              "code,family,status,starts\nA1,Ahead,offered,01/09/2027\nS1,Stale,accepted,01/09/2025\n"
              "R1,Gone,rejected,01/09/2027\nP1,Here,active,\nW1,Odd,tentative,\n");
  const auto answer = import();
  CHECK(answer.report.added[FactKind::pupil] == 3);
  CHECK(text("SELECT status FROM place p JOIN person x ON x.id = p.person WHERE x.code = 'A1'") ==
        "pre-admission");
  CHECK(issues(answer, "stale-pre-admission").size() == 1);
  REQUIRE(issues(answer, "invalid-status").size() == 1);
  CHECK(issues(answer, "invalid-status").front().line == 6);
}

TEST_CASE_FIXTURE(CsvFixture, "C15: the line is the line of the file, and strict takes all or nothing") {
  map("school = \"HAR\"\n[[file]]\nname = \"p.csv\"\nkind = \"people\"\n[file.columns]\ncode = \"code\"\n"
      "kind = { value = \"pupil\" }\nfamily = \"family\"\nemail = \"email\"\n");
  place.write("p.csv",
              "code,address,family,email\nA,\"1 High St\nVillage\nTown\nPO1 2AB\",Ash,a@example.org\n"
              "B,,Bee,b@example.org\nC,,Cox,c@@example.org\n");
  request.strictness = intake::Strictness::strict;
  const auto strict = import();
  CHECK(strict.report.outcome == ImportOutcome::refused);
  CHECK(count("SELECT count(*) FROM person") == 0);
  request.strictness = intake::Strictness::usual;
  const auto answer = import();
  REQUIRE(issues(answer, "invalid-email").size() == 1);
  CHECK(issues(answer, "invalid-email").front().line == 7);
  CHECK(issues(answer, "invalid-email").front().column == "email");
  CHECK(count("SELECT count(*) FROM address WHERE normal IS NOT NULL") == 2);
}

TEST_CASE_FIXTURE(CsvFixture, "C3: what a spreadsheet did to numbers is mended where certain") {
  map("school = \"HAR\"\n[[file]]\nname = \"p.csv\"\nkind = \"people\"\n[file.columns]\ncode = \"code\"\n"
      "kind = { value = \"contact\" }\nfamily = \"code\"\nmobile = \"mobile\"\n");
  place.write("p.csv", "code,mobile\nA,7700900123\nB,07700900123\nC,4.477E+11\nD,447700900123\nE,0\n");
  const auto answer = import();
  CHECK(count("SELECT count(*) FROM address WHERE normal = '+447700900123'") == 3);
  const auto bad = issues(answer, "invalid-phone");
  REQUIRE(bad.size() == 2);
  CHECK(bad[0].line == 4);
  CHECK(bad[0].message.find("spreadsheet") != std::string::npos);
  CHECK(bad[1].value == "0");
}
