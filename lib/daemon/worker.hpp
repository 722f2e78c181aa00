// Whoever works a store: takes the lease, runs the engine and the schedules until there is a reason to end.
// `crier daemon`, `daemon --once` and `send --wait` are this with different ends.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "model/message.hpp"
#include "store/connection.hpp"

namespace crier::daemon {

struct WorkReport {
  std::int64_t complete = 0;
  std::int64_t failed = 0;
  /// Passing faults: they wait for their next try.
  std::int64_t deferred = 0;
  std::int64_t schedules_run = 0;
  std::int64_t schedules_failed = 0;
  /// It ended because its settings were read again: whoever called it begins anew by them.
  bool begins_anew = false;
};

struct WorkerSetting {
  store::Connection& connection;
  const config::Settings& settings;
  const Clock& clock;
  /// `daemon`, `send --wait`, …: how the lease names its holder.
  std::string name;
  std::string actor;
  /// `crier daemon` alone: where it answers HTTP, if anywhere, and the version that it tells there.
  std::optional<config::ListenAddress> listen = std::nullopt;
  std::string version = {};
  /// Called when somebody asks for the settings to be read again (SIGHUP); true where they are good.
  std::function<bool()> reload = {};
};

/// Whether a living process holds the lease.
bool somebody_works(store::Connection& connection);

/// Throws Error(store, "store-copied") for a store that is a copy and that nobody has adopted (D6). Whoever
/// works asks it first.
void require_workable(const WorkerSetting& setting);

/// `crier daemon`: works until it is told to stop (SIGTERM, SIGINT) or has read its settings again, and tells
/// the service manager that started it, if any, when it is ready, that it lives and that it stops. Throws
/// Error(store) where another holds the lease, or has taken it over, Error(usage) where it cannot listen.
WorkReport work_until_stopped(const WorkerSetting& setting);

/// `daemon --once`: all that is due (schedules, held messages whose time has come, retries, the queue), then
/// ends.
WorkReport work_once(const WorkerSetting& setting);

/// `send --wait`: works the queue until nothing of these jobs can go now, or, where a daemon works the store,
/// watches it do so. `watch` is called with the jobs as they stand, every moment.
WorkReport work_jobs(const WorkerSetting& setting, std::int64_t message,
                     const std::function<void(const std::vector<JobRow>&)>& watch);

}  // namespace crier::daemon
