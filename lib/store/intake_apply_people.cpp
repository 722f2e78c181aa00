// What an import does to people and their places.
#include "store/intake_apply_steps.hpp"

namespace crier::store {

void IntakeApply::people() {
  connection_.execute("CREATE TEMP TABLE touched_person (id INTEGER PRIMARY KEY)");
  connection_
      .query(R"sql(
INSERT INTO person (id, source, source_id, kind, code, code_folded, title, family, given, preferred, language,
  name_folded, sort_key, contact_relation, contact_priority, contact_responsibility, contact_lives_with,
  contact_court_order, birth_date, fingerprint, added_in)
SELECT id, ?1, source_id, kind, code, code_folded, title, family, given, preferred, language, name_folded, sort_key,
  contact_relation, contact_priority, contact_responsibility, contact_lives_with, contact_court_order, birth_date,
  fingerprint, ?2
FROM staged_person WHERE id > ?3 ORDER BY id)sql")
      .with(source(), import_, base(RosterTable::person))
      .run();
  auto added =
      connection_.query("SELECT kind, count(*) FROM staged_person WHERE id > ?1 GROUP BY kind ORDER BY kind");
  added.with(base(RosterTable::person));
  while (added.step()) {
    difference_.added[static_cast<FactKind>(*parse_person_kind(added.view(0)))] = added.integer(1);
  }
  connection_
      .query(R"sql(
INSERT INTO touched_person (id)
SELECT p.id FROM staged_person s CROSS JOIN person p
WHERE p.id = s.id AND s.id <= ?1
  AND (s.kind, s.code, s.title, s.family, s.given, s.preferred, s.language, s.contact_relation,
  s.contact_priority, s.contact_responsibility, s.contact_lives_with, s.contact_court_order, s.birth_date)
  IS NOT (p.kind, p.code, p.title, p.family, p.given, p.preferred, p.language, p.contact_relation,
  p.contact_priority, p.contact_responsibility, p.contact_lives_with, p.contact_court_order, p.birth_date))sql")
      .with(base(RosterTable::person))
      .run();
  connection_
      .query(R"sql(
INSERT INTO person_before (import, op, id, kind, code, title, family, given, preferred, language, contact_relation,
  contact_priority, contact_responsibility, contact_lives_with, contact_court_order, birth_date, added_in)
SELECT ?1, 'changed', p.id, p.kind, p.code, p.title, p.family, p.given, p.preferred, p.language, p.contact_relation,
  p.contact_priority, p.contact_responsibility, p.contact_lives_with, p.contact_court_order, p.birth_date, p.added_in
FROM touched_person t CROSS JOIN person p WHERE p.id = t.id ORDER BY p.id)sql")
      .with(import_)
      .run();
  connection_
      .query(R"sql(
UPDATE person SET kind = s.kind, code = s.code, code_folded = s.code_folded, title = s.title, family = s.family,
  given = s.given, preferred = s.preferred, language = s.language, name_folded = s.name_folded,
  sort_key = s.sort_key, contact_relation = s.contact_relation, contact_priority = s.contact_priority,
  contact_responsibility = s.contact_responsibility, contact_lives_with = s.contact_lives_with,
  contact_court_order = s.contact_court_order, birth_date = s.birth_date, fingerprint = s.fingerprint
FROM staged_person s
WHERE person.id IN (SELECT id FROM staged_person WHERE id <= ?1) AND s.id = person.id
  AND (s.fingerprint <> person.fingerprint OR EXISTS (SELECT 1 FROM touched_person t WHERE t.id = s.id)))sql")
      .with(base(RosterTable::person))
      .run();
}

void IntakeApply::places() {
  // A leaver keeps everything but the status: whoever comes back is the same person.
  connection_.execute("CREATE TEMP TABLE place_gone (id INTEGER PRIMARY KEY, person INTEGER NOT NULL)");
  connection_
      .query(R"sql(
INSERT INTO place_gone (id, person)
SELECT place.id, place.person FROM gone JOIN place ON place.person = gone.id
JOIN covered_school ON covered_school.school = place.school
WHERE gone.roster_table = 'person' AND place.source = ?1 AND place.status <> 'leaver'
UNION
SELECT place.id, place.person FROM staged_person s CROSS JOIN place CROSS JOIN covered_school
WHERE place.person = s.id AND covered_school.school = place.school AND s.id <= ?2 AND place.source = ?1
  AND place.status <> 'leaver' AND NOT EXISTS (
  SELECT 1 FROM staged_place n WHERE n.person = place.person AND n.school = place.school
  AND n.kind = place.kind))sql")
      .with(source(), base(RosterTable::person))
      .run();
  let_stay("SELECT person FROM place_gone", "place_gone");
  connection_.execute("CREATE TEMP TABLE place_changed (id INTEGER PRIMARY KEY, person INTEGER NOT NULL)");
  connection_
      .query(R"sql(
INSERT INTO place_changed (id, person)
SELECT p.id, p.person FROM staged_place s CROSS JOIN place p
WHERE p.person = s.person AND p.school = s.school AND p.kind = s.kind AND s.person <= ?1
  AND (s.status, s.year, s.form, s.house, s.boarding, s.admission)
    IS NOT (p.status, p.year, p.form, p.house, p.boarding, p.admission))sql")
      .with(base(RosterTable::person))
      .run();
  judge(Step::people);
  judge_rekeyed();
  connection_
      .query(R"sql(
INSERT INTO place_before (import, op, id, person, school, kind, status, status_since, year, form, house, boarding,
  admission, added_in)
SELECT ?1, 'changed', id, person, school, kind, status, status_since, year, form, house, boarding, admission, added_in
FROM place WHERE id IN (SELECT id FROM place_changed UNION SELECT id FROM place_gone) ORDER BY id)sql")
      .with(import_)
      .run();
  connection_
      .query(R"sql(
UPDATE place SET status_since = CASE WHEN s.status = place.status THEN place.status_since ELSE ?1 END,
  status = s.status, year = s.year, year_folded = s.year_folded, form = s.form, form_folded = s.form_folded,
  house = s.house, house_folded = s.house_folded, boarding = s.boarding, boarding_folded = s.boarding_folded,
  admission = s.admission
FROM staged_place s
WHERE place.id IN (SELECT id FROM place_changed) AND s.person = place.person AND s.school = place.school
  AND s.kind = place.kind)sql")
      .with(now_)
      .run();
  connection_
      .query("UPDATE place SET status = 'leaver', status_since = ?1 WHERE id IN (SELECT id FROM place_gone)")
      .with(now_)
      .run();
  // Whoever has gone must be looked at whole when coming back, though the row be the same as before.
  connection_.execute(
      "UPDATE person SET fingerprint = 0 WHERE fingerprint <> 0 AND id IN (SELECT id FROM gone WHERE "
      "roster_table = 'person')");
  connection_
      .query(R"sql(
INSERT INTO touched_person (id)
SELECT DISTINCT s.person FROM staged_place s WHERE s.person <= ?1 AND NOT EXISTS (
  SELECT 1 FROM place p WHERE p.person = s.person AND p.school = s.school AND p.kind = s.kind)
ON CONFLICT DO NOTHING)sql")
      .with(base(RosterTable::person))
      .run();
  connection_
      .query(R"sql(
INSERT INTO place (person, school, kind, status, status_since, year, year_folded, form, form_folded, house,
  house_folded, boarding, boarding_folded, admission, source, added_in)
SELECT s.person, s.school, s.kind, s.status, NULL, s.year, s.year_folded, s.form, s.form_folded, s.house,
  s.house_folded, s.boarding, s.boarding_folded, s.admission, ?1, ?2
FROM staged_place s
WHERE s.person > ?3
  OR NOT EXISTS (SELECT 1 FROM place p WHERE p.person = s.person AND p.school = s.school AND p.kind = s.kind)
ORDER BY s.person, s.school, s.kind)sql")
      .with(source(), import_, base(RosterTable::person))
      .run();
  connection_.execute(
      "INSERT INTO touched_person (id) SELECT person FROM place_changed WHERE true UNION SELECT person FROM "
      "place_gone "
      "WHERE person NOT IN (SELECT id FROM gone WHERE roster_table = 'person') ON CONFLICT DO NOTHING");
  auto changed = connection_.query(
      "SELECT p.kind, count(*) FROM touched_person t JOIN person p ON p.id = t.id GROUP BY p.kind ORDER BY "
      "p.kind");
  while (changed.step()) {
    difference_.changed[static_cast<FactKind>(*parse_person_kind(changed.view(0)))] = changed.integer(1);
  }
  auto removed = connection_.query(
      "SELECT p.kind, count(*) FROM gone JOIN person p ON p.id = gone.id WHERE gone.roster_table = 'person' "
      "GROUP BY p.kind ORDER BY p.kind");
  while (removed.step()) {
    difference_.removed[static_cast<FactKind>(*parse_person_kind(removed.view(0)))] = removed.integer(1);
  }
}

}  // namespace crier::store
