// The difference of the daily facts and of a list of relationships, found and written by SQL.
#include <fmt/format.h>

#include "store/daily_stage.hpp"
#include "store/intake_apply.hpp"

namespace crier::store {
namespace {

// ?1 is the source, ?2 the import, wherever they are used.

/// The statements of one kind of daily facts, in the order in which they run.
struct DailySql {
  DailyTable table;
  FactKind kind;
  const char* move;
  const char* schools;
  const char* changed;
  const char* gone;
  const char* keep;
  const char* remove;
  const char* update;
  const char* add;
};

constexpr std::array statements{
    DailySql{DailyTable::attendance, FactKind::attendance,
             "UPDATE staged_attendance SET pupil = pupil + ?2 WHERE pupil > ?1",
             R"sql(
INSERT INTO daily_school (school)
SELECT DISTINCT place.school FROM staged_attendance s JOIN place ON place.person = s.pupil
ORDER BY place.school)sql",
             R"sql(
INSERT INTO daily_changed (id)
SELECT t.id FROM staged_attendance s JOIN attendance t ON t.source = ?1 AND t.source_id = s.source_id
WHERE (s.pupil, s.day, s.session, s.code, s.absent, s.explained)
  IS NOT (t.pupil, t.day, t.session, t.code, t.absent, t.explained))sql",
             R"sql(
INSERT INTO daily_gone (id)
SELECT t.id FROM attendance t
WHERE t.source = ?1 AND NOT EXISTS (SELECT 1 FROM staged_attendance s WHERE s.source_id = t.source_id)
  AND t.day BETWEEN (SELECT min(day) FROM staged_attendance) AND (SELECT max(day) FROM staged_attendance)
  AND EXISTS (SELECT 1 FROM place p JOIN daily_school d ON d.school = p.school WHERE p.person = t.pupil))sql",
             R"sql(
INSERT INTO daily_before (import, op, fact, id, cells)
SELECT ?1, CASE WHEN id IN (SELECT id FROM daily_gone) THEN 'removed' ELSE 'changed' END, 'attendance', id,
  json_array(id, pupil, day, session, code, absent, explained, source, source_id, added_in)
FROM attendance WHERE id IN (SELECT id FROM daily_changed UNION SELECT id FROM daily_gone) ORDER BY id)sql",
             "DELETE FROM attendance WHERE id IN (SELECT id FROM daily_gone)",
             R"sql(
UPDATE attendance SET pupil = s.pupil, day = s.day, session = s.session, code = s.code, absent = s.absent, explained = s.explained
FROM staged_attendance s
WHERE attendance.id IN (SELECT id FROM daily_changed) AND s.source_id = attendance.source_id)sql",
             R"sql(
INSERT INTO attendance (pupil, day, session, code, absent, explained, source, source_id, added_in)
SELECT s.pupil, s.day, s.session, s.code, s.absent, s.explained, ?1, s.source_id, ?2
FROM staged_attendance s
WHERE NOT EXISTS (SELECT 1 FROM attendance t WHERE t.source = ?1 AND t.source_id = s.source_id)
ORDER BY s.source_id)sql"},
    DailySql{DailyTable::payment, FactKind::payment,
             "UPDATE staged_payment SET pupil = pupil + ?2 WHERE pupil > ?1",
             R"sql(
INSERT INTO daily_school (school)
SELECT DISTINCT place.school FROM staged_payment s JOIN place ON place.person = s.pupil
ORDER BY place.school)sql",
             R"sql(
INSERT INTO daily_changed (id)
SELECT t.id FROM staged_payment s JOIN payment t ON t.source = ?1 AND t.source_id = s.source_id
WHERE (s.pupil, s.item, s.amount, s.currency, s.due, s.paid, s.contract)
  IS NOT (t.pupil, t.item, t.amount, t.currency, t.due, t.paid, t.contract))sql",
             R"sql(
INSERT INTO daily_gone (id)
SELECT t.id FROM payment t
WHERE t.source = ?1 AND NOT EXISTS (SELECT 1 FROM staged_payment s WHERE s.source_id = t.source_id)
  AND (NOT EXISTS (SELECT 1 FROM staged_payment)
  OR EXISTS (SELECT 1 FROM place p JOIN daily_school d ON d.school = p.school WHERE p.person = t.pupil)))sql",
             R"sql(
INSERT INTO daily_before (import, op, fact, id, cells)
SELECT ?1, CASE WHEN id IN (SELECT id FROM daily_gone) THEN 'removed' ELSE 'changed' END, 'payment', id,
  json_array(id, pupil, item, amount, currency, due, paid, source, source_id, added_in, contract)
FROM payment WHERE id IN (SELECT id FROM daily_changed UNION SELECT id FROM daily_gone) ORDER BY id)sql",
             "DELETE FROM payment WHERE id IN (SELECT id FROM daily_gone)",
             R"sql(
UPDATE payment SET pupil = s.pupil, item = s.item, amount = s.amount, currency = s.currency, due = s.due,
  paid = s.paid, contract = s.contract
FROM staged_payment s
WHERE payment.id IN (SELECT id FROM daily_changed) AND s.source_id = payment.source_id)sql",
             R"sql(
INSERT INTO payment (pupil, item, amount, currency, due, paid, contract, source, source_id, added_in)
SELECT s.pupil, s.item, s.amount, s.currency, s.due, s.paid, s.contract, ?1, s.source_id, ?2
FROM staged_payment s
WHERE NOT EXISTS (SELECT 1 FROM payment t WHERE t.source = ?1 AND t.source_id = s.source_id)
ORDER BY s.source_id)sql"},
    DailySql{DailyTable::behaviour, FactKind::behaviour,
             "UPDATE staged_behaviour SET pupil = pupil + ?2 WHERE pupil > ?1",
             R"sql(
INSERT INTO daily_school (school)
SELECT DISTINCT place.school FROM staged_behaviour s JOIN place ON place.person = s.pupil
ORDER BY place.school)sql",
             R"sql(
INSERT INTO daily_changed (id)
SELECT t.id FROM staged_behaviour s JOIN behaviour t ON t.source = ?1 AND t.source_id = s.source_id
WHERE (s.pupil, s.day, s.kind, s.points, s.note)
  IS NOT (t.pupil, t.day, t.kind, t.points, t.note))sql",
             R"sql(
INSERT INTO daily_gone (id)
SELECT t.id FROM behaviour t
WHERE t.source = ?1 AND NOT EXISTS (SELECT 1 FROM staged_behaviour s WHERE s.source_id = t.source_id)
  AND t.day BETWEEN (SELECT min(day) FROM staged_behaviour) AND (SELECT max(day) FROM staged_behaviour)
  AND EXISTS (SELECT 1 FROM place p JOIN daily_school d ON d.school = p.school WHERE p.person = t.pupil))sql",
             R"sql(
INSERT INTO daily_before (import, op, fact, id, cells)
SELECT ?1, CASE WHEN id IN (SELECT id FROM daily_gone) THEN 'removed' ELSE 'changed' END, 'behaviour', id,
  json_array(id, pupil, day, kind, points, note, source, source_id, added_in)
FROM behaviour WHERE id IN (SELECT id FROM daily_changed UNION SELECT id FROM daily_gone) ORDER BY id)sql",
             "DELETE FROM behaviour WHERE id IN (SELECT id FROM daily_gone)",
             R"sql(
UPDATE behaviour SET pupil = s.pupil, day = s.day, kind = s.kind, points = s.points, note = s.note
FROM staged_behaviour s
WHERE behaviour.id IN (SELECT id FROM daily_changed) AND s.source_id = behaviour.source_id)sql",
             R"sql(
INSERT INTO behaviour (pupil, day, kind, points, note, source, source_id, added_in)
SELECT s.pupil, s.day, s.kind, s.points, s.note, ?1, s.source_id, ?2
FROM staged_behaviour s
WHERE NOT EXISTS (SELECT 1 FROM behaviour t WHERE t.source = ?1 AND t.source_id = s.source_id)
ORDER BY s.source_id)sql"},
    DailySql{DailyTable::respondent, FactKind::respondent,
             "UPDATE staged_respondent SET person = person + ?2 WHERE person > ?1",
             R"sql(
INSERT INTO daily_school (school)
SELECT DISTINCT place.school FROM staged_respondent s JOIN place ON place.person = s.person
ORDER BY place.school)sql",
             R"sql(
INSERT INTO daily_changed (id)
SELECT t.id FROM staged_respondent s JOIN respondent t ON t.source = ?1 AND t.source_id = s.source_id
WHERE (s.survey, s.survey_folded, s.person, s.completed)
  IS NOT (t.survey, t.survey_folded, t.person, t.completed))sql",
             R"sql(
INSERT INTO daily_gone (id)
SELECT t.id FROM respondent t
WHERE t.source = ?1 AND NOT EXISTS (SELECT 1 FROM staged_respondent s WHERE s.source_id = t.source_id)
  AND t.survey_folded IN (SELECT survey_folded FROM staged_respondent))sql",
             R"sql(
INSERT INTO daily_before (import, op, fact, id, cells)
SELECT ?1, CASE WHEN id IN (SELECT id FROM daily_gone) THEN 'removed' ELSE 'changed' END, 'respondent', id,
  json_array(id, survey, survey_folded, person, completed, source, source_id, added_in)
FROM respondent WHERE id IN (SELECT id FROM daily_changed UNION SELECT id FROM daily_gone) ORDER BY id)sql",
             "DELETE FROM respondent WHERE id IN (SELECT id FROM daily_gone)",
             R"sql(
UPDATE respondent SET survey = s.survey, survey_folded = s.survey_folded, person = s.person, completed = s.completed
FROM staged_respondent s
WHERE respondent.id IN (SELECT id FROM daily_changed) AND s.source_id = respondent.source_id)sql",
             R"sql(
INSERT INTO respondent (survey, survey_folded, person, completed, source, source_id, added_in)
SELECT s.survey, s.survey_folded, s.person, s.completed, ?1, s.source_id, ?2
FROM staged_respondent s
WHERE NOT EXISTS (SELECT 1 FROM respondent t WHERE t.source = ?1 AND t.source_id = s.source_id)
ORDER BY s.source_id)sql"},
    DailySql{DailyTable::timetable_slot, FactKind::timetable_slot,
             "UPDATE staged_timetable_slot SET roster_group = roster_group + ?2 WHERE roster_group > ?1",
             R"sql(
INSERT INTO daily_school (school)
SELECT DISTINCT g.school FROM staged_timetable_slot s JOIN roster_group g ON g.id = s.roster_group
ORDER BY g.school)sql",
             R"sql(
INSERT INTO daily_changed (id)
SELECT t.id FROM staged_timetable_slot s JOIN timetable_slot t ON t.source = ?1 AND t.source_id = s.source_id
WHERE (s.roster_group, s.weekday, s.week, s.begins, s.ends, s.period)
  IS NOT (t.roster_group, t.weekday, t.week, t.begins, t.ends, t.period))sql",
             R"sql(
INSERT INTO daily_gone (id)
SELECT t.id FROM timetable_slot t
WHERE t.source = ?1 AND NOT EXISTS (SELECT 1 FROM staged_timetable_slot s WHERE s.source_id = t.source_id)
  AND (NOT EXISTS (SELECT 1 FROM staged_timetable_slot)
  OR EXISTS (SELECT 1 FROM roster_group g JOIN daily_school d ON d.school = g.school WHERE g.id = t.roster_group)))sql",
             R"sql(
INSERT INTO daily_before (import, op, fact, id, cells)
SELECT ?1, CASE WHEN id IN (SELECT id FROM daily_gone) THEN 'removed' ELSE 'changed' END, 'timetable_slot', id,
  json_array(id, roster_group, weekday, week, begins, ends, period, source, source_id, added_in)
FROM timetable_slot WHERE id IN (SELECT id FROM daily_changed UNION SELECT id FROM daily_gone) ORDER BY id)sql",
             "DELETE FROM timetable_slot WHERE id IN (SELECT id FROM daily_gone)",
             R"sql(
UPDATE timetable_slot SET roster_group = s.roster_group, weekday = s.weekday, week = s.week, begins = s.begins,
  ends = s.ends, period = s.period
FROM staged_timetable_slot s
WHERE timetable_slot.id IN (SELECT id FROM daily_changed) AND s.source_id = timetable_slot.source_id)sql",
             R"sql(
INSERT INTO timetable_slot (roster_group, weekday, week, begins, ends, period, source, source_id, added_in)
SELECT s.roster_group, s.weekday, s.week, s.begins, s.ends, s.period, ?1, s.source_id, ?2
FROM staged_timetable_slot s
WHERE NOT EXISTS (SELECT 1 FROM timetable_slot t WHERE t.source = ?1 AND t.source_id = s.source_id)
ORDER BY s.source_id)sql"},
};

/// What the guard judges of a list of relationships (I7): over all schools of the file.
void count_gone(Difference& difference, FactKind kind, std::int64_t before, std::int64_t gone) {
  difference.removed[kind] = gone;
  const auto changed = difference.changed[kind];
  if (gone <= guard_floor && changed <= guard_floor) return;
  difference.judgement.effects.push_back({std::string(to_text(kind)), "", before, gone, changed});
}

/// What the guard judges of daily facts (I7), school by school: before anything is removed. How many stood
/// are those that the file says again and those that it leaves out, for it speaks for some days only.
void judge_daily(Connection& connection, const DailySql& sql, std::int64_t source, Difference& difference) {
  // Fixed pieces only: the names of the table, of its column, and of what has the school.
  const std::string_view table = to_text(sql.kind);
  const bool of_group = sql.table == DailyTable::timetable_slot;
  const std::string_view person = of_group                              ? "roster_group"
                                  : sql.table == DailyTable::respondent ? "person"
                                                                        : "pupil";
  const std::string_view owner = of_group ? "roster_group" : "place";
  const std::string_view key = of_group ? "id" : "person";
  auto rows = connection.query(fmt::format(R"sql(
WITH effect AS (
  SELECT DISTINCT p.school, t.id, 1 AS gone, 0 AS changed FROM daily_gone g CROSS JOIN {0} t CROSS JOIN {2} p
  WHERE t.id = g.id AND p.{3} = t.{1}
  UNION ALL
  SELECT DISTINCT p.school, t.id, 0, 1 FROM daily_changed c CROSS JOIN {0} t CROSS JOIN {2} p
  WHERE t.id = c.id AND p.{3} = t.{1}),
sums AS (SELECT school, sum(gone) AS gone, sum(changed) AS changed FROM effect GROUP BY school
  HAVING sum(gone) > ?2 OR sum(changed) > ?2)
SELECT school.code, sums.gone + (
  SELECT count(*) FROM staged_{0} s CROSS JOIN {0} t WHERE t.source = ?1 AND t.source_id = s.source_id
  AND EXISTS (SELECT 1 FROM {2} p WHERE p.{3} = t.{1} AND p.school = sums.school)), sums.gone, sums.changed
FROM sums JOIN school ON school.id = sums.school ORDER BY school.code)sql",
                                           table, person, owner, key));
  rows.with(source, guard_floor);
  while (rows.step()) {
    difference.judgement.effects.push_back(
        {std::string(table), rows.text(0), rows.integer(1), rows.integer(2), rows.integer(3)});
  }
}

/// What no longer stands in the list, of pupils of its schools who are still there: a leaver keeps the
/// family.
std::int64_t find_ties_gone(Connection& connection, const DailyRound& round) {
  connection.execute(R"sql(
INSERT INTO daily_school (school)
SELECT school FROM covered_school UNION
SELECT place.school FROM tie JOIN place ON place.person = tie.pupil)sql");
  return connection
      .query(R"sql(
INSERT INTO tie_gone (id)
SELECT r.id FROM relationship r
WHERE r.source = ?1 AND NOT EXISTS (SELECT 1 FROM tie n WHERE n.pupil = r.pupil AND n.contact = r.contact)
  AND EXISTS (SELECT 1 FROM place p WHERE p.person = r.pupil AND p.status <> 'leaver'
    AND (NOT EXISTS (SELECT 1 FROM tie) OR p.school IN (SELECT school FROM daily_school))))sql")
      .with(round.source)
      .run();
}

void write_ties(Connection& connection, const DailyRound& round, Difference& difference) {
  connection
      .query(R"sql(
INSERT INTO relationship_before (import, op, id, pupil, contact, relation, priority, responsibility, lives_with,
  court_order, prime, said_by, added_in)
SELECT ?1, CASE WHEN id IN (SELECT id FROM tie_gone) THEN 'removed' ELSE 'changed' END, id, pupil, contact,
  relation, priority, responsibility, lives_with, court_order, prime, said_by, added_in
FROM relationship WHERE id IN (SELECT id FROM tie_changed UNION SELECT id FROM tie_gone) ORDER BY id)sql")
      .with(round.import)
      .run();
  connection.execute("DELETE FROM relationship WHERE id IN (SELECT id FROM tie_gone)");
  // Prime by default: priority 1 (I5). Relations are folded by the reader.
  connection.execute(R"sql(
UPDATE relationship SET relation = n.relation, relation_folded = n.relation, priority = n.priority,
  responsibility = n.responsibility, lives_with = n.lives_with, court_order = n.court_order,
  prime = CASE WHEN n.priority = 1 THEN 1 ELSE 0 END, said_by = 1
FROM tie n
WHERE relationship.id IN (SELECT id FROM tie_changed) AND n.pupil = relationship.pupil
  AND n.contact = relationship.contact)sql");
  difference.added[FactKind::relationship] = connection
                                                 .query(R"sql(
INSERT INTO relationship (pupil, contact, relation, relation_folded, priority, responsibility, lives_with,
  court_order, prime, said_by, source, added_in)
SELECT n.pupil, n.contact, n.relation, n.relation, n.priority, n.responsibility, n.lives_with, n.court_order,
  CASE WHEN n.priority = 1 THEN 1 ELSE 0 END, 1, ?1, ?2
FROM tie n
WHERE NOT EXISTS (SELECT 1 FROM relationship r WHERE r.pupil = n.pupil AND r.contact = n.contact AND r.source = ?1)
ORDER BY n.pupil, n.contact)sql")
                                                 .with(round.source, round.import)
                                                 .run();
}

}  // namespace

void move_daily_references(Connection& connection, const DailyRound& round) {
  for (const auto& sql : statements) {
    const bool of_group = sql.table == DailyTable::timetable_slot;
    const auto shift = of_group ? round.group_shift : round.shift;
    if (shift <= 0) continue;
    const auto stood = (of_group ? round.group_base : round.base) - shift;
    connection.query(sql.move).with(stood, shift).run();
  }
  if (round.shift <= 0) return;
  const auto base = round.base - round.shift;
  // Pairs are a key: up by way of the numbers below zero, so that none meets another on the way.
  connection
      .query(
          "UPDATE staged_tie SET pupil = CASE WHEN pupil > ?1 THEN -(pupil + ?2) ELSE -pupil END, "
          "contact = CASE WHEN contact > ?1 THEN contact + ?2 ELSE contact END")
      .with(base, round.shift)
      .run();
  connection.execute("UPDATE staged_tie SET pupil = -pupil");
}

void apply_ties(Connection& connection, const DailyStage& stage, const DailyRound& round,
                Difference& difference) {
  if (!stage.ties_told()) return;
  connection.execute(R"sql(
INSERT INTO tie (pupil, contact, relation, priority, responsibility, lives_with, court_order)
SELECT s.pupil, s.contact, coalesce(s.relation, c.contact_relation), coalesce(s.priority, c.contact_priority, 1),
  coalesce(s.responsibility, c.contact_responsibility), coalesce(s.lives_with, c.contact_lives_with),
  coalesce(s.court_order, c.contact_court_order, 0)
FROM staged_tie s JOIN person c ON c.id = s.contact)sql");
  difference.changed[FactKind::relationship] = connection
                                                   .query(R"sql(
INSERT INTO tie_changed (id)
SELECT r.id FROM tie n JOIN relationship r ON r.pupil = n.pupil AND r.contact = n.contact AND r.source = ?1
WHERE (n.relation, n.priority, n.responsibility, n.lives_with, n.court_order)
  IS NOT (r.relation, r.priority, r.responsibility, r.lives_with, r.court_order))sql")
                                                   .with(round.source)
                                                   .run();
  auto before = connection.query("SELECT count(*) FROM relationship WHERE source = ?1");
  before.with(round.source).step();
  const auto stood = before.integer(0);
  before.reset();
  const bool goes = stage.ties_complete() && round.gone == GoneRows::leave;
  count_gone(difference, FactKind::relationship, stood, goes ? find_ties_gone(connection, round) : 0);
  write_ties(connection, round, difference);
}

void apply_daily(Connection& connection, const DailyStage& stage, const DailyRound& round,
                 Difference& difference) {
  for (const auto& sql : statements) {
    if (!stage.has(sql.table)) continue;
    difference.daily.push_back(sql.kind);
    connection.execute("DELETE FROM daily_school; DELETE FROM daily_changed; DELETE FROM daily_gone");
    connection.execute(sql.schools);
    difference.changed[sql.kind] = connection.query(sql.changed).with(round.source).run();
    const bool goes = stage.is_complete(sql.table) && round.gone == GoneRows::leave;
    // The name of the table is a fixed word.
    const auto gone = stage.forgets()
                          ? fmt::format("INSERT INTO daily_gone (id) SELECT id FROM {} WHERE source = ?1",
                                        to_text(sql.kind))
                          : std::string(sql.gone);
    difference.removed[sql.kind] = goes ? connection.query(gone).with(round.source).run() : 0;
    judge_daily(connection, sql, round.source, difference);
    connection.query(sql.keep).with(round.import).run();
    connection.execute(sql.remove);
    connection.execute(sql.update);
    difference.added[sql.kind] = connection.query(sql.add).with(round.source, round.import).run();
  }
}

}  // namespace crier::store
