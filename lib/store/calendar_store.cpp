#include "store/calendar_store.hpp"

namespace crier::store {
namespace {

std::vector<Holiday> rows_of(Query& rows) {
  std::vector<Holiday> all;
  while (rows.step()) {
    all.push_back({rows.integer(0), rows.maybe_integer(1), parse_date(rows.view(2)).value_or(Date{}),
                   parse_date(rows.view(3)).value_or(Date{}), rows.text(4), rows.text(5)});
  }
  return all;
}

}  // namespace

std::vector<Holiday> holidays(Connection& connection, std::optional<Date> from,
                              std::optional<std::int64_t> school) {
  auto rows = connection.query(R"sql(
SELECT holiday.id, holiday.school, holiday.first_day, holiday.last_day, holiday.reason, coalesce(source.name, '')
FROM holiday LEFT JOIN source ON source.id = holiday.source
WHERE holiday.last_day >= ?1 AND (?2 IS NULL OR holiday.school IS NULL OR holiday.school = ?2)
ORDER BY holiday.first_day, holiday.last_day, holiday.id)sql");
  const auto day = from ? to_iso(*from) : std::string();
  rows.with(day, school);
  return rows_of(rows);
}

std::optional<Holiday> holiday(Connection& connection, std::int64_t id) {
  auto rows = connection.query(R"sql(
SELECT holiday.id, holiday.school, holiday.first_day, holiday.last_day, holiday.reason, coalesce(source.name, '')
FROM holiday LEFT JOIN source ON source.id = holiday.source
WHERE holiday.id = ?1 ORDER BY holiday.id)sql");
  rows.with(id);
  auto found = rows_of(rows);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<Holiday> holidays_of_source(Connection& connection, std::int64_t source,
                                        std::optional<std::int64_t> school, Date from) {
  auto rows = connection.query(R"sql(
SELECT holiday.id, holiday.school, holiday.first_day, holiday.last_day, holiday.reason, source.name
FROM holiday JOIN source ON source.id = holiday.source
WHERE holiday.source = ?1 AND holiday.school IS ?2 AND holiday.last_day >= ?3 ORDER BY holiday.id)sql");
  const auto day = to_iso(from);
  rows.with(source, school, day);
  return rows_of(rows);
}

std::int64_t insert_holiday(Connection& connection, const Holiday& holiday, Instant now,
                            std::optional<std::int64_t> source) {
  const auto first = to_iso(holiday.first);
  const auto last = to_iso(holiday.last);
  connection
      .query(
          "INSERT INTO holiday (school, first_day, last_day, reason, source, source_id, created) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
      .with(holiday.school, first, last, holiday.reason, source, holiday.source_id, to_millis(now))
      .run();
  return connection.last_id();
}

bool remove_holiday(Connection& connection, std::int64_t id) {
  return connection.query("DELETE FROM holiday WHERE id = ?1").with(id).run() > 0;
}

}  // namespace crier::store
