// Schedules as acts (T1–T4, T6): a run is one transaction of occurrence, ledger, message and jobs, whoever
// starts it, so that nothing is told twice and nothing twice for one occurrence.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "config/schedule_file.hpp"
#include "model/channel.hpp"
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
};
/// `crier schedule run`: now, by hand; queues as `send` does.
RunAnswer run_schedule(const Office& office, const config::Schedule& schedule);

struct PreviewRun {
  std::string schedule;
  Instant at{};
  std::string local;
  std::string kind;
  std::map<Channel, std::int64_t> messages;
  /// When they would leave; the run itself where nothing would.
  Instant sends_at{};
};
/// What would run in [from, upto), worked out on the roster as it is now.
std::vector<PreviewRun> preview_schedules(const Office& office, Instant from, Instant upto);

struct DueRuns {
  std::int64_t ran = 0;
  std::int64_t failed = 0;
};
/// `between` is called between schedules: whoever holds a lease renews it there. Everything that is due: each
/// occurrence once; missed ones once, late, or skipped, as the schedule says (T6).
DueRuns run_due_schedules(const Office& office, const std::function<void()>& between = {});

/// Schedules with times that were not worked and would be at the next look, the last of each; nothing is
/// changed.
struct MissedRun {
  std::string schedule;
  Instant at{};
  /// `run-late` or `skip`.
  std::string missed;
};
std::vector<MissedRun> missed_runs(const Office& office);
/// They are not worked any more. The caller holds the transaction.
void settle_missed_runs(const Office& office);

/// When to look again: the next occurrence, a minute at most (files change).
Instant next_schedule(const Office& office);

}  // namespace crier::office
