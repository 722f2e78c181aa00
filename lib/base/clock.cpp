#include "base/clock.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/error.hpp"
#include "base/os.hpp"

namespace crier {

Instant SystemClock::now() const {
  return std::chrono::floor<Millis>(std::chrono::system_clock::now());
}

Instant ShiftedClock::now() const {
  return SystemClock().now() + offset_;
}

std::string rehearsal_mark() {
  const auto clock = os::environment("CRIER_CLOCK");
  return clock ? fmt::format(" [CRIER_CLOCK={}]", *clock) : std::string();
}

ShiftedClock clock_from_setting(std::string_view setting) {
  if (const auto at = parse_rfc3339(setting)) return ShiftedClock(*at - SystemClock().now());
  if (setting.size() >= 3 && (setting.front() == '+' || setting.front() == '-')) {
    std::int64_t amount = 0;
    const auto* last = setting.data() + setting.size() - 1;
    const auto read = std::from_chars(setting.data() + 1, last, amount);
    Millis unit{0};
    switch (setting.back()) {
      case 's':
        unit = std::chrono::seconds(1);
        break;
      case 'm':
        unit = std::chrono::minutes(1);
        break;
      case 'h':
        unit = std::chrono::hours(1);
        break;
      case 'd':
        unit = std::chrono::hours(24);
        break;
      default:
        break;
    }
    constexpr std::int64_t hundred_years_of_seconds = 100LL * 366 * 86400;
    if (read.ec == std::errc() && read.ptr == last && unit.count() > 0 && amount >= 0 &&
        amount <= hundred_years_of_seconds * 1000 / unit.count()) {
      const auto offset = unit * amount;
      return ShiftedClock(setting.front() == '-' ? -offset : offset);
    }
  }
  throw Error(Exit::usage, "bad-clock", fmt::format("CRIER_CLOCK is not a time: '{}'", setting),
              "Write an RFC 3339 time (2026-11-25T08:00:00Z) or an offset such as +36h or -86400s.");
}

}  // namespace crier
