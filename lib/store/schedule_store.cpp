#include "store/schedule_store.hpp"

#include <fmt/format.h>

#include <array>

#include "base/error.hpp"

namespace crier::store {
namespace {

OccurrenceOutcome parse_outcome(std::string_view word) {
  using enum OccurrenceOutcome;
  for (const auto outcome : {on_time, late, skipped, by_hand, empty, failed}) {
    if (to_text(outcome) == word) return outcome;
  }
  throw Error(Exit::store, "damaged-store",
              fmt::format("the store holds an unknown outcome of a schedule '{}'", word),
              "Run 'crier store check'.");
}

std::vector<OccurrenceRow> rows_of(Query& rows) {
  std::vector<OccurrenceRow> found;
  while (rows.step()) {
    OccurrenceRow row;
    row.id = rows.integer(0);
    row.schedule = rows.text(1);
    row.local = parse_local(rows.view(2)).value_or(LocalTime{});
    row.zone = rows.text(3);
    row.at = from_millis(rows.integer(4));
    row.ran = from_millis(rows.integer(5));
    row.outcome = parse_outcome(rows.view(6));
    row.missed = rows.integer(7);
    row.message = rows.maybe_integer(8);
    found.push_back(std::move(row));
  }
  return found;
}

}  // namespace

std::string_view to_text(OccurrenceOutcome outcome) {
  switch (outcome) {
    case OccurrenceOutcome::on_time:
      return "on-time";
    case OccurrenceOutcome::late:
      return "late";
    case OccurrenceOutcome::skipped:
      return "skipped";
    case OccurrenceOutcome::by_hand:
      return "by-hand";
    case OccurrenceOutcome::empty:
      return "empty";
    case OccurrenceOutcome::failed:
      return "failed";
  }
  return "";
}

ScheduleSeen see_schedule(Connection& connection, std::string_view name, Instant now) {
  connection
      .query(
          "INSERT INTO schedule_seen (name, first_seen, settled_until) VALUES (?1, ?2, ?2) "
          "ON CONFLICT (name) DO NOTHING")
      .with(name, to_millis(now))
      .run();
  return schedule_seen(connection, name).value();
}

std::optional<ScheduleSeen> schedule_seen(Connection& connection, std::string_view name) {
  auto found = connection.query("SELECT name, first_seen, settled_until FROM schedule_seen WHERE name = ?1");
  found.with(name);
  if (!found.step()) return std::nullopt;
  return ScheduleSeen{found.text(0), from_millis(found.integer(1)), from_millis(found.integer(2))};
}

void settle_schedule(Connection& connection, std::string_view name, Instant until) {
  connection.query("UPDATE schedule_seen SET settled_until = ?2 WHERE name = ?1 AND settled_until < ?2")
      .with(name, to_millis(until))
      .run();
}

std::optional<std::int64_t> insert_occurrence(Connection& connection, const OccurrenceRow& occurrence) {
  const auto local = to_iso(occurrence.local);
  auto insert = connection.query(
      "INSERT INTO occurrence (schedule, local_time, zone, at, ran, outcome, missed, message) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (schedule, local_time, zone) DO NOTHING RETURNING "
      "id");
  insert.with(occurrence.schedule, local, occurrence.zone, to_millis(occurrence.at),
              to_millis(occurrence.ran), to_text(occurrence.outcome), occurrence.missed, occurrence.message);
  if (!insert.step()) return std::nullopt;
  return insert.integer(0);
}

void link_message(Connection& connection, std::int64_t occurrence, std::int64_t message) {
  connection.query("UPDATE occurrence SET message = ?2 WHERE id = ?1").with(occurrence, message).run();
  connection.query("UPDATE message SET occurrence = ?1 WHERE id = ?2").with(occurrence, message).run();
}

void set_outcome(Connection& connection, std::int64_t occurrence, OccurrenceOutcome outcome) {
  connection.query("UPDATE occurrence SET outcome = ?2 WHERE id = ?1")
      .with(occurrence, to_text(outcome))
      .run();
}

std::vector<OccurrenceRow> last_occurrences(Connection& connection) {
  auto rows = connection.query(R"sql(
SELECT id, schedule, local_time, zone, at, ran, outcome, missed, message
FROM (SELECT id, schedule, local_time, zone, at, ran, outcome, missed, message,
        row_number() OVER (PARTITION BY schedule ORDER BY ran DESC, id DESC) AS place
      FROM occurrence) latest
WHERE place = 1 ORDER BY schedule)sql");
  return rows_of(rows);
}

std::optional<OccurrenceRow> occurrence(Connection& connection, std::int64_t id) {
  auto rows = connection.query(
      "SELECT id, schedule, local_time, zone, at, ran, outcome, missed, message FROM occurrence "
      "WHERE id = ?1 ORDER BY id");
  rows.with(id);
  auto found = rows_of(rows);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<OccurrenceRow> occurrences(Connection& connection, std::string_view schedule,
                                       std::int64_t limit) {
  auto rows = connection.query(
      "SELECT id, schedule, local_time, zone, at, ran, outcome, missed, message FROM occurrence "
      "WHERE schedule = ?1 ORDER BY ran DESC, id DESC LIMIT ?2");
  rows.with(schedule, limit);
  return rows_of(rows);
}

std::vector<OccurrenceRow> occurrences_ran(Connection& connection, Instant from, Instant to) {
  auto rows = connection.query(
      "SELECT id, schedule, local_time, zone, at, ran, outcome, missed, message FROM occurrence "
      "WHERE ran >= ?1 AND ran < ?2 ORDER BY ran, id");
  rows.with(to_millis(from), to_millis(to));
  return rows_of(rows);
}

void unsettle_schedule(Connection& connection, std::string_view name, Instant until) {
  connection.query("UPDATE schedule_seen SET settled_until = ?2 WHERE name = ?1 AND settled_until > ?2")
      .with(name, to_millis(until))
      .run();
}

}  // namespace crier::store
