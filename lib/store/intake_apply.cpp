#include "store/intake_apply.hpp"

#include <fmt/format.h>

#include <array>

#include "base/error.hpp"
#include "store/intake_apply_steps.hpp"

namespace crier::store {

/// What staged rows refer to stood when staging began or comes with them. That it still stands is asked here,
/// once for all, since the caller lets the store not ask for each row (UncheckedReferences).
void IntakeApply::require_parents() {
  struct Table {
    RosterTable table;
    const char* all;
    const char* since;
  };
  constexpr std::array tables{
      Table{RosterTable::person, "SELECT count(*) FROM person", "SELECT count(*) FROM person WHERE id > ?1"},
      Table{RosterTable::roster_group, "SELECT count(*) FROM roster_group",
            "SELECT count(*) FROM roster_group WHERE id > ?1"},
      Table{RosterTable::assignment, "SELECT count(*) FROM assignment",
            "SELECT count(*) FROM assignment WHERE id > ?1"},
  };
  for (const auto& table : tables) {
    auto since = connection_.query(table.since);
    since.with(base(table.table)).step();
    if (connection_.integer(table.all) - since.integer(0) ==
        stage_.stood_[static_cast<std::size_t>(table.table)]) {
      continue;
    }
    throw Error(Exit::store, "store-changed", "another command took rows away while this import was reading",
                "Run the import again.");
  }
}

/// Ids for new rows were counted from the highest that stood when staging began. Whoever added rows since
/// then has taken some: move ours behind them.
void IntakeApply::move_new_ids() {
  struct Column {
    RosterTable table;
    const char* top;
    std::vector<const char*> updates;
  };
  const std::array columns{
      Column{RosterTable::person,
             "SELECT coalesce(max(id), 0) FROM person",
             {"UPDATE staged_person SET id = -(id + ?2) WHERE id > ?1",
              "UPDATE staged_person SET id = -id WHERE id < 0",
              "UPDATE staged_place SET person = -(person + ?2) WHERE person > ?1",
              "UPDATE staged_place SET person = -person WHERE person < 0",
              "UPDATE staged_address SET person = -(person + ?2) WHERE person > ?1",
              "UPDATE staged_address SET person = -person WHERE person < 0",
              "UPDATE staged_relationship SET pupil = pupil + ?2 WHERE pupil > ?1",
              "UPDATE staged_relationship SET contact = contact + ?2 WHERE contact > ?1",
              "UPDATE staged_membership SET person = person + ?2 WHERE person > ?1",
              "UPDATE staged_mark SET pupil = pupil + ?2 WHERE pupil > ?1"}},
      Column{RosterTable::roster_group,
             "SELECT coalesce(max(id), 0) FROM roster_group",
             {"UPDATE staged_group SET id = -(id + ?2) WHERE id > ?1",
              "UPDATE staged_group SET id = -id WHERE id < 0",
              "UPDATE staged_membership SET roster_group = roster_group + ?2 WHERE roster_group > ?1",
              "UPDATE staged_assignment SET roster_group = roster_group + ?2 WHERE roster_group > ?1"}},
      Column{RosterTable::assignment,
             "SELECT coalesce(max(id), 0) FROM assignment",
             {"UPDATE staged_assignment SET id = -(id + ?2) WHERE id > ?1",
              "UPDATE staged_assignment SET id = -id WHERE id < 0",
              "UPDATE staged_mark SET assignment = assignment + ?2 WHERE assignment > ?1"}},
      Column{RosterTable::membership,
             "SELECT coalesce(max(id), 0) FROM membership",
             {"UPDATE staged_membership SET id = -(id + ?2) WHERE id > ?1",
              "UPDATE staged_membership SET id = -id WHERE id < 0"}},
      Column{RosterTable::mark,
             "SELECT coalesce(max(id), 0) FROM mark",
             {"UPDATE staged_mark SET id = -(id + ?2) WHERE id > ?1",
              "UPDATE staged_mark SET id = -id WHERE id < 0"}},
  };
  for (const auto& column : columns) {
    auto& stood = stage_.base_[static_cast<std::size_t>(column.table)];
    const auto taken = connection_.integer(column.top) - stood;
    if (taken <= 0) continue;
    for (const char* update : column.updates) {
      const std::string_view text(update);
      auto query = connection_.query(text);
      if (text.find("?1") != std::string_view::npos) query.with(stood, taken);
      query.run();
    }
    stood += taken;
  }
}

/// Rows of a complete file that stood in the covered schools and were not seen.
void IntakeApply::find_gone() {
  struct Table {
    RosterTable table;
    const char* name;
    const char* candidates;
  };
  constexpr std::array tables{
      Table{RosterTable::person, "person",
            "SELECT DISTINCT place.person FROM place JOIN covered_school ON covered_school.school = "
            "place.school "
            "WHERE place.source = ?1 AND place.status <> 'leaver'"},
      Table{RosterTable::roster_group, "roster_group",
            "SELECT id FROM roster_group JOIN covered_school ON covered_school.school = roster_group.school "
            "WHERE source = ?1 AND active = 1"},
      Table{
          RosterTable::membership, "membership",
          "SELECT membership.id FROM membership JOIN roster_group ON roster_group.id = "
          "membership.roster_group "
          "JOIN covered_school ON covered_school.school = roster_group.school WHERE membership.source = ?1"},
      Table{RosterTable::assignment, "assignment",
            "SELECT assignment.id FROM assignment JOIN roster_group ON roster_group.id = "
            "assignment.roster_group "
            "JOIN covered_school ON covered_school.school = roster_group.school WHERE assignment.source = ?1 "
            "AND assignment.live = 1"},
      Table{RosterTable::mark, "mark",
            "SELECT mark.id FROM mark JOIN assignment ON assignment.id = mark.assignment JOIN roster_group "
            "ON roster_group.id = assignment.roster_group JOIN covered_school "
            "ON covered_school.school = roster_group.school WHERE mark.source = ?1"},
  };
  if (gone_ == GoneRows::stay) {
    connection_.execute("DELETE FROM gone");
    return;
  }
  // A delta may say again what has gone already.
  connection_
      .query(R"sql(
DELETE FROM gone WHERE roster_table = 'person' AND NOT EXISTS (
    SELECT 1 FROM place WHERE place.person = gone.id AND place.source = ?1 AND place.status <> 'leaver')
  OR roster_table = 'roster_group' AND id IN (SELECT id FROM roster_group WHERE active = 0)
  OR roster_table = 'assignment' AND id IN (SELECT id FROM assignment WHERE live = 0))sql")
      .with(source())
      .run();
  auto insert =
      connection_.query("INSERT INTO gone (roster_table, id) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
  for (const auto& table : tables) {
    const auto at = static_cast<std::size_t>(table.table);
    if (!stage_.complete_[at]) continue;
    if (stage_.of_source_[at] == stage_.seen_count_[at]) continue;  // all were seen
    const auto& seen = stage_.seen_[at];
    auto rows = connection_.query(table.candidates);
    rows.with(source());
    while (rows.step()) {
      const auto id = static_cast<std::size_t>(rows.integer(0));
      // Past the bits: added by hand or by another source's run since staging began.
      if (id < seen.size() && !seen[id]) insert.with(table.name, rows.integer(0)).run();
    }
  }
}

Difference apply_stage(Connection& connection, IntakeStage& stage, std::int64_t import, Instant now,
                       GoneRows gone, Judging judging) {
  return IntakeApply(connection, stage, import, now, gone, judging).run();
}

}  // namespace crier::store
