// What must hold for whatever a night brings: random edits of a small set.
#include <fmt/format.h>

#include <filesystem>
#include <random>

#include "fixture.hpp"
#include "intake/undo.hpp"
#include "roster_dump.hpp"

using namespace crier;
using test::ImportFixture;
using test::roster_dump;
using test::roster_meaning;

namespace {

struct Row {
  std::string table;
  std::vector<std::string> cells;
};

/// A set as rows by table and id, so that the difference between two of them can be written as a delta.
class Nightly {
 public:
  Nightly() {
    for (int i = 0; i < 12; ++i) add_pupil(i);
    for (int i = 0; i < 5; ++i) add_work(i);
  }

  void edit(std::mt19937& random) {
    const auto pick = [&](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
    for (int n = 1 + pick(6); n > 0; --n) {
      const int i = pick(16);
      switch (pick(11)) {
        case 0:
          remove_pupil(i);
          break;
        case 1:
          if (!rows_["users"].contains(fmt::format("p-{:02}", i))) add_pupil(i);
          break;
        case 2:
          set("users", fmt::format("p-{:02}", i), 9, fmt::format("Name{}", pick(4)));
          break;
        case 3:
          set("users", fmt::format("g-{:02}", i), 12,
              pick(2) == 0 ? "" : fmt::format("m{}@example.org", pick(4)));
          break;
        case 4:
          set("users", fmt::format("g-{:02}", i), 13,
              pick(2) == 0 ? "" : fmt::format("07400 90012{}", pick(4)));
          break;
        case 5:
          set("users", fmt::format("p-{:02}", i), 16, fmt::format("{}", 7 + pick(3)));
          break;
        case 6:
          set("results", fmt::format("r-{:02}", i), 6, fmt::format("{}", pick(20)));
          break;
        case 7:
          set("lineItems", fmt::format("l-{:02}", i), 3, fmt::format("Title{}", pick(4)));
          break;
        // Rows with a fault bear no fingerprint and are looked at every night.
        case 8:
          set("users", fmt::format("g-{:02}", i), 12, "no address");
          break;
        case 9:
          set("users", fmt::format("g-{:02}", i), 15, agents("p", i, pick(4)));
          break;
        case 10:
          set("users", fmt::format("p-{:02}", i), 15, agents("g", i, pick(4)));
          break;
      }
    }
  }

  test::OneRosterFiles bulk() const {
    auto set = test::small_school();
    for (const auto& [table, rows] : rows_) {
      for (const auto& [id, cells] : rows) set[table].add(cells);
    }
    return set;
  }

  /// What has to be said to whoever knows `before`.
  test::OneRosterFiles delta_from(const Nightly& before) const {
    auto set = test::small_school();
    for (auto& [name, table] : set.tables) {
      table.clear();
      set.modes[name] = "delta";
    }
    for (const auto& [table, rows] : rows_) {
      const auto old = before.rows_.find(table);
      for (const auto& [id, cells] : rows) {
        const bool known = old != before.rows_.end() && old->second.contains(id);
        if (!known || old->second.at(id) != cells) add_delta(set, table, cells, "active");
      }
    }
    for (const auto& [table, rows] : before.rows_) {
      for (const auto& [id, cells] : rows) {
        if (!rows_.at(table).contains(id)) add_delta(set, table, cells, "tobedeleted");
      }
    }
    return set;
  }

 private:
  /// Nobody, the other of the pair, somebody who is not there, or both.
  static std::string agents(const char* prefix, int i, int which) {
    const auto other = fmt::format("{}-{:02}", prefix, i);
    const auto nobody = fmt::format("{}-99", prefix);
    return which == 0 ? "" : which == 1 ? other : which == 2 ? nobody : other + "," + nobody;
  }
  static void add_delta(test::OneRosterFiles& set, const std::string& table, std::vector<std::string> cells,
                        const char* status) {
    cells[1] = status;
    cells[2] = "2026-11-24T00:00:00Z";
    set[table].add(std::move(cells));
  }
  void set(const std::string& table, const std::string& id, std::size_t column, std::string value) {
    const auto found = rows_[table].find(id);
    if (found != rows_[table].end()) found->second[column] = std::move(value);
  }
  void add_pupil(int i) {
    const auto p = fmt::format("p-{:02}", i);
    const auto g = fmt::format("g-{:02}", i);
    rows_["users"][p] = {p,       "",
                         "",      "true",
                         "org-1", "student",
                         "",      "",
                         "Given", fmt::format("Family{}", i),
                         "",      fmt::format("X{}", i),
                         "",      "",
                         "",      "",
                         "10",    ""};
    rows_["users"][g] = {g,
                         "",
                         "",
                         "true",
                         "org-1",
                         "guardian",
                         "",
                         "",
                         "Parent",
                         fmt::format("Family{}", i),
                         "",
                         fmt::format("G{}", i),
                         fmt::format("g{}@example.org", i),
                         "",
                         "",
                         p,
                         "",
                         ""};
    const auto e = fmt::format("e-{:02}", i);
    rows_["enrollments"][e] = {e, "", "", "c-1", "org-1", p, "student", "", "", ""};
    const auto r = fmt::format("r-{:02}", i);
    rows_["results"][r] = {r, "", "", "l-1", p, "fully graded", "5", "2026-11-14", ""};
  }
  void remove_pupil(int i) {
    for (const auto* table : {"users", "enrollments", "results"}) {
      for (const auto* prefix : {"p", "g", "e", "r"}) rows_[table].erase(fmt::format("{}-{:02}", prefix, i));
    }
  }
  void add_work(int i) {
    const auto l = fmt::format("l-{:02}", i);
    rows_["lineItems"][l] = {l, "", "", "Work", "", "2026-11-02", "2026-11-13", "c-1", "", "", "0", "20"};
  }

  std::map<std::string, std::map<std::string, std::vector<std::string>>> rows_;
};

bool same_counts(const ImportReport& a, const ImportReport& b) {
  return a.added.by_kind == b.added.by_kind && a.changed.by_kind == b.changed.by_kind &&
         a.removed.by_kind == b.removed.by_kind;
}

}  // namespace

TEST_CASE(
    "I6: whatever is edited, a rehearsal counts as the import does, undo brings all back, again is "
    "unchanged") {
  for (unsigned seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    ImportFixture fixture;
    Nightly nightly;
    fixture.set = nightly.bulk();
    REQUIRE_FALSE(fixture.import().error);
    for (int night = 0; night < 3; ++night) {
      CAPTURE(night);
      const auto before = roster_dump(*fixture.connection);
      nightly.edit(random);
      fixture.set = nightly.bulk();
      fixture.request.removals = intake::Removals::accepted;
      fixture.request.rehearsal = intake::Rehearsal::dry_run;
      const auto rehearsed = fixture.import();
      CHECK(test::difference(roster_dump(*fixture.connection), before) == "");
      fixture.request.rehearsal = intake::Rehearsal::no;
      const auto real = fixture.import();
      CHECK(same_counts(rehearsed.report, real.report));
      const auto after = roster_meaning(*fixture.connection);
      if (real.report.outcome == ImportOutcome::applied) {
        intake::undo_last(*fixture.connection, fixture.clock, "test");
        CHECK(test::difference(roster_dump(*fixture.connection), before) == "");
        CHECK(same_counts(fixture.import().report, real.report));
      }
      CHECK(test::difference(roster_meaning(*fixture.connection), after) == "");
      CHECK(fixture.import().report.outcome == ImportOutcome::unchanged);
      CHECK(fixture.count("SELECT count(*) FROM pragma_foreign_key_check") == 0);
    }
  }
}

TEST_CASE("I1: delta and bulk in any order come to the same roster") {
  for (unsigned seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    ImportFixture mixed;
    mixed.request.removals = intake::Removals::accepted;
    ImportFixture bulk_only;
    bulk_only.request.removals = intake::Removals::accepted;
    Nightly nightly;
    mixed.set = bulk_only.set = nightly.bulk();
    REQUIRE_FALSE(mixed.import().error);
    REQUIRE_FALSE(bulk_only.import().error);
    for (int night = 0; night < 3; ++night) {
      CAPTURE(night);
      const auto before = nightly;
      nightly.edit(random);
      mixed.set = nightly.delta_from(before);
      CHECK_FALSE(mixed.import().error);
      bulk_only.set = nightly.bulk();
      CHECK_FALSE(bulk_only.import().error);
      CHECK(test::difference(roster_meaning(*mixed.connection), roster_meaning(*bulk_only.connection)) == "");
      // The same delta again, and the whole set after it, change nothing more.
      CHECK(mixed.import().report.outcome == ImportOutcome::unchanged);
      if (random() % 2 == 0) continue;
      mixed.set = nightly.bulk();
      CHECK(mixed.import().report.outcome == ImportOutcome::unchanged);
    }
  }
}

TEST_CASE_FIXTURE(ImportFixture, "B8: the same again writes its own record and no page of the roster") {
  for (int i = 0; i < 300; ++i) {
    set["users"].add({fmt::format("x-{}", i), "", "", "true", "org-1", "student", "", "", "Given",
                      fmt::format("Family{}", i), "", fmt::format("X{}", i), "", "", "", "", "10", ""});
  }
  REQUIRE_FALSE(import().error);
  REQUIRE(import().report.outcome == ImportOutcome::unchanged);
  REQUIRE(connection->integer("PRAGMA wal_checkpoint(TRUNCATE)") == 0);
  const auto wal = connection->path().string() + "-wal";
  REQUIRE(std::filesystem::file_size(wal) == 0);
  REQUIRE(import().report.outcome == ImportOutcome::unchanged);
  // The log holds every page that was written: the record, its index and the two that lead to them, not the
  // dozens in which the people stand.
  const auto frames = std::filesystem::file_size(wal) / (4096 + 24);
  CHECK(frames > 0);
  CHECK(frames <= 4);
}
