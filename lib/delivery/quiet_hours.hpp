// Quiet hours (D3): whether a message may leave at an instant, and when it next may, by the wall of the
// school's zone and right across clock changes. Pure: plan and dispatch ask, and know which hours and
// holidays count.
#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "base/instant.hpp"
#include "base/zone.hpp"
#include "config/settings.hpp"

namespace crier::delivery {

/// How far ahead an opening is looked for; none so near is an error for whoever asks (D3).
inline constexpr std::chrono::days opening_horizon{60};

/// Whether the wall's time lies in a window: [from, to), a window over midnight belonging to the day on which
/// it starts. No window starts on a holiday, unless the hours send on holidays. In a repeated wall hour the
/// wall's time decides both times.
bool open_at(const config::QuietHours& hours, const Zone& zone, Instant at,
             std::span<const Date> holidays = {});

/// `from` itself where it is open, else the next opening; nothing where there is none within the horizon. A
/// window that would start in the gap of a clock change opens at the gap's end.
std::optional<Instant> next_opening(const config::QuietHours& hours, const Zone& zone,
                                    std::span<const Date> holidays, Instant from);

/// `from` itself where it is closed, else when it closes; nothing where it stays open over the horizon.
std::optional<Instant> closes_at(const config::QuietHours& hours, const Zone& zone,
                                 std::span<const Date> holidays, Instant from);

/// One school's or channel's hours, all alive as long as the question.
struct OpeningRule {
  const config::QuietHours* hours;
  const Zone* zone;
  std::span<const Date> holidays;
};

/// The first instant from `from` on at which all of them are open: a guardian with children in two schools
/// hears by the stricter.
std::optional<Instant> next_common_opening(std::span<const OpeningRule> rules, Instant from);

}  // namespace crier::delivery
