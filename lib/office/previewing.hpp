// What schedules would do (T1): the real runs on a clock of their own, in a copy of the store.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "model/channel.hpp"
#include "office/office.hpp"

namespace crier::office {

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

}  // namespace crier::office
