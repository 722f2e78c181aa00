// Schedules as acts (T1–T4, T6): a run is one transaction of occurrence, ledger, message and jobs, whoever
// starts it, so that nothing is told twice and nothing twice for one occurrence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "config/schedule_file.hpp"
#include "office/office.hpp"
#include "office/sending.hpp"
#include "store/schedule_store.hpp"

namespace crier::office {

/// The schedules beside the settings file.
config::ScheduleFolder schedules(const Office& office);
/// Throws Error(nothing_there) with the nearest name; Error(usage) where its file is broken.
config::Schedule find_schedule(const Office& office, std::string_view name);

/// What is wrong with schedules beyond their files: unknown schools, expressions that cannot be read, …
struct ScheduleFinding {
  std::string schedule;
  std::string file;
  /// Empty: it is good.
  std::string message;
  std::string hint;
};
std::vector<ScheduleFinding> check_schedules(const Office& office);

struct ScheduleLine {
  config::Schedule schedule;
  std::string school;
  std::string zone;
  std::optional<Instant> next;
  std::optional<Instant> last;
  std::string last_outcome;
  /// Why it cannot run, with what to do; else empty.
  std::string fault;
};
std::vector<ScheduleLine> list_schedules(const Office& office);

/// `crier schedule show`: one schedule with the times to come and the runs behind it.
struct ScheduleStory {
  ScheduleLine line;
  /// The next times, none of a schedule that is not enabled.
  std::vector<Instant> next;
  /// Latest first.
  std::vector<store::OccurrenceRow> runs;
};
ScheduleStory show_schedule(const Office& office, std::string_view name);

enum class Switch { on, off };
/// Writes `enabled` into the schedule's file, whose other lines stay as they are. False where it said so
/// already. Throws as `find_schedule` does, Error(store) where the file cannot be written.
bool switch_schedule(const Office& office, std::string_view name, Switch to);

struct RunAnswer {
  std::string schedule;
  /// None where there was nothing to tell.
  std::optional<SendAnswer> sent;
  /// Of a chore: what came of it.
  std::string done = {};
};
/// `crier schedule run`: now, by hand; queues as `send` does.
/// Throws what a chore throws.
RunAnswer run_schedule(const Office& office, const config::Schedule& schedule);

}  // namespace crier::office
