#include "store/gradebook_store.hpp"

#include <algorithm>

#include "store/json_list.hpp"

namespace crier::store {
namespace {

/// Both questions start from the work that was due in the window: few rows, found by date, whose marks are
/// read together; `+` keeps the pupils from being looked up one by one for each of them. `ends` is the first
/// day after (I1).
// ?1 pupils, ?2 begin, ?3 end, ?4 school, ?5 today
constexpr std::string_view missing_sql = R"sql(
WITH work AS (
  SELECT assignment.id, assignment.roster_group, assignment.title, assignment.due, assignment.points,
    assignment.source, roster_group.name, roster_group.name_folded
  FROM assignment JOIN roster_group ON roster_group.id = assignment.roster_group
  WHERE assignment.due BETWEEN ?2 AND ?3 AND assignment.live = 1
    AND roster_group.school = ?4 AND roster_group.active = 1),
missing AS (
  SELECT mark.pupil, work.id, work.name_folded, work.name, work.title, work.due, max(mark.score) AS score,
    work.points
  FROM work JOIN mark ON mark.assignment = work.id
  WHERE +mark.pupil IN (SELECT value FROM json_each(?1))
    AND EXISTS (SELECT 1 FROM membership
                WHERE membership.roster_group = work.roster_group AND membership.person = mark.pupil
                  AND membership.role = 'pupil' AND (membership.begins = '' OR membership.begins <= ?5)
                  AND (membership.ends = '' OR membership.ends > ?5))
  GROUP BY mark.pupil, work.id, work.name_folded, work.name, work.title, work.due, work.points
  HAVING max(CASE WHEN mark.status = 'not-submitted' OR mark.missing = 1 THEN 1 ELSE 0 END) = 1
    AND max(CASE WHEN mark.status = 'exempt'
                   OR mark.status IN ('graded', 'partial', 'submitted') AND mark.missing = 0
                 THEN 1 ELSE 0 END) = 0
  UNION ALL
  SELECT DISTINCT membership.person, work.id, work.name_folded, work.name, work.title, work.due, NULL,
    work.points
  FROM work JOIN source ON source.id = work.source
  JOIN membership ON membership.roster_group = work.roster_group
  WHERE source.name IN (SELECT value FROM json_each(?6))
    AND membership.person IN (SELECT value FROM json_each(?1))
    AND membership.role = 'pupil' AND membership.begins <= work.due
    AND (membership.ends = '' OR membership.ends > ?5)
    AND NOT EXISTS (SELECT 1 FROM mark WHERE mark.assignment = work.id AND mark.pupil = membership.person))
SELECT pupil, id, title, name, due, score, points FROM missing
ORDER BY pupil, name_folded, name, due, title, id)sql";

// ?1 pupils, ?2 begin, ?3 end, ?4 school, ?5 today, ?6 failing percentage
constexpr std::string_view failing_sql = R"sql(
SELECT mark.pupil, work.id, work.title, roster_group.name, work.due, max(mark.score), work.points
FROM assignment work JOIN roster_group ON roster_group.id = work.roster_group
JOIN mark ON mark.assignment = work.id
WHERE work.due BETWEEN ?2 AND ?3 AND work.live = 1 AND work.points > 0
  AND roster_group.school = ?4 AND roster_group.active = 1
  AND +mark.pupil IN (SELECT value FROM json_each(?1)) AND mark.status IN ('graded', 'exempt')
  AND EXISTS (SELECT 1 FROM membership
              WHERE membership.roster_group = work.roster_group AND membership.person = mark.pupil
                AND membership.role = 'pupil' AND (membership.begins = '' OR membership.begins <= ?5)
                AND (membership.ends = '' OR membership.ends > ?5))
GROUP BY mark.pupil, work.id, work.title, roster_group.name, roster_group.name_folded, work.due, work.points
HAVING max(mark.score) * 100 < ?6 * work.points
  AND max(CASE WHEN mark.status = 'exempt' THEN 1 ELSE 0 END) = 0
ORDER BY mark.pupil, roster_group.name_folded, roster_group.name, work.due, work.title, work.id)sql";

std::vector<Finding> rows_of(Query& rows) {
  std::vector<Finding> found;
  while (rows.step()) {
    found.push_back({rows.integer(0), rows.integer(1), rows.text(2), rows.text(3),
                     parse_date(rows.view(4)).value_or(Date{}), rows.maybe_real(5), rows.maybe_real(6)});
  }
  return found;
}

/// What is due today is not late yet.
std::string last_day(const FindingRequest& request) {
  const auto yesterday = Date(std::chrono::sys_days(request.today) - std::chrono::days(1));
  return to_iso(std::min(request.end, yesterday));
}

}  // namespace

std::vector<Finding> missing_work(Connection& connection, const FindingRequest& request,
                                  std::span<const std::string> silence_is_missing) {
  const auto pupils = json_list(request.pupils);
  const auto begin = to_iso(request.begin);
  const auto end = last_day(request);
  const auto today = to_iso(request.today);
  const auto sources = json_list(silence_is_missing);
  auto rows = connection.query(missing_sql);
  rows.with(pupils, begin, end, request.school, today, sources);
  return rows_of(rows);
}

std::vector<Finding> failing_work(Connection& connection, const FindingRequest& request,
                                  double failing_percent) {
  const auto pupils = json_list(request.pupils);
  const auto begin = to_iso(request.begin);
  const auto end = last_day(request);
  const auto today = to_iso(request.today);
  auto rows = connection.query(failing_sql);
  rows.with(pupils, begin, end, request.school, today, failing_percent);
  return rows_of(rows);
}

}  // namespace crier::store
