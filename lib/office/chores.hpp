// What a schedule does that is no message and may take long: the import of a source (T5, I13). An import is
// all or nothing, and once more changes nothing, so a chore that was broken off is simply done again;
// office/due_runs decides when, and records it.
#pragma once

#include <functional>
#include <string>

#include "config/schedule_file.hpp"
#include "office/office.hpp"

namespace crier::office {

/// Whether schedules of a kind are chores.
bool is_chore(config::NoticeKind kind);

/// Called now and then while something takes long: whether to go on. What it throws ends the work too.
using Between = std::function<bool()>;

/// Thrown where a chore was told not to go on: what it has done so far is whole, and the rest is done the
/// next time.
struct ChoreStopped {};

/// Does it now. Returns what came of it, a line for people. Throws ChoreStopped, and Error where nothing was
/// done, with the code "import-running" where another import is under way.
std::string do_chore(const Office& office, const config::Schedule& schedule, const Between& between);

/// Throws what `do_chore` would for one that can never be done.
void check_chore(const Office& office, const config::Schedule& schedule);

}  // namespace crier::office
