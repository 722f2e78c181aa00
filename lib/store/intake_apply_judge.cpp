// What the guard has to know of an import (I7): counted per kind and school, from the rows that change, so
// that a night on which little changes costs little.
#include <fmt/format.h>

#include <array>

#include "store/intake_apply_steps.hpp"

namespace crier::store {
namespace {

/// CROSS JOIN: from the few rows that change to what they are of, never the other way.
/// ?1 is the source, ?2 the floor. Every text ends in the same question: how many stood where many go or
/// change.
constexpr const char* people_effects = R"sql(
WITH effect AS (
  SELECT place.kind, place.school, 1 AS gone, 0 AS changed FROM place_gone
  CROSS JOIN place WHERE place.id = place_gone.id
  UNION ALL
  SELECT kind, school, 0, 1 FROM place WHERE source = ?1 AND status <> 'leaver'
    AND id IN (SELECT id FROM place_changed
               UNION SELECT x.id FROM touched_person t CROSS JOIN place x WHERE x.person = t.id)
    AND id NOT IN (SELECT id FROM place_gone)),
sums AS (SELECT kind, school, sum(gone) AS gone, sum(changed) AS changed FROM effect GROUP BY kind, school
  HAVING sum(gone) > ?2 OR sum(changed) > ?2)
SELECT sums.kind, school.code, (SELECT count(*) FROM place p WHERE p.school = sums.school AND p.kind = sums.kind
  AND p.status <> 'leaver' AND p.source = ?1), sums.gone, sums.changed
FROM sums JOIN school ON school.id = sums.school ORDER BY sums.kind, school.code)sql";

constexpr const char* relationship_effects = R"sql(
WITH effect AS (
  SELECT p.school, 1 AS gone, 0 AS changed FROM related_gone g CROSS JOIN relationship r CROSS JOIN place p
  WHERE r.id = g.id AND p.person = r.pupil AND p.kind = 'pupil'
  UNION ALL
  SELECT p.school, 0, 1 FROM related_changed c CROSS JOIN relationship r CROSS JOIN place p
  WHERE r.id = c.id AND p.person = r.pupil AND p.kind = 'pupil' AND c.counts = 1),
sums AS (SELECT school, sum(gone) AS gone, sum(changed) AS changed FROM effect GROUP BY school
  HAVING sum(gone) > ?2 OR sum(changed) > ?2)
SELECT 'relationship', school.code, (SELECT count(*) FROM place p JOIN relationship r ON r.pupil = p.person
  WHERE p.school = sums.school AND p.kind = 'pupil' AND r.source = ?1), sums.gone, sums.changed
FROM sums JOIN school ON school.id = sums.school ORDER BY school.code)sql";

constexpr const char* address_effects = R"sql(
WITH effect AS (
  SELECT DISTINCT p.school, a.id, 1 AS gone, 0 AS changed FROM address_gone g CROSS JOIN address a CROSS JOIN place p
  WHERE a.id = g.id AND p.person = a.person
  UNION ALL
  SELECT DISTINCT p.school, a.id, 0, 1 FROM address_changed c CROSS JOIN address a CROSS JOIN place p
  WHERE a.id = c.id AND p.person = a.person),
sums AS (SELECT school, sum(gone) AS gone, sum(changed) AS changed FROM effect GROUP BY school
  HAVING sum(gone) > ?2 OR sum(changed) > ?2)
SELECT 'address', school.code, (SELECT count(*) FROM (SELECT DISTINCT person FROM place WHERE school = sums.school) p
  JOIN address a ON a.person = p.person WHERE a.source = ?1), sums.gone, sums.changed
FROM sums JOIN school ON school.id = sums.school ORDER BY school.code)sql";

constexpr const char* group_effects = R"sql(
WITH effect AS (
  SELECT g.school, 1 AS gone, 0 AS changed FROM gone CROSS JOIN roster_group g
  WHERE g.id = gone.id AND gone.roster_table = 'roster_group'
  UNION ALL
  SELECT g.school, 0, 1 FROM group_changed c CROSS JOIN roster_group g WHERE g.id = c.id AND g.active = 1),
sums AS (SELECT school, sum(gone) AS gone, sum(changed) AS changed FROM effect GROUP BY school
  HAVING sum(gone) > ?2 OR sum(changed) > ?2)
SELECT 'group', school.code, (SELECT count(*) FROM roster_group g WHERE g.school = sums.school AND g.active = 1
  AND g.source = ?1), sums.gone, sums.changed
FROM sums JOIN school ON school.id = sums.school ORDER BY school.code)sql";

constexpr const char* membership_effects = R"sql(
WITH effect AS (
  SELECT g.school, 1 AS gone, 0 AS changed FROM gone CROSS JOIN membership m CROSS JOIN roster_group g
  WHERE m.id = gone.id AND g.id = m.roster_group AND gone.roster_table = 'membership'
  UNION ALL
  SELECT g.school, 0, 1 FROM membership_changed c CROSS JOIN membership m CROSS JOIN roster_group g
  WHERE m.id = c.id AND g.id = m.roster_group),
sums AS (SELECT school, sum(gone) AS gone, sum(changed) AS changed FROM effect GROUP BY school
  HAVING sum(gone) > ?2 OR sum(changed) > ?2)
SELECT 'membership', school.code, (SELECT count(*) FROM roster_group g JOIN membership m ON m.roster_group = g.id
  WHERE g.school = sums.school AND m.source = ?1), sums.gone, sums.changed
FROM sums JOIN school ON school.id = sums.school ORDER BY school.code)sql";

constexpr const char* assignment_effects = R"sql(
WITH effect AS (
  SELECT g.school, 1 AS gone, 0 AS changed FROM gone CROSS JOIN assignment a CROSS JOIN roster_group g
  WHERE a.id = gone.id AND g.id = a.roster_group AND gone.roster_table = 'assignment'
  UNION ALL
  SELECT g.school, 0, 1 FROM assignment_changed c CROSS JOIN assignment a CROSS JOIN roster_group g
  WHERE a.id = c.id AND g.id = a.roster_group AND a.live = 1),
sums AS (SELECT school, sum(gone) AS gone, sum(changed) AS changed FROM effect GROUP BY school
  HAVING sum(gone) > ?2 OR sum(changed) > ?2)
SELECT 'assignment', school.code, (SELECT count(*) FROM assignment a JOIN roster_group g ON g.id = a.roster_group
  WHERE g.school = sums.school AND a.live = 1 AND a.source = ?1), sums.gone, sums.changed
FROM sums JOIN school ON school.id = sums.school ORDER BY school.code)sql";

// How many stood is counted over all sources here: by the index alone, since marks are the most of all rows.
constexpr const char* mark_effects = R"sql(
WITH effect AS (
  SELECT g.school, 1 AS gone, 0 AS changed FROM gone CROSS JOIN mark m CROSS JOIN assignment a CROSS JOIN roster_group g
  WHERE m.id = gone.id AND a.id = m.assignment AND g.id = a.roster_group AND gone.roster_table = 'mark'
  AND m.source = ?1
  UNION ALL
  SELECT g.school, 0, 1 FROM mark_changed c CROSS JOIN mark m CROSS JOIN assignment a CROSS JOIN roster_group g
  WHERE m.id = c.id AND a.id = m.assignment AND g.id = a.roster_group),
sums AS (SELECT school, sum(gone) AS gone, sum(changed) AS changed FROM effect GROUP BY school
  HAVING sum(gone) > ?2 OR sum(changed) > ?2)
SELECT 'mark', school.code, (SELECT count(*) FROM assignment a JOIN roster_group g ON g.id = a.roster_group
  JOIN mark m ON m.assignment = a.id WHERE g.school = sums.school), sums.gone, sums.changed
FROM sums JOIN school ON school.id = sums.school ORDER BY school.code)sql";

/// Where the rows of a column stand: `b` is the row before, `x` the row now.
struct Rows {
  const char* kind;
  const char* before;
  const char* now;
  const char* school;
};

constexpr Rows person_rows{"pl.kind",
                           "person_before b JOIN person x ON x.id = b.id JOIN place pl ON pl.person = x.id "
                           "AND pl.status <> 'leaver'",
                           "place pl JOIN person x ON x.id = pl.person AND pl.status <> 'leaver'",
                           "pl.school"};
constexpr Rows place_rows{"x.kind", "place_before b JOIN place x ON x.id = b.id AND x.status <> 'leaver'",
                          "(SELECT * FROM place WHERE status <> 'leaver') x", "x.school"};
constexpr Rows group_rows{"'group'",
                          "roster_group_before b JOIN roster_group x ON x.id = b.id AND x.active = 1",
                          "(SELECT * FROM roster_group WHERE active = 1) x", "x.school"};
constexpr Rows membership_rows{
    "'membership'",
    "membership_before b JOIN membership x ON x.id = b.id JOIN roster_group g ON g.id = x.roster_group",
    "roster_group g JOIN membership x ON x.roster_group = g.id", "g.school"};
constexpr Rows assignment_rows{
    "'assignment'",
    "assignment_before b JOIN assignment x ON x.id = b.id JOIN roster_group g ON g.id = x.roster_group",
    "assignment x JOIN roster_group g ON g.id = x.roster_group", "g.school"};
constexpr Rows mark_rows{
    "'mark'",
    "mark_before b JOIN mark x ON x.id = b.id JOIN assignment a ON a.id = x.assignment "
    "JOIN roster_group g ON g.id = a.roster_group",
    "assignment a JOIN roster_group g ON g.id = a.roster_group JOIN mark x ON x.assignment = a.id",
    "g.school"};

enum class Empty { text, null, role };

struct Column {
  const Rows& rows;
  const char* name;
  const char* column;
  Empty empty;
  std::int64_t floor = guard_floor;
};

constexpr std::array columns{
    Column{person_rows, "title", "title", Empty::text},
    Column{person_rows, "family name", "family", Empty::text},
    Column{person_rows, "given name", "given", Empty::text},
    Column{person_rows, "preferred name", "preferred", Empty::text},
    Column{person_rows, "language", "language", Empty::text},
    Column{person_rows, "birth date", "birth_date", Empty::text},
    Column{person_rows, "relation", "contact_relation", Empty::role},
    Column{person_rows, "priority", "contact_priority", Empty::null},
    Column{person_rows, "parental responsibility", "contact_responsibility", Empty::null},
    Column{person_rows, "lives with", "contact_lives_with", Empty::null},
    // R3: two court orders that both vanish are a column that vanished.
    Column{person_rows, "court order", "contact_court_order", Empty::null, 1},
    Column{place_rows, "year", "year", Empty::text},
    Column{place_rows, "form", "form", Empty::text},
    Column{place_rows, "house", "house", Empty::text},
    Column{place_rows, "boarding house", "boarding", Empty::text},
    Column{place_rows, "admission date", "admission", Empty::text},
    Column{group_rows, "code", "code", Empty::text},
    Column{group_rows, "name", "name", Empty::text},
    Column{membership_rows, "first day", "begins", Empty::text},
    Column{membership_rows, "last day", "ends", Empty::text},
    Column{assignment_rows, "due date", "due", Empty::text},
    Column{assignment_rows, "points", "points", Empty::null},
    Column{mark_rows, "score", "score", Empty::null},
};

/// Where a source has no relation, the role stands in for it (I1): that is no relation told.
constexpr const char* role_words = "('', 'parent', 'guardian', 'relative', 'contact')";

std::string filled(const char* row, const Column& column) {
  switch (column.empty) {
    case Empty::text:
      return fmt::format("{}.{} <> ''", row, column.column);
    case Empty::null:
      return fmt::format("{}.{} IS NOT NULL", row, column.column);
    case Empty::role:
      return fmt::format("{}.{} NOT IN {}", row, column.column, role_words);
  }
  return "";
}

// ?1 is the import, ?2 the floor, ?3 the source. An address that can no longer be read is one that is lost.
constexpr const char* addresses_lost = R"sql(
SELECT pl.kind, school.code, b.kind, b.use, count(*), (
  SELECT count(*) FROM place p JOIN address a ON a.person = p.person AND a.kind = b.kind AND a.use = b.use
  WHERE p.school = pl.school AND p.kind = pl.kind AND p.status <> 'leaver' AND a.source = ?3
  AND a.normal IS NOT NULL)
FROM address_before b JOIN place pl ON pl.person = b.person AND pl.status <> 'leaver'
JOIN school ON school.id = pl.school
WHERE b.import = ?1 AND b.normal IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM address a WHERE a.person = b.person AND a.kind = b.kind AND a.use = b.use AND a.source = ?3
    AND a.normal IS NOT NULL)
GROUP BY pl.kind, pl.school, school.code, b.kind, b.use HAVING count(*) > ?2
ORDER BY pl.kind, school.code, b.kind, b.use)sql";

}  // namespace

void IntakeApply::judge(Step step) {
  if (judging_ == Judging::not_wanted) return;
  const char* sql = nullptr;
  switch (step) {
    case Step::people:
      sql = people_effects;
      break;
    case Step::relationships:
      sql = relationship_effects;
      break;
    case Step::addresses:
      sql = address_effects;
      break;
    case Step::groups:
      sql = group_effects;
      break;
    case Step::memberships:
      sql = membership_effects;
      break;
    case Step::assignments:
      sql = assignment_effects;
      break;
    case Step::marks:
      sql = mark_effects;
      break;
  }
  auto rows = connection_.query(sql);
  rows.with(source(), guard_floor);
  while (rows.step()) {
    difference_.judgement.effects.push_back(
        {rows.text(0), rows.text(1), rows.integer(2), rows.integer(3), rows.integer(4)});
  }
}

void IntakeApply::judge_rekeyed() {
  if (judging_ == Judging::not_wanted) return;
  if (connection_.integer("SELECT count(*) FROM place_gone") <= guard_floor) return;
  connection_.execute(R"sql(
CREATE TEMP TABLE new_name (name_folded TEXT NOT NULL, kind TEXT NOT NULL, school INTEGER NOT NULL,
  PRIMARY KEY (name_folded, kind, school)) WITHOUT ROWID)sql");
  connection_
      .query(R"sql(
INSERT INTO new_name (name_folded, kind, school)
SELECT s.name_folded, p.kind, p.school FROM staged_person s CROSS JOIN staged_place p
WHERE p.person = s.id AND s.id > ?1 AND s.name_folded <> '' ON CONFLICT DO NOTHING)sql")
      .with(base(RosterTable::person))
      .run();
  {
    auto rows = connection_.query(R"sql(
SELECT place.kind, school.code, count(*), count(n.name_folded)
FROM place_gone g CROSS JOIN place CROSS JOIN person p CROSS JOIN school
LEFT JOIN new_name n ON n.name_folded = p.name_folded AND n.kind = place.kind AND n.school = place.school
WHERE place.id = g.id AND p.id = place.person AND school.id = place.school
GROUP BY place.kind, school.code HAVING count(n.name_folded) > ?1 ORDER BY place.kind, school.code)sql");
    rows.with(guard_floor);
    while (rows.step()) {
      difference_.judgement.rekeyed.push_back({rows.text(0), rows.text(1), rows.integer(2), rows.integer(3)});
    }
  }
  connection_.execute("DROP TABLE new_name");
}

void IntakeApply::judge_emptied() {
  if (judging_ == Judging::not_wanted) return;
  for (const auto& column : columns) {
    // Fixed pieces only: the names are those of the list above.
    auto lost = connection_.query(fmt::format(
        "SELECT {}, school.code, count(*) FROM {} JOIN school ON school.id = {} WHERE b.import = ?1 AND {} "
        "AND NOT ({}) "
        "GROUP BY 1, 2 HAVING count(*) > ?2 ORDER BY 1, 2",
        column.rows.kind, column.rows.before, column.rows.school, filled("b", column), filled("x", column)));
    lost.with(import_, column.floor);
    while (lost.step()) {
      Emptied emptied{lost.text(0), lost.text(1), column.name, lost.integer(2), 0};
      auto left = connection_.query(fmt::format(
          "SELECT count(*) FROM {} JOIN school ON school.id = {} WHERE school.code = ?1 AND {} = ?2 AND "
          "x.source = ?3 AND {}",
          column.rows.now, column.rows.school, column.rows.kind, filled("x", column)));
      left.with(emptied.school, emptied.kind, source()).step();
      emptied.left = left.integer(0);
      difference_.judgement.emptied.push_back(std::move(emptied));
    }
  }
  auto rows = connection_.query(addresses_lost);
  rows.with(import_, guard_floor, source());
  while (rows.step()) {
    const auto name = rows.view(2) == "email" ? std::string("e-mail address") : rows.text(3) + " number";
    difference_.judgement.emptied.push_back(
        {rows.text(0), rows.text(1), name, rows.integer(4), rows.integer(5)});
  }
}

/// `--additions-only`: what the set no longer has stays, and whoever it belongs to is looked at anew next
/// time.
void IntakeApply::let_stay(const char* people, const char* table) {
  if (gone_ == GoneRows::leave) return;
  connection_.execute(
      fmt::format("UPDATE person SET fingerprint = 0 WHERE fingerprint <> 0 AND id IN (SELECT id FROM "
                  "staged_person) AND id IN ({})",
                  people));
  connection_.execute(fmt::format("DELETE FROM {}", table));
}

}  // namespace crier::store
