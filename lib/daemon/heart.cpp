#include "daemon/heart.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/os_service.hpp"

namespace crier::daemon {
namespace {

using Steady = std::chrono::steady_clock;

/// Well within what /healthz takes for a loop that hangs.
constexpr std::chrono::milliseconds longest_pause{20000};

}  // namespace

Heart::Heart(std::int64_t fence) {
  beat_.fence = fence;
  // Half of the manager's patience, as sd_watchdog_enabled(3) advises.
  if (const auto patience = os::watchdog_patience()) told_every_ = *patience / 2;
  show();
}

void Heart::show() {
  beat_.at = Steady::now();
  pulse_.beat(beat_);
}

void Heart::ready(const std::string& store) {
  os::tell_service_manager(fmt::format("READY=1\nSTATUS=works {}", store));
}

void Heart::beat(const delivery::Engine::Counts& counts) {
  beat_.complete = counts.complete;
  beat_.failed = counts.failed;
  show();
  // A loop that turns often does not tell each time; one that may sleep so long tells before it does.
  if (!told_every_ || Steady::now() < told_at_ + *told_every_ / 2) return;
  told_at_ = Steady::now();
  os::tell_service_manager("WATCHDOG=1");
}

Steady::time_point Heart::next_beat() const {
  return Steady::now() + std::min(longest_pause, told_every_.value_or(longest_pause));
}

bool Heart::suffer(const std::string& code) {
  const bool news = beat_.trouble.empty();
  beat_.trouble = code;
  if (news) os::tell_service_manager(fmt::format("STATUS=the store cannot be written: {}", code));
  return news;
}

bool Heart::recover() {
  const bool news = !beat_.trouble.empty();
  beat_.trouble.clear();
  if (news) os::tell_service_manager("STATUS=the store can be written again");
  return news;
}

void Heart::stop(std::size_t under_way) {
  beat_.stopping = true;
  show();
  os::tell_service_manager(fmt::format("STOPPING=1\nSTATUS=stopping: {} under way", under_way));
}

void Heart::reload() {
  beat_.stopping = true;
  show();
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now().time_since_epoch());
  os::tell_service_manager(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.count()));
}

}  // namespace crier::daemon
