// Exports that others made, by maps of ours: one line a set, with the counts that a count of its rows gives,
// or the reason for which it is refused. The files lie beside the sources where there are any; else this is
// skipped.
#include <algorithm>
#include <fstream>

#include "base/text.hpp"
#include "csv_fixture.hpp"
#include "intake/csv_rows.hpp"

using namespace crier;
using test::CsvFixture;
using test::issues;

namespace {

const std::filesystem::path corpus = CRIER_SOURCE_DIR "/../shared/corpus";

bool skipped() {
  if (std::filesystem::exists(corpus)) return false;
  MESSAGE("skipped: no corpus beside the sources");
  return true;
}

/// School Data Sync, the format of 2016: words of its columns by the edition.
std::string sds_map(std::string_view id, std::string_view school, std::string_view section, bool named) {
  const auto person = [&](std::string_view file, std::string_view kind) {
    std::string text = "[[file]]\nname = \"" + std::string(file) +
                       "\"\nkind = \"people\"\n[file.columns]\nid = \"" + std::string(id) +
                       "\"\nschool = \"" + std::string(school) + "\"\nkind = { value = \"" +
                       std::string(kind) + "\" }\n";
    text += named ? "family = \"Last Name\"\ngiven = \"First Name\"\nstatus = \"Status\"\nemail = "
                    "\"Secondary Email\"\n"
                  : "given = \"Username\"\n";
    if (named && kind == "pupil") {
      text += "year = \"Grade\"\nbirth_date = { column = \"Birthdate\", date = \"M/D/YYYY\" }\n";
    }
    return text;
  };
  const auto members = [&](std::string_view file, std::string_view role) {
    return "[[file]]\nname = \"" + std::string(file) +
           "\"\nkind = \"memberships\"\n[file.columns]\ngroup = \"" + std::string(section) +
           "\"\nperson = \"" + std::string(id) + "\"\nrole = { value = \"" + std::string(role) + "\" }\n";
  };
  return person("Student.csv", "pupil") + person("Teacher.csv", "staff") +
         "[[file]]\nname = \"Section.csv\"\nkind = \"groups\"\n[file.columns]\nid = \"" + std::string(id) +
         "\"\nname = \"Section Name\"\nschool = \"" + std::string(school) + "\"\n" +
         members("StudentEnrollment.csv", "pupil") + members("TeacherRoster.csv", "teacher");
}

constexpr std::string_view sds_v2 = R"([[file]]
name = "users.csv"
kind = "people"
[file.columns]
id = "sourcedId"
school = { column = "orgSourcedIds", split = ",", take = 1 }
kind = "role"
family = "familyName"
given = "givenName"
year = "grade"
[[file]]
name = "classes.csv"
kind = "groups"
[file.columns]
id = "sourcedId"
name = "title"
school = "orgSourcedId"
[[file]]
name = "enrollments.csv"
kind = "memberships"
[file.columns]
group = "classSourcedId"
person = "userSourcedId"
role = "role"
)";

/// Roles stand in a file of their own; who is no pupil is told by id here.
constexpr std::string_view sds_v21 = R"(school = "SDS"
[[file]]
name = "users.csv"
kind = "people"
[file.columns]
id = "sourcedId"
kind = { column = "sourcedId", map = { 114002 = "contact", 114005 = "contact", 114006 = "staff", 114007 = "staff" }, default = "pupil" }
family = "familyName"
given = "givenName"
email = "email"
phone = "phone"
mobile = "sms"
[[file]]
name = "relationships.csv"
kind = "relationships"
[file.columns]
pupil = "userSourcedId"
contact = "relationshipUserSourcedId"
relation = "relationshipRole"
[[file]]
name = "classes.csv"
kind = "groups"
[file.columns]
id = "sourcedId"
name = "title"
[[file]]
name = "enrollments.csv"
kind = "memberships"
[file.columns]
group = "classSourcedId"
person = "userSourcedId"
role = "role"
)";

std::string list_map(std::string_view file, std::string_view columns, std::string_view more = "") {
  return "school = \"LST\"\n[[file]]\nname = \"" + std::string(file) + "\"\nkind = \"people\"\n" +
         std::string(more) + "[file.columns]\nkind = { value = \"contact\" }\n" + std::string(columns);
}

struct Line {
  std::string set;
  std::string map;
  /// Empty: it comes in.
  std::string_view refusal;
  std::int64_t people = 0;
  std::int64_t groups = 0;
  std::int64_t memberships = 0;
  std::int64_t relationships = 0;
  std::int64_t addresses = 0;
  /// Values and rows that were not good.
  std::int64_t errors = 0;
};

std::int64_t people(const FactCounts& counts) {
  return counts[FactKind::pupil] + counts[FactKind::contact] + counts[FactKind::staff];
}

}  // namespace

TEST_CASE(
    "I2: every set of school-exports comes in with the counts of its rows, or is refused with its reason") {
  if (skipped()) return;
  const auto sds = sds_map("SIS ID", "School SIS ID", "Section SIS ID", true);
  const auto sds_bare = sds_map("SIS ID", "School SIS ID", "Section SIS ID", false);
  const auto uk = sds_map("ID", "School DfE Number", "Section ID", true);
  const auto uk_bare = sds_map("ID", "School DfE Number", "Section ID", false);
  const std::string one = "header = false\n";
  const std::vector<Line> lines{
      {"sds/sds-format/100-users", sds, "", 98, 28, 630},
      {"sds/sds-format/25-users", sds, "", 24, 2, 46},
      {"sds/sds-format/min-required-attributes", sds_bare, "", 24, 2, 46},
      {"sds/sds-format/min-required-attributes", sds, "the column 'Birthdate'"},
      {"sds/uk-format/100-users", uk, "", 98, 28, 630},
      {"sds/uk-format/25-users", uk, "", 24, 28, 158},
      {"sds/uk-format/min-required-attributes", uk_bare, "", 24, 28, 158},
      {"sds/uk-format/25-users", sds, "the column 'SIS ID'"},
      {"sds/sds-v2", std::string(sds_v2), "", 29, 4, 29},
      {"sds/sds-v2.1", std::string(sds_v21), "", 8, 2, 6, 3, 6, 4},
      {"recipient-lists/email.csv",
       list_map("email.csv", "id = \"email_address\"\nemail = \"email_address\"\n"), "", 1, 0, 0, 0, 1},
      {"recipient-lists/multiple_email.csv",
       list_map("multiple_email.csv", "id = \"emailaddress\"\nemail = \"emailaddress\"\n"), "", 10, 0, 0, 0,
       10},
      {"recipient-lists/multiple_sms.csv",
       list_map("multiple_sms.csv", "id = \"PhoneNumber\"\nmobile = \"PhoneNumber\"\ngiven = \"Name\"\n"), "",
       10, 0, 0, 0, 10},
      {"recipient-lists/sms.csv", list_map("sms.csv", "id = \"phone number\"\nmobile = \"phone number\"\n"),
       "", 1, 0, 0, 0, 1},
      {"recipient-lists/multiple_letter.csv",
       list_map("multiple_letter.csv", "id = \"address_line_3\"\ngiven = \"address_line_1\"\n"),
       "none of its 10 rows"},
      {"recipient-lists/empty.csv", list_map("empty.csv", "id = \"phone number\"\n"), "a header and no rows"},
      {"recipient-lists/empty.csv", list_map("empty.csv", "id = \"email\"\n"), "the column 'email'"},
      {"planets-district/teachers.csv",
       list_map("teachers.csv",
                "id = 1\nfamily = { column = 1, split = \" \", take = -1 }\ngiven = { column = 1, split = \" "
                "\", take "
                "= 1 }\n",
                one),
       "", 308},
      {"planets-district/orgs.csv", list_map("orgs.csv", "id = 1\ngiven = 1\n", one), "", 179},
      {"planets-district/firstnames.csv", list_map("firstnames.csv", "id = 1\ngiven = 1\n", one), "", 489},
      {"planets-district/lastnames.csv", list_map("lastnames.csv", "id = 1\ngiven = 1\n", one), "", 453},
      {"planets-district/grades.csv", list_map("grades.csv", "id = 1\ngiven = 1\n", one), "", 13},
      {"planets-district/courses.csv",
       "school = \"LST\"\n[[file]]\nname = \"courses.csv\"\nkind = \"groups\"\nheader = "
       "false\n[file.columns]\nid = 1\n"
       "name = 2\n",
       "", 0, 91},
  };
  for (const auto& line : lines) {
    CAPTURE(line.set);
    CsvFixture store;
    store.map(line.map);
    store.request.path = corpus / "school-exports" / line.set;
    const auto answer = store.import();
    if (!line.refusal.empty()) {
      CHECK(answer.report.outcome == ImportOutcome::refused);
      REQUIRE(answer.error);
      CHECK(answer.error->message().find(line.refusal) != std::string::npos);
      CHECK(store.count("SELECT count(*) FROM person") == 0);
      continue;
    }
    CHECK(answer.report.outcome == ImportOutcome::applied);
    const auto& added = answer.report.added;
    CHECK(people(added) == line.people);
    CHECK(added[FactKind::group] == line.groups);
    CHECK(added[FactKind::membership] == line.memberships);
    CHECK(added[FactKind::relationship] == line.relationships);
    CHECK(added[FactKind::address] == line.addresses);
    const auto errors =
        std::count_if(answer.report.issues.begin(), answer.report.issues.end(),
                      [](const RowIssue& issue) { return issue.severity == Severity::error; });
    CHECK(errors == line.errors);
    CHECK(store.import().report.outcome == ImportOutcome::unchanged);
  }
}

TEST_CASE("I2: every file of csv has the encoding, columns and rows that are said of it, or is refused") {
  if (skipped()) return;
  std::ifstream table(corpus / "csv" / "expected.tsv");
  std::string text;
  std::getline(table, text);
  int files = 0;
  while (std::getline(table, text)) {
    const auto cells = split(text, '\t');
    if (cells.size() < 5) continue;
    const std::string file(cells[0]);
    CAPTURE(file);
    ++files;
    config::MapEntry entry;
    entry.name = file;
    // A sample with cells of commas and semicolons, and titles above headers, need a word in a map; not here.
    entry.delimiter = std::nullopt;
    intake::IssueList found;
    const auto open = [&] {
      const intake::CsvText bytes(corpus / "csv" / file, std::nullopt);
      intake::CsvRows rows(file, bytes, entry, found);
      std::int64_t good = 0;
      while (rows.next()) ++good;
      return std::tuple{bytes.encoding(), good, rows.rows()};
    };
    if (cells[1] == "binary" || cells[4] == "-1") {
      CHECK_THROWS_AS(open(), Error);
      continue;
    }
    try {
      const auto [encoding, good, all] = open();
      const bool named = cells[1] == "windows-1252" ? encoding == format::Encoding::windows1252
                         : cells[1] == "utf-16be"   ? encoding == format::Encoding::utf16be
                         : cells[1] == "utf-16le"   ? encoding == format::Encoding::utf16le
                         : cells[1] == "utf-8-bom"  ? encoding == format::Encoding::utf8_with_mark
                                                    : encoding == format::Encoding::utf8;
      CHECK(named);
      CHECK(std::to_string(all) == cells[4]);
      CHECK(good + found.errors() == all);
    } catch (const Error& error) {
      MESSAGE(file, ": ", error.message());
      CHECK(error.exit() == Exit::refused_input);
    }
  }
  CHECK(files > 80);
}
