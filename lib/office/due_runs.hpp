// Whatever schedules are due (T6): each time once, missed ones once, late, or skipped. A notice and a mailed
// report are one transaction with their occurrence; a chore is done first and recorded when it has ended.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "config/schedule_file.hpp"
#include "office/chores.hpp"
#include "office/office.hpp"

namespace crier::office {

struct DueRuns {
  std::int64_t ran = 0;
  std::int64_t failed = 0;
};

/// Who does chores meanwhile, so that sending does not wait for an import (I13). Without one they are done at
/// once, before the notices, which then tell the new data.
class ChoreHand {
 public:
  virtual ~ChoreHand() = default;
  /// False where it is busy: the schedule stays due.
  virtual bool take(const config::Schedule& schedule) = 0;
  /// An import is due and not done: what tells the roster's facts waits for it.
  virtual bool notices_wait() const = 0;
};

/// What a daemon remembers of the files: a schedule whose file was spoilt while it runs goes on as it was
/// (T1).
struct KnownSchedules {
  std::map<std::filesystem::path, config::Schedule> good;
  /// What was last said of a broken file, so that it is said once.
  std::map<std::filesystem::path, std::string> said;
};

struct DueWork {
  /// Called between schedules and while a chore is done: whoever holds a lease renews it there.
  Between between = {};
  ChoreHand* hand = nullptr;
  KnownSchedules* known = nullptr;
};
DueRuns run_due_schedules(const Office& office, const DueWork& work = {});

enum class Doing { all, record_alone };
/// Does a chore and records it, where it is due: on a connection of its own, for an import holds a snapshot
/// open in which the caller's lease could not be renewed. Throws what `between` throws, and Error(store).
DueRuns work_due_chore(const std::filesystem::path& store, const config::Settings& settings,
                       const Clock& clock, const config::Schedule& schedule, const Between& between,
                       Doing doing = Doing::all);

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

/// The next time of any schedule.
std::optional<Instant> next_occurrence(const Office& office, const KnownSchedules& known);
/// When to look again: the next occurrence, a minute at most (files change).
Instant next_schedule(const Office& office, const KnownSchedules& known);

}  // namespace crier::office
