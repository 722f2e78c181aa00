// What an import does to assignments and marks.
#include "store/intake_apply_steps.hpp"

namespace crier::store {

void IntakeApply::assignments() {
  difference_.added[FactKind::assignment] = connection_
                                                .query(R"sql(
INSERT INTO assignment (id, roster_group, title, due, points, live, source, source_id, fingerprint, added_in)
SELECT id, roster_group, title, due, points, 1, ?1, source_id, fingerprint, ?2
FROM staged_assignment WHERE id > ?3 ORDER BY id)sql")
                                                .with(source(), import_, base(RosterTable::assignment))
                                                .run();
  connection_.execute("CREATE TEMP TABLE assignment_changed (id INTEGER PRIMARY KEY)");
  connection_
      .query(R"sql(
INSERT INTO assignment_changed (id)
SELECT a.id FROM staged_assignment s CROSS JOIN assignment a
WHERE a.id = s.id AND s.id <= ?1
  AND (s.roster_group, s.title, s.due, s.points, 1) IS NOT (a.roster_group, a.title, a.due, a.points,
  a.live))sql")
      .with(base(RosterTable::assignment))
      .run();
  difference_.changed[FactKind::assignment] = connection_.integer("SELECT count(*) FROM assignment_changed");
  judge(Step::assignments);
  connection_
      .query(R"sql(
INSERT INTO assignment_before (import, op, id, roster_group, title, due, points, live, added_in)
SELECT ?1, CASE WHEN id IN (SELECT id FROM assignment_changed) THEN 'changed' ELSE 'removed' END, id, roster_group,
  title, due, points, live, added_in
FROM assignment WHERE id IN (
  SELECT id FROM assignment_changed UNION SELECT id FROM gone WHERE roster_table = 'assignment') ORDER BY id)sql")
      .with(import_)
      .run();
  connection_
      .query(R"sql(
UPDATE assignment SET roster_group = s.roster_group, title = s.title, due = s.due, points = s.points, live = 1,
  fingerprint = s.fingerprint
FROM staged_assignment s
WHERE assignment.id IN (SELECT id FROM staged_assignment WHERE id <= ?1) AND s.id = assignment.id
  AND (s.fingerprint <> assignment.fingerprint OR s.id IN (SELECT id FROM assignment_changed)))sql")
      .with(base(RosterTable::assignment))
      .run();
  difference_.removed[FactKind::assignment] =
      connection_
          .query(
              "UPDATE assignment SET live = 0, fingerprint = 0 WHERE id IN (SELECT id FROM gone WHERE "
              "roster_table = 'assignment')")
          .run();
}

void IntakeApply::marks() {
  connection_.execute("CREATE TEMP TABLE mark_changed (id INTEGER PRIMARY KEY)");
  connection_
      .query(R"sql(
INSERT INTO mark_changed (id)
SELECT m.id FROM staged_mark s CROSS JOIN mark m
WHERE m.id = s.id AND s.id <= ?1 AND (s.assignment, s.pupil, s.status, s.score, s.missing)
  IS NOT (m.assignment, m.pupil, m.status, m.score, m.missing))sql")
      .with(base(RosterTable::mark))
      .run();
  difference_.changed[FactKind::mark] = connection_.integer("SELECT count(*) FROM mark_changed");
  judge(Step::marks);
  connection_
      .query(R"sql(
INSERT INTO mark_before (import, op, id, assignment, pupil, status, score, missing, source_id, added_in)
SELECT ?1, CASE WHEN id IN (SELECT id FROM mark_changed) THEN 'changed' ELSE 'removed' END, id, assignment, pupil,
  status, score, missing, source_id, added_in
FROM mark WHERE id IN (SELECT id FROM mark_changed UNION SELECT id FROM gone WHERE roster_table = 'mark')
ORDER BY id)sql")
      .with(import_)
      .run();
  connection_
      .query(R"sql(
UPDATE mark SET assignment = s.assignment, pupil = s.pupil, status = s.status, score = s.score, missing = s.missing,
  fingerprint = s.fingerprint
FROM staged_mark s
WHERE mark.id IN (SELECT id FROM staged_mark WHERE id <= ?1) AND s.id = mark.id
  AND (s.fingerprint <> mark.fingerprint OR s.id IN (SELECT id FROM mark_changed)))sql")
      .with(base(RosterTable::mark))
      .run();
  difference_.removed[FactKind::mark] =
      connection_.query("DELETE FROM mark WHERE id IN (SELECT id FROM gone WHERE roster_table = 'mark')")
          .run();
  difference_.added[FactKind::mark] = connection_
                                          .query(R"sql(
INSERT INTO mark (id, assignment, pupil, status, score, missing, source, source_id, fingerprint, added_in)
SELECT id, assignment, pupil, status, score, missing, ?1, source_id, fingerprint, ?2
FROM staged_mark WHERE id > ?3 ORDER BY id)sql")
                                          .with(source(), import_, base(RosterTable::mark))
                                          .run();
}

}  // namespace crier::store
