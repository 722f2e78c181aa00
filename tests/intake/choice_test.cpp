#include <doctest/doctest.h>

#include "base/error.hpp"
#include "fixture.hpp"
#include "store/issue_store.hpp"

using namespace crier;

namespace {

/// The small school with a second contact, and settings of its source.
struct Chosen : test::ImportFixture {
  config::ImportSource& source = settings.imports["oneroster"];

  Chosen() {
    source.name = "oneroster";
    set["users"].add({"u-5", "", "", "true", "org-1", "relative", "ann", "", "Ann", "Dyer", "", "C2",
                      "ann@example.org", "", "020 7946 0958", "u-1", "", ""});
  }
  std::int64_t active(std::string_view kind) {
    auto rows = connection->query("SELECT count(*) FROM place WHERE kind = ?1 AND status = 'active'");
    rows.with(kind).step();
    return rows.integer(0);
  }
  std::int64_t relationships() { return count("SELECT count(*) FROM relationship"); }
};

}  // namespace

TEST_CASE(
    "I5: only contacts of the relations that the settings name come in, opening it again brings the rest") {
  Chosen school;
  school.source.choice.relations = {"parent"};
  CHECK(school.import().report.issues.empty());
  CHECK(school.active("contact") == 1);
  CHECK(school.relationships() == 2);
  school.source.choice.relations.clear();
  school.import();
  CHECK(school.active("contact") == 2);
  CHECK(school.relationships() == 3);
}

TEST_CASE("I5: a contact whose priority is not wanted any more leaves") {
  Chosen school;
  school.set["users"].add_column("metadata.priority", "").set("u-5", "metadata.priority", "3");
  school.source.columns["priority"] = "metadata.priority";
  school.import();
  CHECK(school.active("contact") == 2);
  school.source.choice.priorities = {1, 2};
  const auto answer = school.import();
  CHECK(answer.report.removed[FactKind::contact] == 1);
  CHECK(answer.report.issues.empty());
  CHECK(school.active("contact") == 1);
}

TEST_CASE("I5: parental responsibility that nothing tells is none") {
  Chosen school;
  school.set["users"].add_column("metadata.pr", "").set("u-3", "metadata.pr", "yes");
  school.source.columns["responsibility"] = "metadata.pr";
  school.source.choice.parental_responsibility = true;
  school.import();
  CHECK(school.active("contact") == 1);
  CHECK(school.text(
            "SELECT code FROM person JOIN place ON place.person = person.id WHERE place.kind = 'contact'") ==
        "C1");
}

TEST_CASE("I5: priority 1 is prime by default, the settings make others prime, and unmake them") {
  Chosen school;
  school.set["users"].add_column("metadata.priority", "2").set("u-3", "metadata.priority", "1");
  school.source.columns["priority"] = "metadata.priority";
  const auto prime = "SELECT count(*) FROM relationship WHERE prime = 1";
  school.import();
  CHECK(school.count(prime) == 2);
  school.source.choice.prime = {true, {}, {}};
  school.import();
  CHECK(school.count(prime) == 3);
  school.source.choice.prime = {false, {}, {"relative"}};
  school.import();
  CHECK(school.count(prime) == 1);
  school.source.choice.prime = {};
  CHECK(school.import().report.outcome == ImportOutcome::unchanged);
  CHECK(school.count(prime) == 2);
}

TEST_CASE("I5: only addresses of the kinds and locations that count are stored") {
  Chosen school;
  school.source.choice.addresses = {"email"};
  school.import();
  CHECK(school.count("SELECT count(*) FROM address WHERE kind <> 'email'") == 0);
  CHECK(school.count("SELECT count(*) FROM address") == 3);
  school.source.choice.addresses = {"mobile", "phone", "email"};
  school.source.choice.locations = {"work"};
  school.import();
  // The mobile number has no location; of the e-mail addresses only the teacher's is at work.
  CHECK(school.text("SELECT group_concat(use, ',') FROM (SELECT use FROM address ORDER BY use)") ==
        "mobile,work");
}

TEST_CASE(
    "I5: of classes only those with a term under way come in, and nothing that hangs on others is missed") {
  Chosen school;
  school.set.tables["academicSessions"] = {
      {"sourcedId", "status", "dateLastModified", "title", "type", "startDate", "endDate"},
      {{"t-1", "", "", "Autumn", "term", "2026-09-01", "2026-12-20"},
       {"t-0", "", "", "Last summer", "term", "2026-04-20", "2026-07-21"}}};
  school.set["classes"].set("c-1", "termSourcedIds", "t-0").set("c-2", "termSourcedIds", "t-1");
  school.source.choice.active_groups_only = true;
  const auto answer = school.import();
  CHECK(answer.report.issues.empty());
  CHECK(school.text("SELECT group_concat(name) FROM roster_group WHERE active = 1") == "10A");
  CHECK(school.count("SELECT count(*) FROM membership") == 1);
  CHECK(school.count("SELECT count(*) FROM mark") == 0);
}

TEST_CASE("I5: a pre-admission is imported while its status and date say so") {
  Chosen school;
  school.set["users"].add_column("metadata.status", "").add_column("metadata.doa", "");
  school.source.columns["admission_status"] = "metadata.status";
  school.source.columns["admission_date"] = "metadata.doa";
  school.source.choice.pre_admission_status = {{"offer made", "offered"}, {"on roll", "active"}};
  school.set["users"].set("u-1", "metadata.status", "On Roll");
  school.set["users"].set("u-2", "metadata.status", "Offer made").set("u-2", "metadata.doa", "2027-09-01");

  CHECK(school.import().report.issues.empty());
  CHECK(school.active("pupil") == 1);
  CHECK(school.count("SELECT count(*) FROM place WHERE status = 'pre-admission'") == 0);

  school.source.choice.pre_admissions = true;
  school.import();
  CHECK(school.text("SELECT admission FROM place WHERE status = 'pre-admission'") == "2027-09-01");

  school.set["users"].set("u-2", "metadata.doa", "2028-09-01");
  school.import();
  CHECK(school.text("SELECT admission FROM place WHERE status = 'pre-admission'") == "2028-09-01");

  SUBCASE("rejected: it leaves without a word") {
    school.set["users"].set("u-2", "metadata.status", "Rejected");
    CHECK(school.import().report.issues.empty());
    CHECK(school.count("SELECT count(*) FROM place WHERE status = 'pre-admission'") == 0);
  }
  SUBCASE("its date has passed, the row being the same: it leaves and is reported as stale") {
    school.clock.set(*parse_rfc3339("2028-09-02T08:00:00Z"));
    const auto answer = school.import();
    REQUIRE(test::issue(answer, "stale-pre-admission") != nullptr);
    CHECK(school.count("SELECT count(*) FROM place WHERE status = 'pre-admission'") == 0);
    store::IssueFilter filter;
    filter.kind = "stale-pre-admission";
    REQUIRE(store::issue_rows(*school.connection, filter).size() == 1);
    CHECK(store::issue_rows(*school.connection, filter)[0].code == "P2");
  }
  SUBCASE("a word that nobody knows is reported, and the pupil is at the school") {
    school.set["users"].set("u-2", "metadata.status", "Enroled");
    REQUIRE(test::issue(school.import(), "unknown-admission-status") != nullptr);
    CHECK(school.active("pupil") == 2);
  }
}

TEST_CASE("R7: who is on the exceptions list is never stored, nor any trace of them in issues") {
  Chosen school;
  school.set["users"].set("u-2", "email", "not an address");
  school.source.choice.exceptions = {"p2"};
  const auto answer = school.import();
  CHECK(answer.report.issues.empty());
  CHECK(school.count("SELECT count(*) FROM person WHERE source_id = 'u-2' OR given = 'Ben'") == 0);
  CHECK(school.count("SELECT count(*) FROM relationship") == 2);
  CHECK(school.count("SELECT count(*) FROM data_issue WHERE detail LIKE '%not an%'") == 0);
}

TEST_CASE(
    "R7: who was stored and comes on the exceptions list is erased with everything that hangs on them") {
  Chosen school;
  school.set["users"].set("u-2", "email", "ben@example.org");
  school.import();
  school.set["users"].set("u-2", "familyName", "Diver");
  school.import();
  const auto id = school.count("SELECT id FROM person WHERE source_id = 'u-2'");
  REQUIRE(school.count("SELECT count(*) FROM person_before") > 0);
  school.folder.write("never.txt", "# by order of the court\r\nu-2\r\n");
  school.source.choice.exceptions_file = school.folder / "never.txt";
  CHECK(school.import().report.outcome == ImportOutcome::applied);
  for (const std::string table :
       {"person_before WHERE id", "place_before WHERE person", "person WHERE id", "address WHERE person",
        "membership WHERE person", "mark WHERE pupil", "relationship WHERE pupil", "place WHERE person",
        "data_issue WHERE person", "mark_before WHERE pupil", "membership_before WHERE person"}) {
    CAPTURE(table);
    CHECK(school.count("SELECT count(*) FROM " + table + " = " + std::to_string(id)) == 0);
  }
  school.import();
  CHECK(school.count("SELECT count(*) FROM person WHERE source_id = 'u-2'") == 0);

  school.source.choice.exceptions_file = school.folder / "gone.txt";
  const auto refused = school.import();
  REQUIRE(refused.error.has_value());
  CHECK(refused.error->exit() == Exit::usage);
}

TEST_CASE("R7: what was sent to an excepted person stays in the counts, and names nobody") {
  Chosen school;
  school.import();
  const auto ben = std::to_string(school.count("SELECT id FROM person WHERE source_id = 'u-2'"));
  const auto rob = std::to_string(school.count("SELECT id FROM person WHERE source_id = 'u-3'"));
  school.connection->execute(
      "INSERT INTO message (id, school, subject, body, category, priority, sender, state, expression, "
      "recipients, "
      "created, content_digest) VALUES (1, 1, 's', 'b', 'informational', 'general', 'ann', 'released', "
      "'all', 'self', "
      "0, '');"
      "INSERT INTO job (id, message, channel, messages, not_started, complete, created, updated) "
      "VALUES (1, 1, 'email', 3, 1, 2, 0, 0);"
      "INSERT INTO delivery (id, job, person, school, channel, urgency, address, state, reason, due, "
      "attempts, updated) "
      "VALUES (1, 1, " +
      ben + ", 1, 'email', 1, 'ben@example.org', 'queued', '', 0, 0, 0), (2, 1, " + rob +
      ", 1, 'email', 1, 'r.dyer@example.org', 'complete', '', 0, 1, 0);"
      "INSERT INTO delivery_content (delivery, related, body) VALUES (1, '', 'Dear Ben'), "
      "(2, 'Ada Dyer (10A)' || char(10) || 'Ben Dyer (9B)', NULL)");
  school.source.choice.exceptions = {"u-2"};
  school.import();
  CHECK(school.text("SELECT family || given || code FROM person WHERE id = " + ben) == "XXXXXXXX");
  CHECK(school.text("SELECT address || state FROM delivery WHERE id = 1") == "XXXXcancelled");
  CHECK(school.text("SELECT related FROM delivery_content WHERE delivery = 2") ==
        "Ada Dyer (10A)\nXXXX (9B)");
  CHECK(school.count("SELECT count(*) FROM delivery_content WHERE delivery = 1") == 0);
  CHECK(school.count(
            "SELECT messages = not_started + processing + complete + failed + held + in_doubt + cancelled "
            "AND cancelled = 1 FROM job") == 1);
}

TEST_CASE("I1: a companion file tells what the set cannot, a court order above all") {
  Chosen school;
  school.folder.write("extra.csv", "code,No contact,relation,language\r\nc2,yes,Aunt,FR\r\nC77,no,,\r\n");
  school.source.companion.path = school.folder / "extra.csv";
  school.source.companion.columns["court_order"] = "No contact";
  const auto answer = school.import();
  CHECK(school.count(
            "SELECT court_order FROM relationship JOIN person ON person.id = contact WHERE code = 'C2'") ==
        1);
  CHECK(
      school.text("SELECT relation FROM relationship JOIN person ON person.id = contact WHERE code = 'C2'") ==
      "aunt");
  CHECK(school.text("SELECT language FROM person WHERE code = 'C2'") == "fr");
  CHECK(school.count("SELECT count(*) FROM relationship WHERE court_order = 1") == 1);
  CHECK(std::find(answer.untold.begin(), answer.untold.end(), "court orders") == answer.untold.end());
  REQUIRE(test::issue(answer, "dangling-reference") != nullptr);
  CHECK(test::issue(answer, "dangling-reference")->file == "extra.csv");
  CHECK(test::issue(answer, "dangling-reference")->line == 3);

  CHECK(school.import().report.outcome == ImportOutcome::unchanged);
  school.folder.write("extra.csv", "code,No contact,relation,language\r\nc2,no,Aunt,FR\r\n");
  CHECK(school.import().report.changed[FactKind::relationship] == 1);
  CHECK(school.count("SELECT count(*) FROM relationship WHERE court_order = 1") == 0);

  school.folder.write("extra.csv", "code,relation\r\nc2,Aunt\r\n");
  const auto refused = school.import();
  REQUIRE(refused.error.has_value());
  CHECK(refused.error->code() == "missing-column");
}
