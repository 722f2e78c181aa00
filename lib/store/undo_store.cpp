#include "store/undo_store.hpp"

#include <fmt/format.h>

#include <array>

#include "base/text.hpp"

namespace crier::store {
namespace {

// ?1 is the import that is taken back, ?2 the import that takes it back, ?3 now, wherever they are used.

struct Obstacle {
  const char* words;
  const char* count;
};

constexpr std::array obstacles{
    Obstacle{"places of people whom it added",
             "SELECT count(*) FROM place x JOIN person p ON p.id = x.person AND p.added_in = ?1 "
             "WHERE x.added_in IS NOT ?1"},
    Obstacle{"addresses of people whom it added",
             "SELECT count(*) FROM address x JOIN person p ON p.id = x.person AND p.added_in = ?1 "
             "WHERE x.added_in IS NOT ?1 AND x.source IS NOT (SELECT id FROM source WHERE name = 'hand')"},
    Obstacle{"relationships of people whom it added",
             "SELECT count(*) FROM relationship x WHERE x.added_in IS NOT ?1 AND x.source IS NOT (SELECT id "
             "FROM source WHERE name = 'hand') "
             "AND EXISTS (SELECT 1 FROM person p "
             "WHERE p.id IN (x.pupil, x.contact) AND p.added_in = ?1)"},
    Obstacle{
        "memberships of people whom it added, or in groups that it added",
        "SELECT count(*) FROM membership x WHERE x.added_in IS NOT ?1 AND (EXISTS (SELECT 1 FROM person p "
        "WHERE p.id = x.person AND p.added_in = ?1 AND x.source IS NOT (SELECT id FROM source WHERE name = "
        "'hand')) OR EXISTS (SELECT 1 FROM roster_group g WHERE g.id = "
        "x.roster_group AND g.added_in = ?1))"},
    Obstacle{
        "assignments of groups that it added",
        "SELECT count(*) FROM assignment x JOIN roster_group g ON g.id = x.roster_group AND g.added_in = ?1 "
        "WHERE x.added_in IS NOT ?1"},
    Obstacle{"marks of people or assignments that it added",
             "SELECT count(*) FROM mark x WHERE x.added_in IS NOT ?1 AND (EXISTS (SELECT 1 FROM person p "
             "WHERE p.id = x.pupil AND p.added_in = ?1) OR EXISTS (SELECT 1 FROM assignment a WHERE a.id = "
             "x.assignment AND a.added_in = ?1))"},
    Obstacle{
        "timetable slots of groups that it added",
        "SELECT count(*) FROM timetable_slot x JOIN roster_group g ON g.id = x.roster_group AND g.added_in = "
        "?1 WHERE x.added_in IS NOT ?1"},
    Obstacle{"attendance marks of people whom it added",
             "SELECT count(*) FROM attendance x JOIN person p ON p.id = x.pupil AND p.added_in = ?1 "
             "WHERE x.added_in IS NOT ?1"},
    Obstacle{"payments of people whom it added",
             "SELECT count(*) FROM payment x JOIN person p ON p.id = x.pupil AND p.added_in = ?1 "
             "WHERE x.added_in IS NOT ?1"},
    Obstacle{"behaviour notes of people whom it added",
             "SELECT count(*) FROM behaviour x JOIN person p ON p.id = x.pupil AND p.added_in = ?1 "
             "WHERE x.added_in IS NOT ?1"},
    Obstacle{"survey respondents whom it added",
             "SELECT count(*) FROM respondent x JOIN person p ON p.id = x.person AND p.added_in = ?1 "
             "WHERE x.added_in IS NOT ?1"},
};

// Who of those whom it added cannot vanish: with a decision, a delivery or something told to the name (R7,
// T4), or with a fact by hand (R6), which stays.
constexpr std::array find_what_it_added{
    "CREATE TEMP TABLE undo_person (id INTEGER PRIMARY KEY, stays INTEGER NOT NULL)",
    R"sql(
INSERT INTO undo_person (id, stays)
SELECT p.id, CASE WHEN EXISTS (SELECT 1 FROM delivery d WHERE d.person = p.id)
  OR EXISTS (SELECT 1 FROM opt_out o WHERE o.person = p.id)
  OR EXISTS (SELECT 1 FROM address_opt_out o WHERE o.person = p.id)
  OR EXISTS (SELECT 1 FROM consent c WHERE c.person = p.id)
  OR EXISTS (SELECT 1 FROM deletion d WHERE d.person = p.id)
  OR EXISTS (SELECT 1 FROM merged_person m WHERE m.person = p.id)
  OR p.id IN (SELECT x.person FROM source h CROSS JOIN address x WHERE h.name = 'hand' AND x.source = h.id
    UNION SELECT x.pupil FROM source h CROSS JOIN relationship x WHERE h.name = 'hand' AND x.source = h.id
    UNION SELECT x.contact FROM source h CROSS JOIN relationship x WHERE h.name = 'hand' AND x.source = h.id
    UNION SELECT x.person FROM source h CROSS JOIN membership x WHERE h.name = 'hand' AND x.source = h.id)
  OR p.id IN (SELECT pupil FROM told UNION SELECT contact FROM told) THEN 1 ELSE 0 END
FROM person p WHERE p.added_in = ?1 ORDER BY p.id)sql",
    "CREATE TEMP TABLE undo_assignment (id INTEGER PRIMARY KEY, stays INTEGER NOT NULL)",
    R"sql(
INSERT INTO undo_assignment (id, stays)
SELECT a.id, CASE WHEN a.id IN (SELECT finding FROM told WHERE notice LIKE '%-assignments') THEN 1 ELSE 0 END
FROM assignment a WHERE a.added_in = ?1 ORDER BY a.id)sql",
    // What told assignments hang on stays with them.
    "CREATE TEMP TABLE undo_group (id INTEGER PRIMARY KEY, stays INTEGER NOT NULL)",
    R"sql(
INSERT INTO undo_group (id, stays)
SELECT g.id, CASE WHEN g.id IN (SELECT a.roster_group FROM undo_assignment u JOIN assignment a ON a.id = u.id
  WHERE u.stays = 1) THEN 1 ELSE 0 END
FROM roster_group g WHERE g.added_in = ?1 ORDER BY g.id)sql",
    // Whoever is put back is looked at anew by the next import.
    "CREATE TEMP TABLE undo_touched (id INTEGER PRIMARY KEY)",
    R"sql(
INSERT INTO undo_touched (id)
SELECT id FROM person_before WHERE import = ?1
UNION SELECT id FROM undo_person
UNION SELECT person FROM place_before WHERE import = ?1
UNION SELECT person FROM place WHERE added_in = ?1
UNION SELECT person FROM address_before WHERE import = ?1
UNION SELECT person FROM address WHERE added_in = ?1
UNION SELECT pupil FROM relationship_before WHERE import = ?1
UNION SELECT contact FROM relationship_before WHERE import = ?1
UNION SELECT pupil FROM relationship WHERE added_in = ?1
UNION SELECT contact FROM relationship WHERE added_in = ?1)sql",
};

// The rows as they are until now: `import show` of the import reads from them what it had made of each.
constexpr std::array keep_what_stands{
    R"sql(
INSERT INTO person_before (import, op, id, kind, code, title, family, given, preferred, language, contact_relation,
  contact_priority, contact_responsibility, contact_lives_with, contact_court_order, birth_date, added_in)
SELECT ?2, CASE WHEN added_in = ?1 AND id IN (SELECT id FROM undo_person WHERE stays = 0) THEN 'removed' ELSE 'changed' END, id, kind, code, title, family, given, preferred,
  language, contact_relation, contact_priority, contact_responsibility, contact_lives_with, contact_court_order,
  birth_date, added_in
FROM person WHERE id IN (SELECT id FROM person_before WHERE import = ?1 UNION SELECT id FROM undo_person WHERE stays = 0)
ORDER BY id)sql",
    R"sql(
INSERT INTO place_before (import, op, id, person, school, kind, status, status_since, year, form, house, boarding,
  admission, added_in)
SELECT ?2, CASE WHEN added_in = ?1 AND person NOT IN (SELECT id FROM undo_person WHERE stays = 1) THEN 'removed' ELSE 'changed' END, id, person, school, kind, status, status_since,
  year, form, house, boarding, admission, added_in
FROM place WHERE id IN (SELECT id FROM place_before WHERE import = ?1) OR added_in = ?1 ORDER BY id)sql",
    R"sql(
INSERT INTO relationship_before (import, op, id, pupil, contact, relation, priority, responsibility, lives_with,
  court_order, prime, said_by, added_in)
SELECT ?2, CASE WHEN added_in = ?1 THEN 'removed' ELSE 'changed' END, id, pupil, contact, relation, priority,
  responsibility, lives_with, court_order, prime, said_by, added_in
FROM relationship WHERE id IN (SELECT id FROM relationship_before WHERE import = ?1 AND op = 'changed')
  OR added_in = ?1 ORDER BY id)sql",
    R"sql(
INSERT INTO address_before (import, op, id, person, kind, use, position, given, normal, compare_key, line, for_sms,
  added_in)
SELECT ?2, CASE WHEN added_in = ?1 THEN 'removed' ELSE 'changed' END, id, person, kind, use, position, given, normal,
  compare_key, line, for_sms, added_in
FROM address WHERE id IN (SELECT id FROM address_before WHERE import = ?1 AND op = 'changed')
  OR added_in = ?1 AND person NOT IN (SELECT id FROM undo_person WHERE stays = 1) ORDER BY id)sql",
    R"sql(
INSERT INTO roster_group_before (import, op, id, school, kind, name, code, active, added_in)
SELECT ?2, CASE WHEN id IN (SELECT id FROM undo_group WHERE stays = 0) THEN 'removed' ELSE 'changed' END, id, school, kind, name, code, active, added_in
FROM roster_group WHERE id IN (SELECT id FROM roster_group_before WHERE import = ?1 UNION SELECT id FROM undo_group)
ORDER BY id)sql",
    R"sql(
INSERT INTO membership_before (import, op, id, roster_group, person, role, begins, ends, source_id, added_in)
SELECT ?2, CASE WHEN added_in = ?1 THEN 'removed' ELSE 'changed' END, id, roster_group, person, role, begins, ends,
  source_id, added_in
FROM membership WHERE id IN (SELECT id FROM membership_before WHERE import = ?1 AND op = 'changed') OR added_in = ?1
ORDER BY id)sql",
    R"sql(
INSERT INTO assignment_before (import, op, id, roster_group, title, due, points, live, added_in)
SELECT ?2, CASE WHEN id IN (SELECT id FROM undo_assignment WHERE stays = 0) THEN 'removed' ELSE 'changed' END, id, roster_group, title, due, points, live,
  added_in
FROM assignment WHERE id IN (SELECT id FROM assignment_before WHERE import = ?1 UNION SELECT id FROM undo_assignment)
ORDER BY id)sql",
    R"sql(
INSERT INTO mark_before (import, op, id, assignment, pupil, status, score, missing, source_id, added_in)
SELECT ?2, CASE WHEN added_in = ?1 THEN 'removed' ELSE 'changed' END, id, assignment, pupil, status, score, missing,
  source_id, added_in
FROM mark WHERE id IN (SELECT id FROM mark_before WHERE import = ?1 AND op = 'changed') OR added_in = ?1
ORDER BY id)sql",
};

constexpr std::array take_away{
    "DELETE FROM mark WHERE added_in = ?1",
    "UPDATE assignment SET live = 0, fingerprint = 0 WHERE id IN (SELECT id FROM undo_assignment WHERE stays "
    "= 1)",
    "DELETE FROM assignment WHERE id IN (SELECT id FROM undo_assignment WHERE stays = 0)",
    "DELETE FROM membership WHERE added_in = ?1",
    "DELETE FROM timetable_slot WHERE added_in = ?1",
    "UPDATE roster_group SET active = 0, fingerprint = 0 WHERE id IN (SELECT id FROM undo_group WHERE stays "
    "= 1)",
    "DELETE FROM roster_group WHERE id IN (SELECT id FROM undo_group WHERE stays = 0)",
    "DELETE FROM relationship WHERE added_in = ?1",
    "DELETE FROM address WHERE added_in = ?1 AND person NOT IN (SELECT id FROM undo_person WHERE stays = 1)",
    "DELETE FROM attendance WHERE added_in = ?1",
    "DELETE FROM payment WHERE added_in = ?1",
    "DELETE FROM behaviour WHERE added_in = ?1",
    "DELETE FROM respondent WHERE added_in = ?1",
    "DELETE FROM place WHERE added_in = ?1 AND person NOT IN (SELECT id FROM undo_person WHERE stays = 1)",
    "UPDATE place SET status = 'leaver', status_since = ?3 WHERE added_in = ?1 AND status <> 'leaver'",
    "UPDATE data_issue SET person = NULL, state = 'gone', ended = ?3, ended_by = 'import undo' "
    "WHERE person IN (SELECT id FROM undo_person WHERE stays = 0)",
    "DELETE FROM person WHERE id IN (SELECT id FROM undo_person WHERE stays = 0)",
};

// Who has been deleted for good since, or was never to be stored, is not brought back.
constexpr std::array put_back{
    R"sql(
UPDATE person SET kind = b.kind, code = b.code, title = b.title, family = b.family, given = b.given,
  preferred = b.preferred, language = b.language, contact_relation = b.contact_relation,
  contact_priority = b.contact_priority, contact_responsibility = b.contact_responsibility,
  contact_lives_with = b.contact_lives_with, contact_court_order = b.contact_court_order, birth_date = b.birth_date
FROM person_before b
WHERE b.import = ?1 AND b.id = person.id AND person.id NOT IN (SELECT person FROM deletion))sql",
    R"sql(
UPDATE place SET school = b.school, kind = b.kind, status = b.status, status_since = b.status_since, year = b.year,
  form = b.form, house = b.house, boarding = b.boarding, admission = b.admission
FROM place_before b
WHERE b.import = ?1 AND b.id = place.id AND place.person NOT IN (SELECT person FROM deletion))sql",
    R"sql(
UPDATE relationship SET relation = b.relation, relation_folded = b.relation, priority = b.priority,
  responsibility = b.responsibility, lives_with = b.lives_with, court_order = b.court_order, prime = b.prime,
  said_by = b.said_by
FROM relationship_before b WHERE b.import = ?1 AND b.op = 'changed' AND b.id = relationship.id)sql",
    R"sql(
INSERT INTO relationship (id, pupil, contact, relation, relation_folded, priority, responsibility, lives_with,
  court_order, prime, said_by, source, added_in)
SELECT b.id, b.pupil, b.contact, b.relation, b.relation, b.priority, b.responsibility, b.lives_with, b.court_order,
  b.prime, b.said_by, i.source, b.added_in
FROM relationship_before b JOIN import i ON i.id = b.import
WHERE b.import = ?1 AND b.op = 'removed' AND b.pupil IN (SELECT id FROM person) AND b.contact IN (SELECT id FROM person)
  AND b.pupil NOT IN (SELECT person FROM deletion) AND b.contact NOT IN (SELECT person FROM deletion)
ORDER BY b.id)sql",
    R"sql(
UPDATE address SET position = b.position, given = b.given, normal = b.normal,
  compare_key = coalesce(b.compare_key, b.normal), line = b.line, for_sms = b.for_sms
FROM address_before b
WHERE b.import = ?1 AND b.op = 'changed' AND b.id = address.id
  AND address.person NOT IN (SELECT person FROM deletion))sql",
    R"sql(
INSERT INTO address (id, person, kind, use, position, given, normal, compare_key, line, for_sms, source, added_in)
SELECT b.id, b.person, b.kind, b.use, b.position, b.given, b.normal, coalesce(b.compare_key, b.normal), b.line,
  b.for_sms, i.source, b.added_in
FROM address_before b JOIN import i ON i.id = b.import
WHERE b.import = ?1 AND b.op = 'removed' AND b.person IN (SELECT id FROM person)
  AND b.person NOT IN (SELECT person FROM deletion) ORDER BY b.id)sql",
    R"sql(
UPDATE roster_group SET school = b.school, kind = b.kind, name = b.name, code = b.code, active = b.active,
  fingerprint = 0
FROM roster_group_before b WHERE b.import = ?1 AND b.id = roster_group.id)sql",
    R"sql(
UPDATE membership SET roster_group = b.roster_group, person = b.person, role = b.role, begins = b.begins,
  ends = b.ends, fingerprint = 0
FROM membership_before b WHERE b.import = ?1 AND b.op = 'changed' AND b.id = membership.id)sql",
    R"sql(
INSERT INTO membership (id, roster_group, person, role, begins, ends, source, source_id, fingerprint, added_in)
SELECT b.id, b.roster_group, b.person, b.role, b.begins, b.ends, i.source, b.source_id, 0, b.added_in
FROM membership_before b JOIN import i ON i.id = b.import
WHERE b.import = ?1 AND b.op = 'removed' AND b.person IN (SELECT id FROM person)
  AND b.person NOT IN (SELECT person FROM deletion) AND b.roster_group IN (SELECT id FROM roster_group)
ORDER BY b.id)sql",
    R"sql(
UPDATE assignment SET roster_group = b.roster_group, title = b.title, due = b.due, points = b.points, live = b.live,
  fingerprint = 0
FROM assignment_before b WHERE b.import = ?1 AND b.id = assignment.id)sql",
    R"sql(
UPDATE mark SET assignment = b.assignment, pupil = b.pupil, status = b.status, score = b.score, missing = b.missing,
  fingerprint = 0
FROM mark_before b WHERE b.import = ?1 AND b.op = 'changed' AND b.id = mark.id)sql",
    R"sql(
INSERT INTO mark (id, assignment, pupil, status, score, missing, source, source_id, fingerprint, added_in)
SELECT b.id, b.assignment, b.pupil, b.status, b.score, b.missing, i.source, b.source_id, 0, b.added_in
FROM mark_before b JOIN import i ON i.id = b.import
WHERE b.import = ?1 AND b.op = 'removed' AND b.pupil IN (SELECT id FROM person)
  AND b.pupil NOT IN (SELECT person FROM deletion) AND b.assignment IN (SELECT id FROM assignment)
ORDER BY b.id)sql",
    "UPDATE person SET fingerprint = 0 WHERE fingerprint <> 0 AND id IN (SELECT id FROM undo_touched)",
};

/// Facts of the day: whole rows as JSON lists in the order of these columns.
struct Daily {
  const char* table;
  const char* columns;
  int count;
  /// Where in the list the person stands, or the group.
  int owner;
  /// How many columns an older crier kept: texts behind them are empty in its rows.
  int at_first = count;
};
constexpr std::array daily{
    Daily{"attendance", "id, pupil, day, session, code, absent, explained, source, source_id, added_in", 10,
          1},
    Daily{"payment", "id, pupil, item, amount, currency, due, paid, source, source_id, added_in, contract",
          11, 1, 10},
    Daily{"behaviour", "id, pupil, day, kind, points, note, source, source_id, added_in", 9, 1},
    Daily{"respondent", "id, survey, survey_folded, person, completed, source, source_id, added_in", 8, 3},
    Daily{"timetable_slot",
          "id, roster_group, weekday, week, begins, ends, period, source, source_id, added_in", 10, 1},
};

class Undo {
 public:
  Undo(Connection& connection, std::int64_t import, std::int64_t undo, Instant now)
      : connection_(connection), import_(import), undo_(undo), now_(to_millis(now)) {}

  Undone run() {
    drop();
    for (const char* sql : find_what_it_added) run(sql);
    Undone undone{connection_.integer("SELECT count(*) FROM undo_person WHERE stays = 1")};
    for (const char* sql : keep_what_stands) run(sql);
    for (const char* sql : take_away) run(sql);
    for (const char* sql : put_back) run(sql);
    for (const auto& one : daily) put_back_daily(one);
    fold_people();
    fold_places();
    fold_groups();
    drop();
    return undone;
  }

 private:
  void run(std::string_view sql) {
    auto query = connection_.query(sql);
    if (sql.find("?1") != std::string_view::npos) query.bind(1, import_);
    if (sql.find("?2") != std::string_view::npos) query.bind(2, undo_);
    if (sql.find("?3") != std::string_view::npos) query.bind(3, now_);
    query.run();
  }

  void drop() {
    for (const char* table : {"undo_person", "undo_assignment", "undo_group", "undo_touched"}) {
      connection_.execute(std::string("DROP TABLE IF EXISTS temp.") + table);
    }
  }

  void put_back_daily(const Daily& one) {
    run(fmt::format(
        "DELETE FROM {0} WHERE id IN (SELECT id FROM daily_before WHERE import = ?1 AND fact = '{0}')",
        one.table));
    std::string cells;
    for (int i = 0; i < one.count; ++i) {
      const bool later = i >= one.at_first;
      cells += fmt::format("{}{}json_extract(cells, '$[{}]'){}", i == 0 ? "" : ", ", later ? "coalesce(" : "",
                           i, later ? ", '')" : "");
    }
    const bool of_group = std::string_view(one.table) == "timetable_slot";
    const auto stands = fmt::format(
        fmt::runtime(of_group ? "json_extract(cells, '$[{0}]') IN (SELECT id FROM roster_group)"
                              : "json_extract(cells, '$[{0}]') IN (SELECT id FROM person) AND "
                                "json_extract(cells, '$[{0}]') NOT IN (SELECT person FROM deletion)"),
        one.owner);
    run(
        fmt::format("INSERT INTO {0} ({1}) SELECT {2} FROM daily_before WHERE import = ?1 AND fact = '{0}' "
                    "AND {3} ORDER BY id",
                    one.table, one.columns, cells, stands));
  }

  // Folded forms and sort keys are the program's to make, as in the stage.
  void fold_people() {
    auto rows = connection_.query(
        "SELECT p.id, p.code, p.family, p.given, p.preferred FROM person_before b JOIN person p ON p.id = "
        "b.id "
        "WHERE b.import = ?1 ORDER BY p.id");
    auto update = connection_.query(
        "UPDATE person SET code_folded = ?2, name_folded = ?3, sort_key = ?4 WHERE id = ?1");
    rows.with(import_);
    while (rows.step()) {
      const auto code = fold(rows.view(1));
      const auto preferred = rows.text(4);
      const auto name = fold(rows.text(3) + " " + rows.text(2) + (preferred.empty() ? "" : " " + preferred));
      const auto key = sort_key(rows.text(2) + "\t" + rows.text(3));
      update.bind(1, rows.integer(0)).bind(2, code).bind(3, name).bind_bytes(4, key).run();
    }
  }

  void fold_places() {
    auto rows = connection_.query(
        "SELECT p.id, p.year, p.form, p.house, p.boarding FROM place_before b JOIN place p ON p.id = b.id "
        "WHERE b.import = ?1 ORDER BY p.id");
    auto update = connection_.query(
        "UPDATE place SET year_folded = ?2, form_folded = ?3, house_folded = ?4, boarding_folded = ?5 WHERE "
        "id = ?1");
    rows.with(import_);
    while (rows.step()) {
      const auto year = fold(rows.view(1));
      const auto form = fold(rows.view(2));
      const auto house = fold(rows.view(3));
      const auto boarding = fold(rows.view(4));
      update.with(rows.integer(0), year, form, house, boarding).run();
    }
  }

  void fold_groups() {
    auto rows = connection_.query(
        "SELECT g.id, g.name, g.code FROM roster_group_before b JOIN roster_group g ON g.id = b.id "
        "WHERE b.import = ?1 ORDER BY g.id");
    auto update =
        connection_.query("UPDATE roster_group SET name_folded = ?2, code_folded = ?3 WHERE id = ?1");
    rows.with(import_);
    while (rows.step()) {
      const auto name = fold(rows.view(1));
      const auto code = fold(rows.view(2));
      update.with(rows.integer(0), name, code).run();
    }
  }

  Connection& connection_;
  std::int64_t import_;
  std::int64_t undo_;
  std::int64_t now_;
};

}  // namespace

std::vector<std::string> undo_obstacles(Connection& connection, std::int64_t import) {
  std::vector<std::string> found;
  for (const auto& one : obstacles) {
    auto count = connection.query(one.count);
    count.with(import).step();
    if (count.integer(0) > 0) found.push_back(fmt::format("{} {}", count.integer(0), one.words));
  }
  return found;
}

Undone undo_import(Connection& connection, std::int64_t import, std::int64_t undo, Instant now) {
  return Undo(connection, import, undo, now).run();
}

}  // namespace crier::store
