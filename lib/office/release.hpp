// The second working out (A5): what was held, for quiet hours, a time of its own, an approval or a daily cap,
// is worked out again when it is let go. Who is gone or may no longer hear is cancelled, who is new is added,
// addresses, words and a notice's facts are those of now; what is of no use any more is cancelled as too late
// (M5). The way of the data, between message and job. Called by whoever works the queue.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "office/office.hpp"

namespace crier::office {

struct Released {
  std::int64_t let_go = 0;
  std::int64_t added = 0;
  std::int64_t cancelled = 0;
  std::int64_t too_late = 0;
};

/// Everything whose time has come by `upto`, a transaction a job; `between` is called between jobs.
Released release_due(const Office& office, Instant upto, const std::function<void()>& between = {});

/// When to look again, if anything is held.
std::optional<Instant> next_release(const Office& office);

}  // namespace crier::office
