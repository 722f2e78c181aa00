#include <fmt/format.h>

#include "fixture.hpp"
#include "intake/guard.hpp"

using namespace crier;
using test::ImportFixture;
using test::issue;

namespace {

/// A school of many pupils, for the guard's shares.
void add_pupils(test::OneRosterFiles& set, int count) {
  for (int i = 0; i < count; ++i) {
    set["users"].add({fmt::format("x-{}", i), "", "", "true", "org-1", "student", "", "", "Given", "Family",
                      "", fmt::format("X{}", i), "", "", "", "", "8", ""});
  }
}

}  // namespace

TEST_CASE_FIXTURE(ImportFixture,
                  "I8: every bad row is told with file, line, column, value and reason, the others go in") {
  set["users"]
      .set("u-3", "email", "r.dyer@")
      .set("u-4", "email", "g h@example.org")
      .add({"", "", "", "true", "org-1", "student", "", "", "No", "Id", "", "", "", "", "", "", "", ""})
      .add({"u-1", "", "", "true", "org-1", "student", "", "", "Twice", "There", "", "", "", "", "", "", "",
            ""})
      .add({"u-9", "actve", "31/31/2026", "true", "org-1", "parent", "", "", "Late", "Comer", "", "", "", "",
            "", "u-77", "", ""})
      .add({"u-10", "", "", "true", "org-9", "student", "", "", "Lost", "Child", "", "", "", "", "", "", "",
            ""})
      .add({"short", "row"});
  const auto answer = import();
  CHECK(answer.report.outcome == ImportOutcome::applied);
  REQUIRE(issue(answer, "invalid-email") != nullptr);
  CHECK(issue(answer, "invalid-email")->file == "users.csv");
  CHECK(issue(answer, "invalid-email")->line == 4);
  CHECK(issue(answer, "invalid-email")->column == "email");
  CHECK(issue(answer, "invalid-email")->value == "r.dyer@");
  REQUIRE(issue(answer, "missing-id") != nullptr);
  CHECK(issue(answer, "missing-id")->line == 6);
  REQUIRE(issue(answer, "duplicate-id") != nullptr);
  CHECK(issue(answer, "duplicate-id")->line == 7);
  CHECK(issue(answer, "invalid-status") != nullptr);
  CHECK(issue(answer, "invalid-date") != nullptr);
  CHECK(issue(answer, "dangling-reference") != nullptr);
  CHECK(issue(answer, "no-school") != nullptr);
  REQUIRE(issue(answer, "short-row") != nullptr);
  CHECK(issue(answer, "short-row")->line == 10);
  CHECK(answer.report.added[FactKind::contact] == 2);
  CHECK(text("SELECT given FROM person WHERE source_id = 'u-1'") == "Ada");
  // The value as given stays, so that staff see what to mend.
  CHECK(count("SELECT count(*) FROM address WHERE given = 'r.dyer@' AND normal IS NULL") == 1);
}

TEST_CASE_FIXTURE(ImportFixture, "I8: what was not good is told again each time, until it is mended") {
  set["users"].set("u-3", "email", "r.dyer@");
  import();
  const auto again = import();
  CHECK(again.report.outcome == ImportOutcome::unchanged);
  CHECK(issue(again, "invalid-email") != nullptr);
  set["users"].set("u-3", "email", "r.dyer@example.org");
  const auto mended = import();
  CHECK(mended.report.issues.empty());
  CHECK(mended.report.changed[FactKind::address] == 1);
}

TEST_CASE_FIXTURE(ImportFixture, "I8: --strict takes all or nothing") {
  set["users"].set("u-3", "email", "r.dyer@");
  request.strictness = intake::Strictness::strict;
  const auto answer = import();
  REQUIRE(answer.error);
  CHECK(answer.error->code() == "strict");
  CHECK(answer.report.outcome == ImportOutcome::refused);
  CHECK(count("SELECT count(*) FROM person") == 0);
  CHECK(text("SELECT outcome FROM import") == "refused");
}

TEST_CASE_FIXTURE(ImportFixture,
                  "C15: the line of an issue is the line of the file, line breaks in quotes or not") {
  set["users"].set("u-1", "userIds", "one\r\ntwo\r\nthree\r\nfour").set("u-3", "email", "bad@");
  const auto answer = import();
  REQUIRE(issue(answer, "invalid-email") != nullptr);
  CHECK(issue(answer, "invalid-email")->line == 7);
}

TEST_CASE_FIXTURE(ImportFixture,
                  "C2, C3: what nobody sees goes from the ends, digits that are lost stay lost") {
  set["users"]
      .set("u-3", "email", "\u200br.dyer@example.org\u00a0")
      .set("u-3", "sms", "7400900123")
      .set("u-4", "sms", "4.474E+11")
      .set("u-4", "email", "o\u2019hara@example.org");
  const auto answer = import();
  CHECK(count("SELECT count(*) FROM address WHERE normal = 'r.dyer@example.org'") == 1);
  CHECK(count("SELECT count(*) FROM address WHERE normal = '+447400900123'") == 1);
  REQUIRE(issue(answer, "invalid-phone") != nullptr);
  CHECK(issue(answer, "invalid-phone")->message.find("spreadsheet") != std::string::npos);
  CHECK(issue(answer, "invalid-email") != nullptr);
}

TEST_CASE_FIXTURE(ImportFixture,
                  "I1, C13: a file that is promised and missing, or empty, is refused and changes nothing") {
  import();
  SUBCASE("users with a header alone") {
    set["users"].clear();
  }
  SUBCASE("orgs with a header alone") {
    set["orgs"].clear();
  }
  const test::TemporaryFolder place;
  set.write(place);
  SUBCASE("enrollments missing though bulk") {
    std::filesystem::remove(place / "enrollments.csv");
  }
  SUBCASE("users of no bytes") {
    place.write("users.csv", "");
  }
  SUBCASE("no manifest") {
    std::filesystem::remove(place / "manifest.csv");
  }
  SUBCASE("a workbook by the name of users.csv") {
    place.write("users.csv", "PK\x03\x04 and so on");
  }
  SUBCASE("a header that is another's") {
    place.write("users.csv", "a,b,c\r\n1,2,3\r\n");
  }
  SUBCASE("a column twice") {
    place.write("users.csv",
                "sourcedId,role,givenName,familyName,orgSourcedIds,role\r\nu-1,student,A,B,org-1,\r\n");
  }
  SUBCASE("a version of another age") {
    place.write("manifest.csv",
                "propertyName,value\r\noneroster.version,2.0\r\nfile.users,bulk\r\nfile.orgs,bulk\r\n");
  }
  const auto answer = import(place.path());
  REQUIRE(answer.error);
  CHECK(answer.error->exit() == Exit::refused_input);
  CHECK(answer.report.outcome == ImportOutcome::refused);
  CHECK_FALSE(answer.error->hint().empty());
  CHECK(count("SELECT count(*) FROM place WHERE status = 'active'") == 4);
  CHECK(count("SELECT count(*) FROM mark") == 4);
}

TEST_CASE_FIXTURE(ImportFixture,
                  "I7: an import that would take away more than 10 % and more than 5 is held whole") {
  add_pupils(set, 40);
  import();
  for (int i = 0; i < 6; ++i) set["users"].remove(fmt::format("x-{}", i));
  set["users"].set("u-3", "familyName", "Changed");
  const auto held = import();
  REQUIRE(held.error);
  CHECK(held.error->exit() == Exit::refused_by_rule);
  CHECK(held.error->code() == "removal-guard");
  CHECK(held.error->message().find("6 of 42 pupils of HAR") != std::string::npos);
  CHECK(held.report.outcome == ImportOutcome::held);
  CHECK(count("SELECT count(*) FROM place WHERE status = 'leaver'") == 0);
  CHECK(text("SELECT family FROM person WHERE source_id = 'u-3'") == "Dyer");
  request.removals = intake::Removals::accepted;
  const auto accepted = import();
  CHECK(accepted.report.removed[FactKind::pupil] == 6);
  CHECK(count("SELECT count(*) FROM place WHERE status = 'leaver'") == 6);
}

TEST_CASE_FIXTURE(ImportFixture, "I7: five may always go, and so may ten per cent") {
  add_pupils(set, 98);
  import();
  for (int i = 0; i < 10; ++i) set["users"].remove(fmt::format("x-{}", i));
  CHECK(import().report.removed[FactKind::pupil] == 10);
}

TEST_CASE_FIXTURE(ImportFixture, "I7: a file that was cut off never empties a school") {
  add_pupils(set, 200);
  import();
  const test::TemporaryFolder place;
  set.write(place);
  const auto whole = os::read_file(place / "users.csv");
  for (const double share : {0.1, 0.3, 0.6, 0.85}) {
    CAPTURE(share);
    place.write("users.csv", std::string_view(whole).substr(
                                 0, static_cast<std::size_t>(static_cast<double>(whole.size()) * share)));
    const auto answer = import(place.path());
    REQUIRE(answer.error);
    CHECK(count("SELECT count(*) FROM place WHERE status = 'leaver'") == 0);
    CHECK(count("SELECT count(*) FROM place WHERE status = 'active'") == 204);
  }
}

TEST_CASE_FIXTURE(ImportFixture,
                  "I8: bytes that are not UTF-8 cost their value, not the row, and are shown readable") {
  set["users"].set("u-4", "familyName", "H\xf6pper");
  const auto answer = import();
  REQUIRE(issue(answer, "not-utf8") != nullptr);
  CHECK(issue(answer, "not-utf8")->column == "familyName");
  CHECK(issue(answer, "not-utf8")->value == "H\xEF\xBF\xBDpper");
  CHECK(answer.report.added[FactKind::staff] == 1);
  CHECK(text("SELECT given || '/' || family FROM person WHERE source_id = 'u-4'") == "Grace/");
  CHECK(issue(import(), "not-utf8") != nullptr);
  set["users"].set("u-4", "familyName", "Hopper");
  CHECK(import().report.issues.empty());
}

TEST_CASE_FIXTURE(ImportFixture, "I6: two imports at once: the second says so") {
  os::LockFile other(connection->path().string() + ".import.lock");
  REQUIRE(other.try_lock());
  CHECK_THROWS_AS(import(), Error);
}
