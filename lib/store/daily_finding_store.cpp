#include "store/daily_finding_store.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "store/json_list.hpp"
#include "store/retention_store.hpp"

namespace crier::store {
namespace {

/// The number of a day in the ledger.
std::int64_t day_number(Date day) {
  return std::chrono::sys_days(day).time_since_epoch().count();
}

/// The number of a row that comes and goes, in the ledger (T4): FNV-1a over its source and the source's id,
/// so that the same thing has the same number in every export, and no other's after it has gone.
std::int64_t lasting_number(std::string_view source, std::string_view source_id) {
  std::uint64_t hash = 14695981039346656037ULL;
  const auto mix = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    hash = (hash ^ 0xffU) * 1099511628211ULL;
  };
  mix(source);
  mix(source_id);
  return static_cast<std::int64_t>(hash >> 1);
}

}  // namespace

std::vector<Finding> absences(Connection& connection, const FindingRequest& request, AbsenceScope scope) {
  const auto pupils = json_list(request.pupils);
  const auto begin = to_iso(request.begin);
  const auto end = to_iso(request.end);
  auto rows = connection.query(R"sql(
SELECT DISTINCT attendance.pupil, attendance.day, attendance.session FROM attendance
WHERE attendance.day BETWEEN ?2 AND ?3 AND attendance.absent = 1 AND (?4 = 1 OR attendance.explained = 0)
  AND +attendance.pupil IN (SELECT value FROM json_each(?1))
ORDER BY attendance.pupil, attendance.day, attendance.session)sql");
  rows.with(pupils, begin, end, scope == AbsenceScope::all ? 1 : 0);
  std::vector<Finding> found;
  while (rows.step()) {
    const auto pupil = rows.integer(0);
    const auto day = parse_date(rows.view(1)).value_or(Date{});
    if (found.empty() || found.back().pupil != pupil || found.back().day != day) {
      found.push_back({pupil, day_number(day), "", "", day, {}, {}});
    }
    const auto session = rows.view(2);
    if (session.empty()) continue;
    auto& title = found.back().title;
    if (!title.empty()) title += ", ";
    title += session;
  }
  return found;
}

std::vector<Finding> absences_taken_back(Connection& connection, const FindingRequest& request,
                                         std::string_view told_as) {
  const auto pupils = json_list(request.pupils);
  auto rows = connection.query(R"sql(
SELECT DISTINCT told.pupil, told.finding FROM told
WHERE told.notice = ?2 AND told.finding BETWEEN ?3 AND ?4
  AND told.finding >= ?5
  AND told.pupil IN (SELECT value FROM json_each(?1))
ORDER BY told.pupil, told.finding)sql");
  // A mark that was let go (P1) was not taken back: only where all are still there does one that is missing
  // tell.
  const auto whole = whole_from(connection, DataKind::attendance);
  const auto first_whole =
      whole ? std::chrono::ceil<std::chrono::days>(*whole).time_since_epoch().count() + 1 : 0;
  rows.with(pupils, told_as, day_number(request.begin), day_number(request.end),
            static_cast<std::int64_t>(first_whole));
  const auto standing = absences(connection, request, AbsenceScope::all);
  std::vector<Finding> found;
  while (rows.step()) {
    const auto pupil = rows.integer(0);
    const auto number = rows.integer(1);
    const bool stands = std::any_of(standing.begin(), standing.end(), [&](const Finding& one) {
      return one.pupil == pupil && one.id == number;
    });
    if (stands) continue;
    found.push_back({pupil, number, "", "", Date(std::chrono::sys_days(std::chrono::days(number))), {}, {}});
  }
  return found;
}

std::vector<Finding> incidents(Connection& connection, const FindingRequest& request,
                               std::span<const std::string> kinds) {
  const auto pupils = json_list(request.pupils);
  const auto begin = to_iso(request.begin);
  const auto end = to_iso(request.end);
  auto rows = connection.query(R"sql(
SELECT behaviour.pupil, source.name, behaviour.note, behaviour.kind, behaviour.day, behaviour.points, behaviour.source_id
FROM behaviour CROSS JOIN source
WHERE source.id = behaviour.source AND behaviour.day BETWEEN ?2 AND ?3 AND +behaviour.pupil IN (SELECT value FROM json_each(?1))
ORDER BY behaviour.pupil, behaviour.day, behaviour.id)sql");
  rows.with(pupils, begin, end);
  std::vector<Finding> found;
  while (rows.step()) {
    const auto kind = rows.text(3);
    if (!kinds.empty() && std::find(kinds.begin(), kinds.end(), fold(kind)) == kinds.end()) continue;
    Finding one{rows.integer(0),
                lasting_number(rows.view(1), rows.view(6)),
                rows.text(2),
                "",
                parse_date(rows.view(4)).value_or(Date{}),
                {},
                {}};
    one.title = one.title.empty() ? kind : kind.empty() ? one.title : kind + ": " + one.title;
    if (!rows.is_null(5)) one.points = static_cast<double>(rows.integer(5));
    found.push_back(std::move(one));
  }
  return found;
}

std::vector<Finding> payments_due(Connection& connection, const FindingRequest& request) {
  const auto pupils = json_list(request.pupils);
  const auto begin = to_iso(request.begin);
  const auto end = to_iso(request.end);
  auto rows = connection.query(R"sql(
SELECT payment.pupil, source.name, payment.item, payment.contract, payment.due, payment.amount, payment.currency,
  payment.source_id
FROM payment CROSS JOIN source
WHERE source.id = payment.source AND payment.paid = 0 AND payment.due BETWEEN ?2 AND ?3
  AND +payment.pupil IN (SELECT value FROM json_each(?1))
ORDER BY payment.pupil, payment.contract, payment.due, payment.item, payment.id)sql");
  rows.with(pupils, begin, end);
  std::vector<Finding> found;
  while (rows.step()) {
    Finding one{rows.integer(0),
                lasting_number(rows.view(1), rows.view(7)),
                rows.text(2),
                rows.text(3),
                parse_date(rows.view(4)).value_or(Date{}),
                {},
                {}};
    one.amount = rows.integer(5);
    one.currency = rows.text(6);
    found.push_back(std::move(one));
  }
  return found;
}

std::vector<Finding> birthdays(Connection& connection, const FindingRequest& request) {
  const auto pupils = json_list(request.pupils);
  auto rows = connection.query(R"sql(
SELECT person.id, person.birth_date FROM json_each(?1) AS pupils CROSS JOIN person
WHERE person.id = pupils.value AND person.birth_date <> '' ORDER BY person.id)sql");
  rows.with(pupils);
  std::vector<Finding> found;
  while (rows.step()) {
    const auto born = parse_date(rows.view(1));
    if (!born) continue;
    for (auto day = std::chrono::sys_days(request.begin); day <= std::chrono::sys_days(request.end);
         day += std::chrono::days(1)) {
      const Date date(day);
      const bool leap_child = born->month() == std::chrono::February && born->day() == std::chrono::day(29) &&
                              !date.year().is_leap();
      const auto feast = leap_child ? std::chrono::day(28) : born->day();
      if (date.month() != born->month() || date.day() != feast || date.year() <= born->year()) continue;
      Finding one{rows.integer(0), static_cast<int>(date.year()), "", "", date, {}, {}};
      one.points = static_cast<int>(date.year()) - static_cast<int>(born->year());
      found.push_back(std::move(one));
    }
  }
  return found;
}

}  // namespace crier::store
