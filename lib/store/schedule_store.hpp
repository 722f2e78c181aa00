// What the store knows of schedules: when each was first seen, up to when its times are settled, and its
// occurrences, each of which is produced once (T6). When a schedule is due is schedule/occurrence's; the act
// that runs one is office's. The caller holds the transaction in functions that change something.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/connection.hpp"

namespace crier::store {

struct ScheduleSeen {
  std::string name;
  Instant first_seen{};
  /// Every time up to here is settled: run, late or skipped.
  Instant settled_until{};
};

/// The schedule's row, made where it is seen for the first time: then all up to `now` is settled, for what
/// lay before is not 'missed' (interface.md, "Schedules").
ScheduleSeen see_schedule(Connection& connection, std::string_view name, Instant now);
std::optional<ScheduleSeen> schedule_seen(Connection& connection, std::string_view name);
/// Only ever forward: a clock that was set back settles nothing anew.
void settle_schedule(Connection& connection, std::string_view name, Instant until);
/// A clock that stood far ahead for a while has settled times that are still to come: back to `until`.
void unsettle_schedule(Connection& connection, std::string_view name, Instant until);

enum class OccurrenceOutcome { on_time, late, skipped, by_hand, empty, failed };
std::string_view to_text(OccurrenceOutcome outcome);

struct OccurrenceRow {
  std::int64_t id = 0;
  std::string schedule;
  /// As scheduled, on the school's wall clock; with the zone's name its identity.
  LocalTime local{};
  std::string zone;
  Instant at{};
  Instant ran{};
  OccurrenceOutcome outcome = OccurrenceOutcome::on_time;
  /// How many earlier times were missed and are settled by this one.
  std::int64_t missed = 0;
  std::optional<std::int64_t> message;
};

/// Its id, or nothing where this schedule has run for this wall time already: then nothing may be produced.
std::optional<std::int64_t> insert_occurrence(Connection& connection, const OccurrenceRow& occurrence);
/// What an occurrence has made: each row then names the other.
void link_message(Connection& connection, std::int64_t occurrence, std::int64_t message);
void set_outcome(Connection& connection, std::int64_t occurrence, OccurrenceOutcome outcome);

std::optional<OccurrenceRow> occurrence(Connection& connection, std::int64_t id);

/// The last run of each schedule, skipped ones too, by name.
std::vector<OccurrenceRow> last_occurrences(Connection& connection);
/// Of one schedule, latest first.
std::vector<OccurrenceRow> occurrences(Connection& connection, std::string_view schedule, std::int64_t limit);
/// Of all schedules: those that ran in [from, to), in order.
std::vector<OccurrenceRow> occurrences_ran(Connection& connection, Instant from, Instant to);

}  // namespace crier::store
