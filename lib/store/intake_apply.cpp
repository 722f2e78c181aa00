#include "store/intake_apply.hpp"

#include <fmt/format.h>

#include <array>

namespace crier::store {

// ?1 is the source, ?2 the import, ?3 the highest id that stood before, ?4 now, wherever they are used.

/// Carries the one import through the tables in the order in which they refer to each other.
class IntakeApply {
 public:
  IntakeApply(Connection& connection, IntakeStage& stage, std::int64_t import, Instant now)
      : connection_(connection), stage_(stage), import_(import), now_(to_millis(now)) {}

  Difference run() {
    move_new_ids();
    find_gone();
    judge_removals();
    people();
    places();
    relationships();
    addresses();
    groups();
    memberships();
    assignments();
    marks();
    return std::move(difference_);
  }

 private:
  std::int64_t base(RosterTable table) const { return stage_.base_[static_cast<std::size_t>(table)]; }
  std::int64_t source() const { return stage_.source_; }

  void move_new_ids();
  void find_gone();
  void judge_removals();
  void judge(const char* sql);
  void people();
  void places();
  void relationships();
  void addresses();
  void groups();
  void memberships();
  void assignments();
  void marks();

  Connection& connection_;
  IntakeStage& stage_;
  std::int64_t import_;
  std::int64_t now_;
  Difference difference_;
};

/// Ids for new rows were counted from the highest that stood when staging began. Whoever added rows since then
/// has taken some: move ours behind them.
void IntakeApply::move_new_ids() {
  struct Column {
    RosterTable table;
    const char* top;
    std::vector<const char*> updates;
  };
  const std::array columns{
      Column{RosterTable::person,
             "SELECT coalesce(max(id), 0) FROM person",
             {"UPDATE staged_person SET id = -(id + ?2) WHERE id > ?1", "UPDATE staged_person SET id = -id WHERE id < 0",
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
             {"UPDATE staged_group SET id = -(id + ?2) WHERE id > ?1", "UPDATE staged_group SET id = -id WHERE id < 0",
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
             {"UPDATE staged_mark SET id = -(id + ?2) WHERE id > ?1", "UPDATE staged_mark SET id = -id WHERE id < 0"}},
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
    const char* standing;
    const char* candidates;
  };
  constexpr std::array tables{
      Table{RosterTable::person, "person", "SELECT count(*) FROM person WHERE source = ?1",
            "SELECT DISTINCT place.person FROM place JOIN covered_school ON covered_school.school = place.school "
            "WHERE place.source = ?1 AND place.status <> 'leaver'"},
      Table{RosterTable::roster_group, "roster_group", "SELECT count(*) FROM roster_group WHERE source = ?1",
            "SELECT id FROM roster_group JOIN covered_school ON covered_school.school = roster_group.school "
            "WHERE source = ?1 AND active = 1"},
      Table{RosterTable::membership, "membership", "SELECT count(*) FROM membership WHERE source = ?1",
            "SELECT membership.id FROM membership JOIN roster_group ON roster_group.id = membership.roster_group "
            "JOIN covered_school ON covered_school.school = roster_group.school WHERE membership.source = ?1"},
      Table{RosterTable::assignment, "assignment", "SELECT count(*) FROM assignment WHERE source = ?1",
            "SELECT assignment.id FROM assignment JOIN roster_group ON roster_group.id = assignment.roster_group "
            "JOIN covered_school ON covered_school.school = roster_group.school WHERE assignment.source = ?1 "
            "AND assignment.live = 1"},
      Table{RosterTable::mark, "mark", "SELECT count(*) FROM mark WHERE source = ?1",
            "SELECT mark.id FROM mark JOIN assignment ON assignment.id = mark.assignment JOIN roster_group "
            "ON roster_group.id = assignment.roster_group JOIN covered_school "
            "ON covered_school.school = roster_group.school WHERE mark.source = ?1"},
  };
  auto insert = connection_.query("INSERT INTO gone (roster_table, id) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
  for (const auto& table : tables) {
    const auto at = static_cast<std::size_t>(table.table);
    if (!stage_.complete_[at]) continue;
    auto count = connection_.query(table.standing);
    count.with(source()).step();
    if (count.integer(0) == stage_.seen_count_[at]) continue;
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

void IntakeApply::judge(const char* sql) {
  auto rows = connection_.query(sql);
  if (std::string_view(sql).find("?1") != std::string_view::npos) rows.with(source());
  while (rows.step()) {
    difference_.removals.push_back({rows.text(0), rows.text(1), rows.integer(2), rows.integer(3)});
  }
}

/// What the guard has to know, before anything is changed (I7).
void IntakeApply::judge_removals() {
  if (connection_.integer("SELECT count(*) FROM gone") == 0) return;
  judge(R"sql(
SELECT place.kind, school.code, count(*), count(gone.id)
FROM place JOIN school ON school.id = place.school JOIN covered_school ON covered_school.school = place.school
LEFT JOIN gone ON gone.roster_table = 'person' AND gone.id = place.person
WHERE place.source = ?1 AND place.status <> 'leaver'
GROUP BY place.kind, school.code HAVING count(gone.id) > 0 ORDER BY place.kind, school.code)sql");
  judge(R"sql(
SELECT 'group', school.code, count(*), count(gone.id)
FROM roster_group JOIN school ON school.id = roster_group.school
JOIN covered_school ON covered_school.school = roster_group.school
LEFT JOIN gone ON gone.roster_table = 'roster_group' AND gone.id = roster_group.id
WHERE roster_group.source = ?1 AND roster_group.active = 1
GROUP BY school.code HAVING count(gone.id) > 0 ORDER BY school.code)sql");
  judge(R"sql(
SELECT 'membership', school.code, count(*), count(gone.id)
FROM membership JOIN roster_group ON roster_group.id = membership.roster_group
JOIN school ON school.id = roster_group.school JOIN covered_school ON covered_school.school = school.id
LEFT JOIN gone ON gone.roster_table = 'membership' AND gone.id = membership.id
WHERE membership.source = ?1
GROUP BY school.code HAVING count(gone.id) > 0 ORDER BY school.code)sql");
  judge(R"sql(
SELECT 'gradebook', school.code, count(*), count(gone.id)
FROM mark JOIN assignment ON assignment.id = mark.assignment
JOIN roster_group ON roster_group.id = assignment.roster_group JOIN school ON school.id = roster_group.school
JOIN covered_school ON covered_school.school = school.id
LEFT JOIN gone ON gone.roster_table = 'mark' AND gone.id = mark.id
WHERE mark.source = ?1
GROUP BY school.code HAVING count(gone.id) > 0 ORDER BY school.code)sql");
}

void IntakeApply::people() {
  connection_.execute("CREATE TEMP TABLE touched_person (id INTEGER PRIMARY KEY)");
  connection_
      .query(R"sql(
INSERT INTO person (id, source, source_id, kind, code, code_folded, title, family, given, preferred, language,
  name_folded, sort_key, contact_relation, contact_priority, contact_responsibility, contact_lives_with,
  contact_court_order, fingerprint, added_in)
SELECT id, ?1, source_id, kind, code, code_folded, title, family, given, preferred, language, name_folded, sort_key,
  contact_relation, contact_priority, contact_responsibility, contact_lives_with, contact_court_order, fingerprint, ?2
FROM staged_person WHERE id > ?3 ORDER BY id)sql")
      .with(source(), import_, base(RosterTable::person))
      .run();
  auto added = connection_.query("SELECT kind, count(*) FROM staged_person WHERE id > ?1 GROUP BY kind ORDER BY kind");
  added.with(base(RosterTable::person));
  while (added.step()) {
    difference_.added[static_cast<FactKind>(*parse_person_kind(added.view(0)))] = added.integer(1);
  }
  connection_
      .query(R"sql(
INSERT INTO touched_person (id)
SELECT p.id FROM staged_person s JOIN person p ON p.id = s.id
WHERE s.id <= ?1 AND (s.kind, s.code, s.title, s.family, s.given, s.preferred, s.language, s.contact_relation,
  s.contact_priority, s.contact_responsibility, s.contact_lives_with, s.contact_court_order)
  IS NOT (p.kind, p.code, p.title, p.family, p.given, p.preferred, p.language, p.contact_relation,
  p.contact_priority, p.contact_responsibility, p.contact_lives_with, p.contact_court_order))sql")
      .with(base(RosterTable::person))
      .run();
  connection_
      .query(R"sql(
INSERT INTO person_before (import, op, id, kind, code, title, family, given, preferred, language, contact_relation,
  contact_priority, contact_responsibility, contact_lives_with, contact_court_order)
SELECT ?1, 'changed', p.id, p.kind, p.code, p.title, p.family, p.given, p.preferred, p.language, p.contact_relation,
  p.contact_priority, p.contact_responsibility, p.contact_lives_with, p.contact_court_order
FROM touched_person t JOIN person p ON p.id = t.id ORDER BY p.id)sql")
      .with(import_)
      .run();
  connection_
      .query(R"sql(
UPDATE person SET kind = s.kind, code = s.code, code_folded = s.code_folded, title = s.title, family = s.family,
  given = s.given, preferred = s.preferred, language = s.language, name_folded = s.name_folded,
  sort_key = s.sort_key, contact_relation = s.contact_relation, contact_priority = s.contact_priority,
  contact_responsibility = s.contact_responsibility, contact_lives_with = s.contact_lives_with,
  contact_court_order = s.contact_court_order, fingerprint = s.fingerprint
FROM staged_person s
WHERE s.id = person.id AND s.id <= ?1
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
SELECT place.id, place.person FROM staged_person s JOIN place ON place.person = s.id
JOIN covered_school ON covered_school.school = place.school
WHERE s.id <= ?2 AND place.source = ?1 AND place.status <> 'leaver' AND NOT EXISTS (
  SELECT 1 FROM staged_place n WHERE n.person = place.person AND n.school = place.school AND n.kind = place.kind))sql")
      .with(source(), base(RosterTable::person))
      .run();
  connection_.execute("CREATE TEMP TABLE place_changed (id INTEGER PRIMARY KEY, person INTEGER NOT NULL)");
  connection_
      .query(R"sql(
INSERT INTO place_changed (id, person)
SELECT p.id, p.person FROM staged_place s
JOIN place p ON p.person = s.person AND p.school = s.school AND p.kind = s.kind
WHERE s.person <= ?1
  AND (s.status, s.year, s.form, s.house, s.boarding) IS NOT (p.status, p.year, p.form, p.house, p.boarding))sql")
      .with(base(RosterTable::person))
      .run();
  connection_
      .query(R"sql(
INSERT INTO place_before (import, op, id, person, school, kind, status, status_since, year, form, house, boarding)
SELECT ?1, 'changed', id, person, school, kind, status, status_since, year, form, house, boarding
FROM place WHERE id IN (SELECT id FROM place_changed UNION SELECT id FROM place_gone) ORDER BY id)sql")
      .with(import_)
      .run();
  connection_
      .query(R"sql(
UPDATE place SET status_since = CASE WHEN s.status = place.status THEN place.status_since ELSE ?1 END,
  status = s.status, year = s.year, year_folded = s.year_folded, form = s.form, form_folded = s.form_folded,
  house = s.house, house_folded = s.house_folded, boarding = s.boarding, boarding_folded = s.boarding_folded
FROM place_changed c, staged_place s
WHERE place.id = c.id AND s.person = place.person AND s.school = place.school AND s.kind = place.kind)sql")
      .with(now_)
      .run();
  connection_
      .query("UPDATE place SET status = 'leaver', status_since = ?1 WHERE id IN (SELECT id FROM place_gone)")
      .with(now_)
      .run();
  // Whoever has gone must be looked at whole when coming back, though the row be the same as before.
  connection_.execute(
      "UPDATE person SET fingerprint = 0 WHERE fingerprint <> 0 AND id IN (SELECT id FROM gone WHERE roster_table = 'person')");
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
  house_folded, boarding, boarding_folded, source, added_in)
SELECT s.person, s.school, s.kind, s.status, NULL, s.year, s.year_folded, s.form, s.form_folded, s.house,
  s.house_folded, s.boarding, s.boarding_folded, ?1, ?2
FROM staged_place s
WHERE NOT EXISTS (SELECT 1 FROM place p WHERE p.person = s.person AND p.school = s.school AND p.kind = s.kind)
ORDER BY s.person, s.school, s.kind)sql")
      .with(source(), import_)
      .run();
  connection_.execute(
      "INSERT INTO touched_person (id) SELECT person FROM place_changed WHERE true UNION SELECT person FROM place_gone "
      "WHERE person NOT IN (SELECT id FROM gone WHERE roster_table = 'person') ON CONFLICT DO NOTHING");
  auto changed = connection_.query(
      "SELECT p.kind, count(*) FROM touched_person t JOIN person p ON p.id = t.id GROUP BY p.kind ORDER BY p.kind");
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

void IntakeApply::relationships() {
  // Either side's row may say that two people belong together: a side whose row did not change still says what it
  // said, a side that was staged says what is staged.
  connection_.execute(R"sql(
CREATE TEMP TABLE related (pupil INTEGER NOT NULL, contact INTEGER NOT NULL, said_by INTEGER NOT NULL,
  PRIMARY KEY (pupil, contact)) WITHOUT ROWID)sql");
  connection_
      .query(R"sql(
INSERT INTO related (pupil, contact, said_by)
SELECT pupil, contact, sum(side) FROM (
  SELECT pupil, contact, side FROM staged_relationship
  UNION
  SELECT r.pupil, r.contact, 1 FROM staged_person s JOIN relationship r ON r.contact = s.id
  WHERE r.source = ?1 AND r.said_by IN (1, 3) AND r.pupil NOT IN (SELECT id FROM staged_person)
  UNION
  SELECT r.pupil, r.contact, 2 FROM staged_person s JOIN relationship r ON r.pupil = s.id
  WHERE r.source = ?1 AND r.said_by IN (2, 3) AND r.contact NOT IN (SELECT id FROM staged_person))
GROUP BY pupil, contact)sql")
      .with(source())
      .run();
  connection_.execute("CREATE TEMP TABLE related_gone (id INTEGER PRIMARY KEY)");
  connection_
      .query(R"sql(
INSERT INTO related_gone (id)
SELECT r.id FROM staged_person s JOIN relationship r ON r.pupil = s.id
WHERE r.source = ?1 AND NOT EXISTS (SELECT 1 FROM related n WHERE n.pupil = r.pupil AND n.contact = r.contact)
UNION
SELECT r.id FROM staged_person s JOIN relationship r ON r.contact = s.id
WHERE r.source = ?1 AND NOT EXISTS (SELECT 1 FROM related n WHERE n.pupil = r.pupil AND n.contact = r.contact))sql")
      .with(source())
      .run();
  connection_.execute("CREATE TEMP TABLE related_changed (id INTEGER PRIMARY KEY, counts INTEGER NOT NULL)");
  connection_
      .query(R"sql(
INSERT INTO related_changed (id, counts)
SELECT r.id, (c.contact_relation, coalesce(c.contact_priority, 1), c.contact_responsibility, c.contact_lives_with,
  coalesce(c.contact_court_order, 0)) IS NOT (r.relation, r.priority, r.responsibility, r.lives_with, r.court_order)
FROM related n JOIN relationship r ON r.pupil = n.pupil AND r.contact = n.contact AND r.source = ?1
JOIN person c ON c.id = n.contact
WHERE (c.contact_relation, coalesce(c.contact_priority, 1), c.contact_responsibility, c.contact_lives_with,
  coalesce(c.contact_court_order, 0), n.said_by)
  IS NOT (r.relation, r.priority, r.responsibility, r.lives_with, r.court_order, r.said_by))sql")
      .with(source())
      .run();
  connection_
      .query(R"sql(
INSERT INTO relationship_before (import, op, id, pupil, contact, relation, priority, responsibility, lives_with,
  court_order, prime, said_by)
SELECT ?1, CASE WHEN id IN (SELECT id FROM related_gone) THEN 'removed' ELSE 'changed' END, id, pupil, contact,
  relation, priority, responsibility, lives_with, court_order, prime, said_by
FROM relationship WHERE id IN (SELECT id FROM related_changed UNION SELECT id FROM related_gone) ORDER BY id)sql")
      .with(import_)
      .run();
  difference_.changed[FactKind::relationship] =
      connection_.integer("SELECT count(*) FROM related_changed WHERE counts = 1");
  const auto gone = connection_.integer("SELECT count(*) FROM related_gone");
  difference_.removed[FactKind::relationship] = gone;
  if (gone > 0) {
    auto before = connection_.query("SELECT count(*) FROM relationship WHERE source = ?1");
    before.with(source()).step();
    difference_.removals.push_back({"relationship", "", before.integer(0), gone});
  }
  connection_.execute("DELETE FROM relationship WHERE id IN (SELECT id FROM related_gone)");
  // Prime by default: priority 1 (I5). Folding is the program's; relations of a source are lower-case words.
  connection_.execute(R"sql(
UPDATE relationship SET relation = c.contact_relation, relation_folded = c.contact_relation,
  priority = coalesce(c.contact_priority, 1), responsibility = c.contact_responsibility,
  lives_with = c.contact_lives_with, court_order = coalesce(c.contact_court_order, 0),
  prime = CASE WHEN coalesce(c.contact_priority, 1) = 1 THEN 1 ELSE 0 END, said_by = n.said_by
FROM related_changed x, person c, related n
WHERE relationship.id = x.id AND c.id = relationship.contact AND n.pupil = relationship.pupil
  AND n.contact = relationship.contact)sql");
  difference_.added[FactKind::relationship] =
      connection_
          .query(R"sql(
INSERT INTO relationship (pupil, contact, relation, relation_folded, priority, responsibility, lives_with,
  court_order, prime, said_by, source, added_in)
SELECT n.pupil, n.contact, c.contact_relation, c.contact_relation, coalesce(c.contact_priority, 1),
  c.contact_responsibility, c.contact_lives_with, coalesce(c.contact_court_order, 0),
  CASE WHEN coalesce(c.contact_priority, 1) = 1 THEN 1 ELSE 0 END, n.said_by, ?1, ?2
FROM related n JOIN person c ON c.id = n.contact
WHERE NOT EXISTS (SELECT 1 FROM relationship r WHERE r.pupil = n.pupil AND r.contact = n.contact AND r.source = ?1)
ORDER BY n.pupil, n.contact)sql")
          .with(source(), import_)
          .run();
}

void IntakeApply::addresses() {
  connection_.execute("CREATE TEMP TABLE address_changed (id INTEGER PRIMARY KEY)");
  connection_.execute("CREATE TEMP TABLE address_gone (id INTEGER PRIMARY KEY)");
  connection_
      .query(R"sql(
INSERT INTO address_changed (id)
SELECT a.id FROM staged_address s
JOIN address a ON a.person = s.person AND a.kind = s.kind AND a.use = s.use AND a.source = ?1
WHERE (s.position, s.given, s.normal, s.compare_key, s.line, s.for_sms)
  IS NOT (a.position, a.given, a.normal, a.compare_key, a.line, a.for_sms))sql")
      .with(source())
      .run();
  connection_
      .query(R"sql(
INSERT INTO address_gone (id)
SELECT a.id FROM staged_person s JOIN address a ON a.person = s.id AND a.source = ?1
WHERE NOT EXISTS (SELECT 1 FROM staged_address n WHERE n.person = a.person AND n.kind = a.kind AND n.use = a.use))sql")
      .with(source())
      .run();
  connection_
      .query(R"sql(
INSERT INTO address_before (import, op, id, person, kind, use, position, given, normal, line, for_sms)
SELECT ?1, CASE WHEN id IN (SELECT id FROM address_gone) THEN 'removed' ELSE 'changed' END, id, person, kind, use,
  position, given, normal, line, for_sms
FROM address WHERE id IN (SELECT id FROM address_changed UNION SELECT id FROM address_gone) ORDER BY id)sql")
      .with(import_)
      .run();
  const auto gone = connection_.integer("SELECT count(*) FROM address_gone");
  if (gone > 0) {
    auto before = connection_.query("SELECT count(*) FROM address WHERE source = ?1");
    before.with(source()).step();
    difference_.removals.push_back({"address", "", before.integer(0), gone});
  }
  difference_.removed[FactKind::address] = gone;
  difference_.changed[FactKind::address] = connection_.integer("SELECT count(*) FROM address_changed");
  connection_.execute("DELETE FROM address WHERE id IN (SELECT id FROM address_gone)");
  connection_
      .query(R"sql(
UPDATE address SET position = s.position, given = s.given, normal = s.normal, compare_key = s.compare_key,
  line = s.line, for_sms = s.for_sms
FROM address_changed c, staged_address s
WHERE address.id = c.id AND s.person = address.person AND s.kind = address.kind AND s.use = address.use)sql")
      .run();
  difference_.added[FactKind::address] = connection_
                                             .query(R"sql(
INSERT INTO address (person, kind, use, position, given, normal, compare_key, line, for_sms, source, added_in)
SELECT s.person, s.kind, s.use, s.position, s.given, s.normal, s.compare_key, s.line, s.for_sms, ?1, ?2
FROM staged_address s
WHERE NOT EXISTS (
  SELECT 1 FROM address a WHERE a.person = s.person AND a.kind = s.kind AND a.use = s.use AND a.source = ?1)
ORDER BY s.person, s.kind, s.use)sql")
                                             .with(source(), import_)
                                             .run();
}

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
SELECT g.id FROM staged_group s JOIN roster_group g ON g.id = s.id
WHERE s.id <= ?1 AND (s.school, s.kind, s.name, s.code, 1) IS NOT (g.school, g.kind, g.name, g.code, g.active))sql")
      .with(base(RosterTable::roster_group))
      .run();
  difference_.changed[FactKind::group] = connection_.integer("SELECT count(*) FROM group_changed");
  connection_
      .query(R"sql(
INSERT INTO roster_group_before (import, op, id, school, kind, name, code, active)
SELECT ?1, CASE WHEN id IN (SELECT id FROM group_changed) THEN 'changed' ELSE 'removed' END, id, school, kind, name,
  code, active
FROM roster_group WHERE id IN (
  SELECT id FROM group_changed UNION SELECT id FROM gone WHERE roster_table = 'roster_group') ORDER BY id)sql")
      .with(import_)
      .run();
  connection_
      .query(R"sql(
UPDATE roster_group SET school = s.school, kind = s.kind, name = s.name, name_folded = s.name_folded, code = s.code,
  code_folded = s.code_folded, active = 1, fingerprint = s.fingerprint
FROM staged_group s
WHERE s.id = roster_group.id AND s.id <= ?1
  AND (s.fingerprint <> roster_group.fingerprint OR s.id IN (SELECT id FROM group_changed)))sql")
      .with(base(RosterTable::roster_group))
      .run();
  difference_.removed[FactKind::group] =
      connection_
          .query("UPDATE roster_group SET active = 0, fingerprint = 0 WHERE id IN (SELECT id FROM gone WHERE "
                 "roster_table = 'roster_group')")
          .run();
}

void IntakeApply::memberships() {
  connection_.execute("CREATE TEMP TABLE membership_changed (id INTEGER PRIMARY KEY)");
  connection_
      .query(R"sql(
INSERT INTO membership_changed (id)
SELECT m.id FROM staged_membership s JOIN membership m ON m.id = s.id
WHERE s.id <= ?1 AND (s.roster_group, s.person, s.role, s.begins, s.ends)
  IS NOT (m.roster_group, m.person, m.role, m.begins, m.ends))sql")
      .with(base(RosterTable::membership))
      .run();
  difference_.changed[FactKind::membership] = connection_.integer("SELECT count(*) FROM membership_changed");
  connection_
      .query(R"sql(
INSERT INTO membership_before (import, op, id, roster_group, person, role, begins, ends, source_id)
SELECT ?1, CASE WHEN id IN (SELECT id FROM membership_changed) THEN 'changed' ELSE 'removed' END, id, roster_group,
  person, role, begins, ends, source_id
FROM membership WHERE id IN (
  SELECT id FROM membership_changed UNION SELECT id FROM gone WHERE roster_table = 'membership') ORDER BY id)sql")
      .with(import_)
      .run();
  connection_
      .query(R"sql(
UPDATE membership SET roster_group = s.roster_group, person = s.person, role = s.role, begins = s.begins,
  ends = s.ends, fingerprint = s.fingerprint
FROM staged_membership s
WHERE s.id = membership.id AND s.id <= ?1
  AND (s.fingerprint <> membership.fingerprint OR s.id IN (SELECT id FROM membership_changed)))sql")
      .with(base(RosterTable::membership))
      .run();
  difference_.removed[FactKind::membership] =
      connection_
          .query("DELETE FROM membership WHERE id IN (SELECT id FROM gone WHERE roster_table = 'membership')")
          .run();
  difference_.added[FactKind::membership] =
      connection_
          .query(R"sql(
INSERT INTO membership (id, roster_group, person, role, begins, ends, source, source_id, fingerprint, added_in)
SELECT id, roster_group, person, role, begins, ends, ?1, source_id, fingerprint, ?2
FROM staged_membership WHERE id > ?3 ORDER BY id)sql")
          .with(source(), import_, base(RosterTable::membership))
          .run();
}

void IntakeApply::assignments() {
  difference_.added[FactKind::assignment] =
      connection_
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
SELECT a.id FROM staged_assignment s JOIN assignment a ON a.id = s.id
WHERE s.id <= ?1 AND (s.roster_group, s.title, s.due, s.points, 1) IS NOT (a.roster_group, a.title, a.due, a.points,
  a.live))sql")
      .with(base(RosterTable::assignment))
      .run();
  difference_.changed[FactKind::assignment] = connection_.integer("SELECT count(*) FROM assignment_changed");
  connection_
      .query(R"sql(
INSERT INTO assignment_before (import, op, id, roster_group, title, due, points, live)
SELECT ?1, CASE WHEN id IN (SELECT id FROM assignment_changed) THEN 'changed' ELSE 'removed' END, id, roster_group,
  title, due, points, live
FROM assignment WHERE id IN (
  SELECT id FROM assignment_changed UNION SELECT id FROM gone WHERE roster_table = 'assignment') ORDER BY id)sql")
      .with(import_)
      .run();
  connection_
      .query(R"sql(
UPDATE assignment SET roster_group = s.roster_group, title = s.title, due = s.due, points = s.points, live = 1,
  fingerprint = s.fingerprint
FROM staged_assignment s
WHERE s.id = assignment.id AND s.id <= ?1
  AND (s.fingerprint <> assignment.fingerprint OR s.id IN (SELECT id FROM assignment_changed)))sql")
      .with(base(RosterTable::assignment))
      .run();
  difference_.removed[FactKind::assignment] =
      connection_
          .query("UPDATE assignment SET live = 0, fingerprint = 0 WHERE id IN (SELECT id FROM gone WHERE "
                 "roster_table = 'assignment')")
          .run();
}

void IntakeApply::marks() {
  connection_.execute("CREATE TEMP TABLE mark_changed (id INTEGER PRIMARY KEY)");
  connection_
      .query(R"sql(
INSERT INTO mark_changed (id)
SELECT m.id FROM staged_mark s JOIN mark m ON m.id = s.id
WHERE s.id <= ?1 AND (s.assignment, s.pupil, s.status, s.score, s.missing)
  IS NOT (m.assignment, m.pupil, m.status, m.score, m.missing))sql")
      .with(base(RosterTable::mark))
      .run();
  difference_.changed[FactKind::mark] = connection_.integer("SELECT count(*) FROM mark_changed");
  connection_
      .query(R"sql(
INSERT INTO mark_before (import, op, id, assignment, pupil, status, score, missing, source_id)
SELECT ?1, CASE WHEN id IN (SELECT id FROM mark_changed) THEN 'changed' ELSE 'removed' END, id, assignment, pupil,
  status, score, missing, source_id
FROM mark WHERE id IN (SELECT id FROM mark_changed UNION SELECT id FROM gone WHERE roster_table = 'mark')
ORDER BY id)sql")
      .with(import_)
      .run();
  connection_
      .query(R"sql(
UPDATE mark SET assignment = s.assignment, pupil = s.pupil, status = s.status, score = s.score, missing = s.missing,
  fingerprint = s.fingerprint
FROM staged_mark s
WHERE s.id = mark.id AND s.id <= ?1
  AND (s.fingerprint <> mark.fingerprint OR s.id IN (SELECT id FROM mark_changed)))sql")
      .with(base(RosterTable::mark))
      .run();
  difference_.removed[FactKind::mark] =
      connection_.query("DELETE FROM mark WHERE id IN (SELECT id FROM gone WHERE roster_table = 'mark')").run();
  difference_.added[FactKind::mark] = connection_
                                          .query(R"sql(
INSERT INTO mark (id, assignment, pupil, status, score, missing, source, source_id, fingerprint, added_in)
SELECT id, assignment, pupil, status, score, missing, ?1, source_id, fingerprint, ?2
FROM staged_mark WHERE id > ?3 ORDER BY id)sql")
                                          .with(source(), import_, base(RosterTable::mark))
                                          .run();
}

Difference apply_stage(Connection& connection, IntakeStage& stage, std::int64_t import, Instant now) {
  return IntakeApply(connection, stage, import, now).run();
}

}  // namespace crier::store
