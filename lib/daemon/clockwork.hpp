// A store worked on a clock that leaps from one thing to do to the next: the real schedules, releases and
// engine, a year of a school in seconds. For rehearsals (daemon/rehearsal) and for the test that compares a
// year with crashes to one without (tests/crash/year).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "office/due_runs.hpp"
#include "store/connection.hpp"

namespace crier::daemon {

class Clockwork {
 public:
  /// Takes the store's lease; the clock stands where it was put. Throws as a daemon does.
  Clockwork(store::Connection& store, const config::Settings& settings, FixedClock& clock, std::string actor);
  ~Clockwork();
  Clockwork(const Clockwork&) = delete;
  Clockwork& operator=(const Clockwork&) = delete;

  /// All that is due at the clock's time: schedules, what was held, retries, the queue.
  void work();
  /// When there is something to do again, after the clock's time; nothing where nothing is to come.
  std::optional<Instant> next() const;
  /// Works from the clock's time until `upto`, leaping; `moved` is told each time of the clock.
  void work_until(Instant upto, const std::function<void(Instant)>& moved = {});

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

/// The settings with every channel that has a gateway replaced by an outbox in that folder.
config::Settings into_outbox(config::Settings settings, const std::filesystem::path& folder);

}  // namespace crier::daemon
