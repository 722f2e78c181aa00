// What an import does to relationships and addresses.
#include "store/intake_apply_steps.hpp"

namespace crier::store {

void IntakeApply::relationships() {
  // Either side's row may say that two people belong together: a side whose row did not change still says
  // what it said, a side that was staged says what is staged.
  connection_.execute(R"sql(
CREATE TEMP TABLE related (pupil INTEGER NOT NULL, contact INTEGER NOT NULL, said_by INTEGER NOT NULL,
  PRIMARY KEY (pupil, contact)) WITHOUT ROWID)sql");
  connection_
      .query(R"sql(
INSERT INTO related (pupil, contact, said_by)
SELECT pupil, contact, max(side & 1) + max(side & 2) FROM (
  SELECT pupil, contact, side FROM staged_relationship
  UNION ALL
  SELECT r.pupil, r.contact, 1 FROM staged_person s CROSS JOIN relationship r
  WHERE r.contact = s.id AND s.id <= ?2 AND r.source = ?1 AND r.said_by IN (1, 3)
  AND r.pupil NOT IN (SELECT id FROM staged_person)
  UNION ALL
  SELECT r.pupil, r.contact, 2 FROM staged_person s CROSS JOIN relationship r
  WHERE r.pupil = s.id AND s.id <= ?2 AND r.source = ?1 AND r.said_by IN (2, 3)
  AND r.contact NOT IN (SELECT id FROM staged_person))
GROUP BY pupil, contact)sql")
      .with(source(), base(RosterTable::person))
      .run();
  connection_.execute("CREATE TEMP TABLE related_gone (id INTEGER PRIMARY KEY)");
  connection_
      .query(R"sql(
INSERT INTO related_gone (id)
SELECT r.id FROM staged_person s CROSS JOIN relationship r
WHERE r.pupil = s.id AND s.id <= ?2 AND r.source = ?1
  AND NOT EXISTS (SELECT 1 FROM related n WHERE n.pupil = r.pupil AND n.contact = r.contact)
UNION
SELECT r.id FROM staged_person s CROSS JOIN relationship r
WHERE r.contact = s.id AND s.id <= ?2 AND r.source = ?1 AND NOT EXISTS (
  SELECT 1 FROM related n WHERE n.pupil = r.pupil AND n.contact = r.contact))sql")
      .with(source(), base(RosterTable::person))
      .run();
  let_stay(
      "SELECT pupil FROM relationship WHERE id IN (SELECT id FROM related_gone) UNION SELECT contact FROM "
      "relationship WHERE id IN (SELECT id FROM related_gone)",
      "related_gone");
  connection_.execute("CREATE TEMP TABLE related_changed (id INTEGER PRIMARY KEY, counts INTEGER NOT NULL)");
  connection_
      .query(R"sql(
INSERT INTO related_changed (id, counts)
SELECT r.id, (c.contact_relation, coalesce(c.contact_priority, 1), c.contact_responsibility, c.contact_lives_with,
  coalesce(c.contact_court_order, 0)) IS NOT (r.relation, r.priority, r.responsibility, r.lives_with, r.court_order)
FROM related n CROSS JOIN relationship r CROSS JOIN person c
WHERE r.pupil = n.pupil AND r.contact = n.contact AND r.source = ?1 AND c.id = n.contact
  AND (c.contact_relation, coalesce(c.contact_priority, 1), c.contact_responsibility, c.contact_lives_with,
  coalesce(c.contact_court_order, 0), n.said_by)
  IS NOT (r.relation, r.priority, r.responsibility, r.lives_with, r.court_order, r.said_by))sql")
      .with(source())
      .run();
  judge(Step::relationships);
  connection_
      .query(R"sql(
INSERT INTO relationship_before (import, op, id, pupil, contact, relation, priority, responsibility, lives_with,
  court_order, prime, said_by, added_in)
SELECT ?1, CASE WHEN id IN (SELECT id FROM related_gone) THEN 'removed' ELSE 'changed' END, id, pupil, contact,
  relation, priority, responsibility, lives_with, court_order, prime, said_by, added_in
FROM relationship WHERE id IN (SELECT id FROM related_changed UNION SELECT id FROM related_gone) ORDER BY id)sql")
      .with(import_)
      .run();
  difference_.changed[FactKind::relationship] =
      connection_.integer("SELECT count(*) FROM related_changed WHERE counts = 1");
  const auto gone = connection_.integer("SELECT count(*) FROM related_gone");
  difference_.removed[FactKind::relationship] = gone;
  connection_.execute("DELETE FROM relationship WHERE id IN (SELECT id FROM related_gone)");
  // Prime by default: priority 1 (I5). Folding is the program's; relations of a source are lower-case words.
  connection_.execute(R"sql(
UPDATE relationship SET relation = c.contact_relation, relation_folded = c.contact_relation,
  priority = coalesce(c.contact_priority, 1), responsibility = c.contact_responsibility,
  lives_with = c.contact_lives_with, court_order = coalesce(c.contact_court_order, 0),
  prime = CASE WHEN coalesce(c.contact_priority, 1) = 1 THEN 1 ELSE 0 END, said_by = n.said_by
FROM person c, related n
WHERE relationship.id IN (SELECT id FROM related_changed) AND c.id = relationship.contact
  AND n.pupil = relationship.pupil
  AND n.contact = relationship.contact)sql");
  difference_.added[FactKind::relationship] = connection_
                                                  .query(R"sql(
INSERT INTO relationship (pupil, contact, relation, relation_folded, priority, responsibility, lives_with,
  court_order, prime, said_by, source, added_in)
SELECT n.pupil, n.contact, c.contact_relation, c.contact_relation, coalesce(c.contact_priority, 1),
  c.contact_responsibility, c.contact_lives_with, coalesce(c.contact_court_order, 0),
  CASE WHEN coalesce(c.contact_priority, 1) = 1 THEN 1 ELSE 0 END, n.said_by, ?1, ?2
FROM related n JOIN person c ON c.id = n.contact
WHERE n.pupil > ?3 OR n.contact > ?3
  OR NOT EXISTS (SELECT 1 FROM relationship r WHERE r.pupil = n.pupil AND r.contact = n.contact
  AND r.source = ?1)
ORDER BY n.pupil, n.contact)sql")
                                                  .with(source(), import_, base(RosterTable::person))
                                                  .run();
}

void IntakeApply::addresses() {
  connection_.execute("CREATE TEMP TABLE address_changed (id INTEGER PRIMARY KEY)");
  connection_.execute("CREATE TEMP TABLE address_gone (id INTEGER PRIMARY KEY)");
  connection_
      .query(R"sql(
INSERT INTO address_changed (id)
SELECT a.id FROM staged_address s CROSS JOIN address a
WHERE a.person = s.person AND a.kind = s.kind AND a.use = s.use AND a.source = ?1 AND s.person <= ?2
  AND (s.position, s.given, s.normal, s.compare_key, s.line, s.for_sms)
  IS NOT (a.position, a.given, a.normal, a.compare_key, a.line, a.for_sms))sql")
      .with(source(), base(RosterTable::person))
      .run();
  connection_
      .query(R"sql(
INSERT INTO address_gone (id)
SELECT a.id FROM staged_person s CROSS JOIN address a
WHERE a.person = s.id AND a.source = ?1 AND s.id <= ?2
  AND NOT EXISTS (SELECT 1 FROM staged_address n WHERE n.person = a.person AND n.kind = a.kind
  AND n.use = a.use))sql")
      .with(source(), base(RosterTable::person))
      .run();
  let_stay("SELECT person FROM address WHERE id IN (SELECT id FROM address_gone)", "address_gone");
  judge(Step::addresses);
  connection_
      .query(R"sql(
INSERT INTO address_before (import, op, id, person, kind, use, position, given, normal, compare_key, line,
  for_sms, added_in)
SELECT ?1, CASE WHEN id IN (SELECT id FROM address_gone) THEN 'removed' ELSE 'changed' END, id, person, kind, use,
  position, given, normal, compare_key, line, for_sms, added_in
FROM address WHERE id IN (SELECT id FROM address_changed UNION SELECT id FROM address_gone) ORDER BY id)sql")
      .with(import_)
      .run();
  const auto gone = connection_.integer("SELECT count(*) FROM address_gone");
  difference_.removed[FactKind::address] = gone;
  difference_.changed[FactKind::address] = connection_.integer("SELECT count(*) FROM address_changed");
  connection_.execute("DELETE FROM address WHERE id IN (SELECT id FROM address_gone)");
  connection_
      .query(R"sql(
UPDATE address SET position = s.position, given = s.given, normal = s.normal, compare_key = s.compare_key,
  line = s.line, for_sms = s.for_sms
FROM staged_address s
WHERE address.id IN (SELECT id FROM address_changed) AND s.person = address.person
  AND s.kind = address.kind AND s.use = address.use)sql")
      .run();
  difference_.added[FactKind::address] = connection_
                                             .query(R"sql(
INSERT INTO address (person, kind, use, position, given, normal, compare_key, line, for_sms, source, added_in)
SELECT s.person, s.kind, s.use, s.position, s.given, s.normal, s.compare_key, s.line, s.for_sms, ?1, ?2
FROM staged_address s
WHERE s.person > ?3 OR NOT EXISTS (
  SELECT 1 FROM address a WHERE a.person = s.person AND a.kind = s.kind AND a.use = s.use AND a.source = ?1)
ORDER BY s.person, s.kind, s.use)sql")
                                             .with(source(), import_, base(RosterTable::person))
                                             .run();
}

}  // namespace crier::store
