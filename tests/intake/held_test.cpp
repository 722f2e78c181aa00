#include "intake/held.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "fixture.hpp"
#include "store/held_store.hpp"

using namespace crier;
using test::ImportFixture;
namespace fs = std::filesystem;

namespace {

/// 42 pupils of whom six have gone: the second import is held as number 2.
struct Held : ImportFixture {
  Held() {
    for (int i = 0; i < 40; ++i) {
      set["users"].add({fmt::format("x-{}", i), "", "", "true", "org-1", "student", "", "", "Given",
                        fmt::format("Family{}", i), "", fmt::format("X{}", i), "", "", "", "", "10", ""});
    }
    REQUIRE_FALSE(import().error);
    for (int i = 0; i < 6; ++i) set["users"].remove(fmt::format("x-{}", i));
    set["users"]
        .set("u-3", "familyName", "Changed")
        .set("u-3", "email", "")
        .set("u-3", "agentSourcedIds", "u-1");
    set["users"].add({"n-1", "", "", "true", "org-1", "student", "", "", "New", "Comer", "", "N1", "", "", "",
                      "", "9", ""});
    REQUIRE(import().report.outcome == ImportOutcome::held);
  }

  fs::path kept() { return intake::held_folder(connection->path(), 2); }
  intake::ImportAnswer accept(store::GoneRows gone) {
    request = intake::kept_request(connection->path(), 2);
    request.actor = "office";
    request.removals = intake::Removals::accepted;
    request.gone = gone;
    request.lets_in = 2;
    return intake::import_oneroster(*connection, settings, clock, request, {});
  }
};

}  // namespace

TEST_CASE_FIXTURE(Held, "I7: what is held keeps its files beside the store, for the owner alone") {
  const auto held = store::held_import(*connection, std::nullopt);
  REQUIRE(held);
  CHECK(held->import == 2);
  CHECK(held->source == "oneroster");
  CHECK(intake::parse_findings(held->findings).front().sentence == "remove 6 of 42 pupils of HAR");
  REQUIRE(fs::is_directory(kept()));
  CHECK(fs::status(kept()).permissions() == fs::perms::owner_all);
  CHECK(fs::status(kept().parent_path()).permissions() == fs::perms::owner_all);
  const auto again = intake::kept_request(connection->path(), 2);
  CHECK(fs::exists(again.path / "users.csv"));
  CHECK(again.source == "oneroster");
  CHECK(count("SELECT count(*) FROM person WHERE source_id = 'n-1'") == 0);
}

TEST_CASE_FIXTURE(Held, "I7: accepted, the kept files go in as an import that names the held one") {
  const auto answer = accept(store::GoneRows::leave);
  CHECK_FALSE(answer.error);
  CHECK(answer.report.outcome == ImportOutcome::applied);
  CHECK(answer.report.removed[FactKind::pupil] == 6);
  CHECK(answer.report.added[FactKind::pupil] == 1);
  CHECK(answer.findings.size() == 1);
  CHECK(count("SELECT concerns FROM import WHERE id = 3") == 2);
  CHECK(text("SELECT path FROM import WHERE id = 3") == text("SELECT path FROM import WHERE id = 2"));
  CHECK(text("SELECT decision FROM held_import") == "accepted");
  CHECK(text("SELECT decided_by FROM held_import") == "office");
  CHECK_FALSE(fs::exists(kept()));
  CHECK_FALSE(store::held_import(*connection, std::nullopt));
}

TEST_CASE_FIXTURE(Held, "I7: additions only: what is new and changed goes in, what is gone stays") {
  const auto answer = accept(store::GoneRows::stay);
  CHECK(answer.report.outcome == ImportOutcome::applied);
  CHECK(answer.report.removed.empty());
  CHECK(answer.report.added[FactKind::pupil] == 1);
  CHECK(answer.report.changed[FactKind::contact] == 1);
  CHECK(count("SELECT count(*) FROM place WHERE status = 'leaver'") == 0);
  CHECK(text("SELECT family FROM person WHERE source_id = 'u-3'") == "Changed");
  CHECK(count("SELECT count(*) FROM address WHERE kind = 'email' AND given = 'r.dyer@example.org'") == 1);
  CHECK(count("SELECT count(*) FROM relationship") == 2);
  CHECK(text("SELECT decision FROM held_import") == "additions-only");
  // What stayed is not forgotten: the same export without the option takes it away.
  request = {};
  request.actor = "test";
  request.removals = intake::Removals::accepted;
  const auto whole = import();
  CHECK(whole.report.removed[FactKind::pupil] == 6);
  CHECK(whole.report.removed[FactKind::address] == 1);
  CHECK(whole.report.removed[FactKind::relationship] == 1);
  CHECK(import().report.outcome == ImportOutcome::unchanged);
}

TEST_CASE_FIXTURE(Held, "I7: additions only at once passes the removal guard and no other") {
  request.gone = store::GoneRows::stay;
  const auto answer = import();
  CHECK_FALSE(answer.error);
  CHECK(answer.report.added[FactKind::pupil] == 1);
  CHECK(answer.report.removed.empty());
  for (int i = 6; i < 40; ++i) set["users"].set(fmt::format("x-{}", i), "familyName", "Same");
  CHECK(import().report.outcome == ImportOutcome::held);
}

TEST_CASE_FIXTURE(Held,
                  "I7: a newer import of the same source overtakes the held one and takes its files away") {
  set = test::small_school();
  request.source = "other";
  CHECK(import().report.outcome == ImportOutcome::applied);
  CHECK(text("SELECT decision FROM held_import WHERE import = 2").empty());
  request.source = "oneroster";
  CHECK(import().report.outcome == ImportOutcome::held);
  CHECK(text("SELECT decision FROM held_import WHERE import = 2") == "superseded");
  CHECK_FALSE(fs::exists(kept()));
  CHECK(store::held_import(*connection, std::nullopt)->import == 4);
  CHECK(fs::exists(intake::held_folder(connection->path(), 4)));
}

TEST_CASE_FIXTURE(Held, "I6: a rehearsal holds nothing and keeps no files") {
  request.rehearsal = intake::Rehearsal::dry_run;
  const auto answer = import();
  REQUIRE(answer.error);
  CHECK(answer.report.outcome == ImportOutcome::held);
  CHECK(count("SELECT count(*) FROM held_import") == 1);
  CHECK(count("SELECT count(*) FROM import") == 2);
  CHECK_FALSE(fs::exists(intake::held_folder(connection->path(), 3)));
}

TEST_CASE_FIXTURE(Held, "I7: a rehearsal of the kept files tells its changes by name, and changes nothing") {
  request = intake::kept_request(connection->path(), 2);
  request.rehearsal = intake::Rehearsal::dry_run;
  request.removals = intake::Removals::accepted;
  request.changes_wanted = 100;
  const auto answer = intake::import_oneroster(*connection, settings, clock, request, {});
  CHECK_FALSE(answer.error);
  CHECK(answer.findings.size() == 1);
  bool renamed = false;
  for (const auto& change : answer.changes) {
    renamed =
        renamed || (change.op == "changed" && change.kind == "contact" && change.code == "C1" &&
                    change.column == "family" && change.old_value == "Dyer" && change.new_value == "Changed");
  }
  CHECK(renamed);
  CHECK(text("SELECT family FROM person WHERE source_id = 'u-3'") == "Dyer");
  CHECK(text("SELECT decision FROM held_import").empty());
}

TEST_CASE_FIXTURE(Held, "I7: a zip is kept as the zip it was") {
  const test::TemporaryFolder place;
  const auto zip = place / "export.zip";
  // Not a set at all: only what is kept is looked at here.
  place.write("export.zip", "PK");
  intake::ImportRequest given;
  given.path = zip;
  given.kind = "oneroster";
  intake::keep_files(connection->path(), 9, given);
  CHECK(fs::exists(intake::held_folder(connection->path(), 9) / "given" / "export.zip"));
  CHECK(intake::kept_request(connection->path(), 9).recorded_as == zip);
  intake::forget_files(connection->path(), 9);
  CHECK_THROWS_AS(intake::kept_request(connection->path(), 9), Error);
}
