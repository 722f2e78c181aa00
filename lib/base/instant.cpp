#include "base/instant.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace crier {
namespace {

using namespace std::chrono;

/// Reads exactly `digits` decimal digits at the front of `text` and takes them off.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Date> take_date(std::string_view& text) {
  const auto y = take_number(text, 4);
  if (!y || !take(text, '-')) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || !take(text, '-')) return std::nullopt;
  const auto d = take_number(text, 2);
  if (!d) return std::nullopt;
  const Date date{year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d))};
  if (!date.ok()) return std::nullopt;
  return date;
}

/// `HH:MM[:SS]`; the leap second 60 is read as 59.
std::optional<seconds> take_time_of_day(std::string_view& text) {
  const auto h = take_number(text, 2);
  if (!h || *h > 23 || !take(text, ':')) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || *m > 59) return std::nullopt;
  int s = 0;
  if (take(text, ':')) {
    const auto read = take_number(text, 2);
    if (!read || *read > 60) return std::nullopt;
    s = *read == 60 ? 59 : *read;
  }
  return hours(*h) + minutes(*m) + seconds(s);
}

}  // namespace

std::string to_iso(Date date) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string to_iso(LocalTime at) {
  const auto midnight = floor<days>(at);
  const hh_mm_ss clock(at - midnight);
  return fmt::format("{}T{:02}:{:02}:{:02}", to_iso(Date(local_days(midnight.time_since_epoch()))),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string to_rfc3339(Instant at) {
  const auto midnight = floor<days>(at);
  const hh_mm_ss clock(at - midnight);
  const auto millis = clock.subseconds().count();
  return fmt::format("{}T{:02}:{:02}:{:02}{}Z", to_iso(Date(midnight)), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(),
                     millis == 0 ? std::string() : fmt::format(".{:03}", millis));
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
  const auto date = take_date(text);
  if (!date || !(take(text, 'T') || take(text, 't') || take(text, ' '))) return std::nullopt;
  const auto before = text.size();
  const auto time = take_time_of_day(text);
  if (!time || before - text.size() != 8) return std::nullopt;
  Millis fraction{0};
  if (take(text, '.')) {
    int scale = 100;
    bool any = false;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      fraction += Millis((text.front() - '0') * scale);
      scale /= 10;
      any = true;
      text.remove_prefix(1);
    }
    if (!any) return std::nullopt;
  }
  seconds offset{0};
  if (!(take(text, 'Z') || take(text, 'z'))) {
    const bool west = !text.empty() && text.front() == '-';
    if (!take(text, '+') && !take(text, '-')) return std::nullopt;
    const auto h = take_number(text, 2);
    if (!h || *h > 23 || !take(text, ':')) return std::nullopt;
    const auto m = take_number(text, 2);
    if (!m || *m > 59) return std::nullopt;
    offset = hours(*h) + minutes(*m);
    if (west) offset = -offset;
  }
  if (!text.empty()) return std::nullopt;
  return Instant(sys_days(*date)) + *time + fraction - offset;
}

std::optional<Date> parse_date(std::string_view text) {
  const auto date = take_date(text);
  if (!date || !text.empty()) return std::nullopt;
  return date;
}

std::optional<LocalTime> parse_local(std::string_view text) {
  const auto date = take_date(text);
  if (!date) return std::nullopt;
  LocalTime at{local_days(*date)};
  if (text.empty()) return at;
  if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
  const auto time = take_time_of_day(text);
  if (!time || !text.empty()) return std::nullopt;
  return at + *time;
}

std::string to_rfc5322(Instant at, seconds offset) {
  static constexpr std::array day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto wall = floor<seconds>(at) + offset;
  const auto midnight = floor<days>(wall);
  const Date date(midnight);
  const hh_mm_ss clock(wall - midnight);
  const auto size = abs(offset);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} {}{:02}{:02}",
                     day_names[weekday(midnight).c_encoding()], static_cast<unsigned>(date.day()),
                     month_names[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     offset < seconds(0) ? '-' : '+', duration_cast<hours>(size).count(),
                     duration_cast<minutes>(size).count() % 60);
}

std::optional<std::chrono::seconds> parse_span(std::string_view text) {
  // Some centuries, so that sums of it stay sound.
  constexpr std::int64_t most = 10'000'000;
  if (text.size() < 2) return std::nullopt;
  std::int64_t count = 0;
  const auto last = text.data() + text.size() - 1;
  const auto [end, fault] = std::from_chars(text.data(), last, count);
  if (fault != std::errc() || end != last || count < 0 || count > most) return std::nullopt;
  switch (*last) {
    case 's':
      return std::chrono::seconds(count);
    case 'm':
      return std::chrono::minutes(count);
    case 'h':
      return std::chrono::hours(count);
    case 'd':
      return std::chrono::days(count);
    default:
      return std::nullopt;
  }
}

}  // namespace crier
