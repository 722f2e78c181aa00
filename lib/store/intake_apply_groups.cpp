// What an import does to groups and memberships.
#include "store/intake_apply_steps.hpp"

namespace crier::store {

void IntakeApply::groups() {
  difference_.added[FactKind::group] = connection_
                                           .query(R"sql(
INSERT INTO roster_group (id, school, kind, name, name_folded, code, code_folded, active, source, source_id,
  fingerprint, added_in)
SELECT id, school, kind, name, name_folded, code, code_folded, 1, ?1, source_id, fingerprint, ?2
FROM staged_group WHERE id > ?3 ORDER BY id)sql")
                                           .with(source(), import_, base(RosterTable::roster_group))
                                           .run();
  connection_.execute("CREATE TEMP TABLE group_changed (id INTEGER PRIMARY KEY)");
  connection_
      .query(R"sql(
INSERT INTO group_changed (id)
SELECT g.id FROM staged_group s CROSS JOIN roster_group g
WHERE g.id = s.id AND s.id <= ?1
  AND (s.school, s.kind, s.name, s.code, 1) IS NOT (g.school, g.kind, g.name, g.code, g.active))sql")
      .with(base(RosterTable::roster_group))
      .run();
  difference_.changed[FactKind::group] = connection_.integer("SELECT count(*) FROM group_changed");
  judge(Step::groups);
  connection_
      .query(R"sql(
INSERT INTO roster_group_before (import, op, id, school, kind, name, code, active, added_in)
SELECT ?1, CASE WHEN id IN (SELECT id FROM group_changed) THEN 'changed' ELSE 'removed' END, id, school, kind, name,
  code, active, added_in
FROM roster_group WHERE id IN (
  SELECT id FROM group_changed UNION SELECT id FROM gone WHERE roster_table = 'roster_group') ORDER BY id)sql")
      .with(import_)
      .run();
  connection_
      .query(R"sql(
UPDATE roster_group SET school = s.school, kind = s.kind, name = s.name, name_folded = s.name_folded, code = s.code,
  code_folded = s.code_folded, active = 1, fingerprint = s.fingerprint
FROM staged_group s
WHERE roster_group.id IN (SELECT id FROM staged_group WHERE id <= ?1) AND s.id = roster_group.id
  AND (s.fingerprint <> roster_group.fingerprint OR s.id IN (SELECT id FROM group_changed)))sql")
      .with(base(RosterTable::roster_group))
      .run();
  difference_.removed[FactKind::group] =
      connection_
          .query(
              "UPDATE roster_group SET active = 0, fingerprint = 0 WHERE id IN (SELECT id FROM gone WHERE "
              "roster_table = 'roster_group')")
          .run();
}

void IntakeApply::memberships() {
  connection_.execute("CREATE TEMP TABLE membership_changed (id INTEGER PRIMARY KEY)");
  connection_
      .query(R"sql(
INSERT INTO membership_changed (id)
SELECT m.id FROM staged_membership s CROSS JOIN membership m
WHERE m.id = s.id AND s.id <= ?1 AND (s.roster_group, s.person, s.role, s.begins, s.ends)
  IS NOT (m.roster_group, m.person, m.role, m.begins, m.ends))sql")
      .with(base(RosterTable::membership))
      .run();
  difference_.changed[FactKind::membership] = connection_.integer("SELECT count(*) FROM membership_changed");
  judge(Step::memberships);
  connection_
      .query(R"sql(
INSERT INTO membership_before (import, op, id, roster_group, person, role, begins, ends, source_id, added_in)
SELECT ?1, CASE WHEN id IN (SELECT id FROM membership_changed) THEN 'changed' ELSE 'removed' END, id, roster_group,
  person, role, begins, ends, source_id, added_in
FROM membership WHERE id IN (
  SELECT id FROM membership_changed UNION SELECT id FROM gone WHERE roster_table = 'membership') ORDER BY id)sql")
      .with(import_)
      .run();
  connection_
      .query(R"sql(
UPDATE membership SET roster_group = s.roster_group, person = s.person, role = s.role, begins = s.begins,
  ends = s.ends, fingerprint = s.fingerprint
FROM staged_membership s
WHERE membership.id IN (SELECT id FROM staged_membership WHERE id <= ?1) AND s.id = membership.id
  AND (s.fingerprint <> membership.fingerprint OR s.id IN (SELECT id FROM membership_changed)))sql")
      .with(base(RosterTable::membership))
      .run();
  difference_.removed[FactKind::membership] =
      connection_
          .query("DELETE FROM membership WHERE id IN (SELECT id FROM gone WHERE roster_table = 'membership')")
          .run();
  difference_.added[FactKind::membership] = connection_
                                                .query(R"sql(
INSERT INTO membership (id, roster_group, person, role, begins, ends, source, source_id, fingerprint, added_in)
SELECT id, roster_group, person, role, begins, ends, ?1, source_id, fingerprint, ?2
FROM staged_membership WHERE id > ?3 ORDER BY id)sql")
                                                .with(source(), import_, base(RosterTable::membership))
                                                .run();
}

}  // namespace crier::store
