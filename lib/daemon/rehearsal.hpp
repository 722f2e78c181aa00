// `crier daemon --rehearse`: the days to come, worked now: the real schedules, quiet hours, releases and
// renderings in a copy of the store, on a clock that leaps, with every gateway replaced by files on disk
// (T1).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "model/channel.hpp"
#include "office/office.hpp"
#include "store/schedule_store.hpp"

namespace crier::daemon {

struct RehearsedRun {
  store::OccurrenceRow occurrence;
  /// The schedule's kind; empty where its file is not there any more.
  std::string kind;
  std::map<Channel, std::int64_t> messages;
  std::int64_t complete = 0;
  std::int64_t failed = 0;
  std::int64_t cancelled = 0;
  /// Not gone when the rehearsal ended: held, awaiting approval, waiting for another try.
  std::int64_t left = 0;
  /// When the last of it went; none where nothing did.
  std::optional<Instant> last_left;
};

struct RehearsalReport {
  Instant from{};
  Instant upto{};
  /// In order of time.
  std::vector<RehearsedRun> runs;
  std::int64_t complete = 0;
  std::int64_t failed = 0;
  /// What the store had queued or held before counts too.
  std::int64_t left = 0;
};

/// From the office's time until `upto`. `into`: where the files go, each channel in a folder of its own, or
/// empty: nowhere. Nothing of the store, its daemon or its gateways is touched. Throws Error(refused_input)
/// where `into` holds something already.
RehearsalReport rehearse(const office::Office& office, Instant upto, const std::filesystem::path& into,
                         const std::function<void(Instant)>& moved);

}  // namespace crier::daemon
