#include "intake/undo.hpp"

#include "fixture.hpp"
#include "roster_dump.hpp"
#include "store/import_changes.hpp"

using namespace crier;
using test::ImportFixture;
using test::roster_dump;

namespace {

struct Undoing : ImportFixture {
  Undoing() { REQUIRE(import().report.outcome == ImportOutcome::applied); }
  intake::UndoAnswer undo() { return intake::undo_last(*connection, clock, "office"); }

  /// A bit of everything: added, changed and removed rows of every kind.
  void change_much() {
    set["users"]
        .set("u-1", "familyName", "\xC3\x96zil")
        .set("u-1", "grades", "11")
        .set("u-3", "email", "new@example.org")
        .set("u-3", "sms", "")
        .set("u-3", "agentSourcedIds", "u-1,u-5")
        .remove("u-2")
        .add({"u-5", "", "", "true", "org-1", "student", "", "", "New", "Comer", "", "P5", "p5@example.org",
              "", "", "", "9", ""});
    set["classes"]
        .set("c-1", "title", "Maths")
        .remove("c-2")
        .add({"c-3", "", "", "Art", "10", "", "10A/Ar", "scheduled", "", "org-1", "", "", "", ""});
    set["enrollments"]
        .set("e-1", "endDate", "2027-01-01")
        .remove("e-2")
        .remove("e-4")
        .add({"e-5", "", "", "c-3", "org-1", "u-5", "student", "", "", ""});
    set["lineItems"]
        .set("l-1", "title", "Fractions II")
        .remove("l-2")
        .add({"l-3", "", "", "Colours", "", "2026-11-02", "2026-11-13", "c-3", "", "", "0", "10"});
    set["results"]
        .set("r-1", "score", "19")
        .remove("r-2")
        .remove("r-3")
        .remove("r-4")
        .add({"r-5", "", "", "l-3", "u-5", "not submitted", "", "", ""});
  }
  void require_whole() { CHECK(count("SELECT count(*) FROM pragma_foreign_key_check") == 0); }
  void send_to(std::string_view source_id) {
    connection->execute(
        "INSERT INTO message (id, school, subject, body, category, priority, sender, state, expression, "
        "recipients, "
        "created, content_digest) VALUES (1, 1, 'S', 'B', 'informational', 'general', 'x', 'released', "
        "'all', '', 0, '')");
    connection->execute(
        "INSERT INTO job (id, message, channel, created, updated) VALUES (1, 1, 'email', 0, 0)");
    connection
        ->query(
            "INSERT INTO delivery (job, person, school, channel, urgency, address, state, reason, due, "
            "attempts, "
            "updated) SELECT 1, id, 1, 'email', 1, 'a@example.org', 'complete', '', 0, 1, 0 FROM person "
            "WHERE source_id = ?1")
        .with(source_id)
        .run();
  }
};

}  // namespace

TEST_CASE_FIXTURE(Undoing, "I6: undo brings the roster back exactly, and is recorded") {
  const auto before = roster_dump(*connection);
  change_much();
  request.removals = intake::Removals::accepted;
  const auto applied = import();
  REQUIRE(applied.report.outcome == ImportOutcome::applied);
  const auto after = roster_dump(*connection);
  REQUIRE(after != before);
  clock.set(clock.now() + std::chrono::hours(1));
  const auto undone = undo();
  CHECK(test::difference(roster_dump(*connection), before) == "");
  CHECK(undone.undone == 2);
  CHECK(undone.stayed == 0);
  CHECK(undone.report.outcome == ImportOutcome::undo);
  CHECK(undone.report.added.by_kind == applied.report.removed.by_kind);
  CHECK(undone.report.removed.by_kind == applied.report.added.by_kind);
  CHECK(undone.report.changed.by_kind == applied.report.changed.by_kind);
  CHECK(count("SELECT concerns FROM import WHERE id = 3") == 2);
  CHECK(text("SELECT outcome || actor FROM import WHERE id = 3") == "undooffice");
  require_whole();
  SUBCASE("twice is nothing to undo") {
    try {
      undo();
      FAIL("undone twice");
    } catch (const Error& error) {
      CHECK(error.exit() == Exit::nothing_there);
    }
    CHECK(test::difference(roster_dump(*connection), before) == "");
  }
  SUBCASE("the same set again does the same again") {
    const auto again = import();
    CHECK(again.report.outcome == ImportOutcome::applied);
    CHECK(again.report.added.by_kind == applied.report.added.by_kind);
    CHECK(again.report.changed.by_kind == applied.report.changed.by_kind);
    CHECK(again.report.removed.by_kind == applied.report.removed.by_kind);
    CHECK(import().report.outcome == ImportOutcome::unchanged);
    undo();
    CHECK(test::difference(roster_dump(*connection), before) == "");
  }
  SUBCASE("the old set is unchanged") {
    set = test::small_school();
    CHECK(import().report.outcome == ImportOutcome::unchanged);
  }
}

TEST_CASE_FIXTURE(Undoing, "I6: undo of the first import leaves an empty roster") {
  undo();
  CHECK(roster_dump(*connection).empty());
  require_whole();
  CHECK(import().report.added[FactKind::pupil] == 2);
}

TEST_CASE_FIXTURE(Undoing, "I6: what people decided, what was sent and what was told outlasts undo") {
  connection->execute(
      "INSERT INTO address_block (kind, compare_key, reason, since, evidence) VALUES ('email', "
      "'r.dyer@example.org', 'blocked-bounce', 0, '')");
  connection->execute(
      "INSERT INTO opt_out (person, since, said_by) SELECT id, 0, 'self' FROM person WHERE source_id = "
      "'u-3'");
  send_to("u-4");
  connection->execute(
      "INSERT INTO told (notice, finding, pupil, contact, message) SELECT 'missing-assignments', a.id, p.id, "
      "c.id, 1 "
      "FROM assignment a, person p, person c WHERE a.source_id = 'l-1' AND p.source_id = 'u-2' AND "
      "c.source_id = 'u-3'");
  const auto undone = undo();
  CHECK(undone.stayed == 3);
  CHECK(count("SELECT count(*) FROM address_block") == 1);
  CHECK(count("SELECT count(*) FROM opt_out") == 1);
  CHECK(count("SELECT count(*) FROM delivery") == 1);
  CHECK(count("SELECT count(*) FROM told") == 1);
  CHECK(count("SELECT count(*) FROM person") == 3);
  CHECK(count("SELECT count(*) FROM place WHERE status <> 'leaver'") == 0);
  CHECK(count("SELECT count(*) FROM place WHERE status = 'leaver' AND status_since = " +
              std::to_string(to_millis(clock.now()))) == 3);
  CHECK(count("SELECT live FROM assignment") == 0);
  require_whole();
  // They are the same people when they come back.
  CHECK_FALSE(import().error);
  CHECK(count("SELECT count(*) FROM place WHERE status = 'active'") == 4);
  CHECK(count("SELECT count(*) FROM opt_out o JOIN person p ON p.id = o.person WHERE p.source_id = 'u-3'") ==
        1);
  CHECK(import().report.outcome == ImportOutcome::unchanged);
}

TEST_CASE_FIXTURE(Undoing, "I6: undo is refused where something by hand stands on it, and says what") {
  connection->execute("INSERT INTO source (id, name, kind, created) VALUES (9, 'hand', 'hand', 0)");
  connection->execute(
      "INSERT INTO membership (roster_group, person, role, begins, ends, source, source_id, fingerprint) "
      "SELECT g.id, p.id, 'pupil', '', '', 9, 'h-1', 0 FROM roster_group g, person p WHERE "
      "g.source_id = 'c-2' AND p.source_id = 'u-2'");
  const auto before = roster_dump(*connection);
  try {
    undo();
    FAIL("undone");
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::refused_by_rule);
    CHECK(error.message().find("1 memberships of people whom it added, or in groups that it added") !=
          std::string::npos);
  }
  CHECK(test::difference(roster_dump(*connection), before) == "");
  CHECK(count("SELECT count(*) FROM import") == 1);
}

TEST_CASE_FIXTURE(Undoing, "I6: an unchanged import in between does not hide the last that was applied") {
  const auto before = roster_dump(*connection);
  set["users"].set("u-1", "givenName", "Ada Maria");
  import();
  import();
  CHECK(undo().undone == 2);
  CHECK(test::difference(roster_dump(*connection), before) == "");
}

TEST_CASE_FIXTURE(Undoing, "I10: who was deleted for good since is not brought back by undo") {
  set["users"].set("u-1", "givenName", "Other");
  import();
  connection->execute("UPDATE person SET given = 'XXXX', family = 'XXXX' WHERE source_id = 'u-1'");
  connection->execute(
      "INSERT INTO deletion (person, deleted, anonymise, done) SELECT id, 0, 0, 1 FROM person WHERE "
      "source_id = 'u-1'");
  undo();
  CHECK(text("SELECT given FROM person WHERE source_id = 'u-1'") == "XXXX");
}

TEST_CASE_FIXTURE(Undoing, "I6: undo waits for no import: while one runs it is refused") {
  const auto lock = intake::lock_imports(*connection);
  CHECK_THROWS_AS(undo(), Error);
}

TEST_CASE_FIXTURE(
    Undoing, "I6: the changes of an import are told with old and new, after later imports and undo too") {
  change_much();
  request.removals = intake::Removals::accepted;
  import();
  const auto told = store::import_changes(*connection, 2, {1000, 0});
  const auto find = [&](std::string_view op, std::string_view kind, std::string_view column) {
    for (const auto& one : told) {
      if (one.op == op && one.kind == kind && one.column == column) return one;
    }
    return store::ImportChange{};
  };
  CHECK(find("changed", "pupil", "family").old_value == "Dyer");
  CHECK(find("changed", "pupil", "family").new_value == "\xC3\x96zil");
  CHECK(find("changed", "pupil", "family").code == "P1");
  CHECK(find("changed", "pupil", "year").new_value == "11");
  CHECK(find("removed", "pupil", "status").code == "P2");
  CHECK(find("added", "pupil", "").name == "COMER, New");
  CHECK(find("changed", "address", "given").new_value == "new@example.org");
  CHECK(find("removed", "address", "").old_value == "+447400900123");
  CHECK(find("added", "relationship", "").about == "P5");
  CHECK(find("removed", "relationship", "").about == "P2");
  CHECK(find("changed", "mark", "score").old_value == "18.0");
  CHECK(find("removed", "group", "").name == "10A");
  CHECK(find("added", "membership", "").about == "Art");
  CHECK(find("changed", "assignment", "title").old_value == "Fractions");
  const auto as_text = [](const std::vector<store::ImportChange>& changes) {
    std::string text;
    for (const auto& c : changes) {
      text += c.op + "|" + c.kind + "|" + c.column + "|" + c.old_value + "|" + c.new_value + "\n";
    }
    return text;
  };
  // A later import that changes the same cells does not change what this one did.
  set["users"].set("u-1", "familyName", "Third").set("u-3", "email", "third@example.org");
  import();
  CHECK(as_text(store::import_changes(*connection, 2, {1000, 0})) == as_text(told));
  undo();
  CHECK(as_text(store::import_changes(*connection, 2, {1000, 0})) == as_text(told));
  // Page by page they are the same.
  std::vector<store::ImportChange> pages;
  for (std::int64_t skip = 0; skip < static_cast<std::int64_t>(told.size()); skip += 3) {
    for (auto& one : store::import_changes(*connection, 2, {3, skip})) pages.push_back(std::move(one));
  }
  CHECK(as_text(pages) == as_text(told));
}
