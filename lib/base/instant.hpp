// Points in time and dates, and their written forms. An Instant is UTC with milliseconds, as the store keeps
// it; a LocalTime is a wall clock's reading and means nothing without a Zone (base/zone.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crier {

using Millis = std::chrono::milliseconds;
using Instant = std::chrono::sys_time<Millis>;
using Date = std::chrono::year_month_day;
using LocalTime = std::chrono::local_time<std::chrono::seconds>;

/// Milliseconds since 1970 UTC: the store's form of a time.
inline std::int64_t to_millis(Instant at) {
  return at.time_since_epoch().count();
}
inline Instant from_millis(std::int64_t millis) {
  return Instant(Millis(millis));
}

/// `2026-11-25T08:00:00Z`, with `.123` where there are milliseconds.
std::string to_rfc3339(Instant at);

/// Reads an RFC 3339 time with offset or Z; nothing else.
std::optional<Instant> parse_rfc3339(std::string_view text);

/// `2026-11-25`.
std::string to_iso(Date date);

/// Reads `2026-11-25` and no other form; checks that the day exists.
std::optional<Date> parse_date(std::string_view text);

/// `2026-11-25T16:00:00`, `2026-11-25T16:00` or `2026-11-25` (midnight), without offset.
std::optional<LocalTime> parse_local(std::string_view text);

/// `2026-11-25T16:00:00`.
std::string to_iso(LocalTime at);

/// `90s`, `20m`, `36h`, `14d`: a whole number, not below zero, and a unit; nothing for anything else.
std::optional<std::chrono::seconds> parse_span(std::string_view text);

/// `Wed, 25 Nov 2026 08:00:00 +0000` (RFC 5322), at the given offset from UTC.
std::string to_rfc5322(Instant at, std::chrono::seconds offset);

}  // namespace crier
