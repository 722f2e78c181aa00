#include "format/cron.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"

namespace crier::format {
namespace {

using namespace std::chrono;

constexpr std::array month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                 "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array weekday_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

/// What one of the five fields may hold. `names` stand for `low`, `low + 1`, …
struct Field {
  std::string_view name;
  int low;
  int high;
  /// Where a `*` and an open `5/2` end: for weekdays 6, although 7 may be written for Sunday.
  int last;
  std::span<const char* const> names;
};

constexpr Field minute_field{"minute", 0, 59, 59, {}};
constexpr Field hour_field{"hour", 0, 23, 23, {}};
constexpr Field day_field{"day of the month", 1, 31, 31, {}};
constexpr Field month_field{"month", 1, 12, 12, month_names};
constexpr Field weekday_field{"day of the week", 0, 7, 6, weekday_names};

struct Nickname {
  std::string_view word;
  std::string_view expression;
};
constexpr std::array nicknames{
    Nickname{"@hourly", "0 * * * *"},   Nickname{"@daily", "0 0 * * *"},   Nickname{"@midnight", "0 0 * * *"},
    Nickname{"@weekly", "0 0 * * 0"},   Nickname{"@monthly", "0 0 1 * *"}, Nickname{"@yearly", "0 0 1 1 *"},
    Nickname{"@annually", "0 0 1 1 *"},
};

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (auto& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

[[noreturn]] void refuse(const Field& field, std::string_view written, std::string_view why) {
  throw Error(Exit::usage, "bad-cron", fmt::format("cron: '{}' as {} {}", written, field.name, why),
              "The five fields are minute, hour, day of the month, month, day of the week, each *, a number, "
              "a range 1-5, a step */15 or a list 1,15; for example \"0 16 * * fri\".");
}

int read_number(const Field& field, std::string_view digits, std::string_view written) {
  int value = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (fault != std::errc() || end != digits.data() + digits.size() || digits.front() == '-') {
    refuse(field, written, field.names.empty() ? "is not a number" : "is neither a number nor a name");
  }
  return value;
}

int read_value(const Field& field, std::string_view word, std::string_view written) {
  if (word.empty()) refuse(field, written, "lacks a value");
  for (std::size_t i = 0; i < field.names.size(); ++i) {
    if (word == field.names[i]) return field.low + static_cast<int>(i);
  }
  const int value = read_number(field, word, written);
  if (value < field.low || value > field.high) {
    refuse(field, written, fmt::format("is not within {}-{}", field.low, field.high));
  }
  return value;
}

/// One part of a list: `*`, `5`, `1-5`, each with `/step`; calls `take` with every value.
template <typename Take>
void read_part(const Field& field, std::string_view part, std::string_view written, Take take) {
  const auto slash = part.find('/');
  const auto range = part.substr(0, slash);
  int step = 1;
  if (slash != std::string_view::npos) {
    const auto digits = part.substr(slash + 1);
    if (digits.empty()) refuse(field, written, "lacks the step after '/'");
    step = read_number(field, digits, written);
    if (step < 1) refuse(field, written, "has a step below 1");
  }
  int first = field.low;
  int last = field.last;
  if (range != "*" && range != "?") {
    const auto dash = range.find('-');
    first = read_value(field, range.substr(0, dash), written);
    if (dash != std::string_view::npos) {
      const auto upper = range.substr(dash + 1);
      last = read_value(field, upper, written);
      // `fri-sun` ends with the Sunday after Friday, not before it.
      if (upper == "sun" && first > 0) last = 7;
      if (first > last) refuse(field, written, "is a range that runs backwards");
    } else if (slash == std::string_view::npos) {
      last = first;
    } else if (first > last) {
      last = first;  // `7/2`: Sunday
    }
  }
  for (int value = first; value <= last; value += step) take(value);
}

template <typename Take>
void read_field(const Field& field, std::string_view written, Take take) {
  const auto lowered = lower(written);
  for (const auto part : split(lowered, ',')) read_part(field, part, written, take);
}

std::vector<std::string_view> split_blanks(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const auto start = text.find_first_not_of(" \t");
    if (start == std::string_view::npos) return words;
    text.remove_prefix(start);
    const auto end = text.find_first_of(" \t");
    words.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return words;
    text.remove_prefix(end);
  }
}

std::string_view expand_nickname(std::string_view word) {
  std::vector<std::string> known;
  for (const auto& nickname : nicknames) {
    if (nickname.word == lower(word)) return nickname.expression;
    known.emplace_back(nickname.word);
  }
  throw Error(Exit::usage, "bad-cron",
              fmt::format("cron: '{}' is not known{}", word, did_you_mean(word, known)),
              "Known are @hourly, @daily, @weekly, @monthly and @yearly, or write five fields.");
}

bool is_star(std::string_view field) {
  return field.starts_with('*') || field.starts_with('?');
}

}  // namespace

Cron Cron::parse(std::string_view expression) {
  Cron cron;
  cron.text_ = std::string(expression);
  auto fields = split_blanks(expression);
  if (fields.size() == 1 && fields[0].starts_with('@')) fields = split_blanks(expand_nickname(fields[0]));
  if (fields.size() != 5) {
    throw Error(
        Exit::usage, "bad-cron",
        fmt::format("cron: '{}' has {} field{}, not five", expression, fields.size(),
                    fields.size() == 1 ? "" : "s"),
        "Write minute, hour, day of the month, month and day of the week; for example \"0 16 * * fri\".");
  }
  read_field(minute_field, fields[0], [&](int value) { cron.minutes_.set(static_cast<std::size_t>(value)); });
  read_field(hour_field, fields[1], [&](int value) { cron.hours_.set(static_cast<std::size_t>(value)); });
  read_field(day_field, fields[2], [&](int value) { cron.days_.set(static_cast<std::size_t>(value)); });
  read_field(month_field, fields[3], [&](int value) { cron.months_.set(static_cast<std::size_t>(value)); });
  read_field(weekday_field, fields[4],
             [&](int value) { cron.weekdays_.set(static_cast<std::size_t>(value % 7)); });
  cron.any_day_ = is_star(fields[2]);
  cron.any_weekday_ = is_star(fields[4]);
  if (!cron.next(LocalTime(local_days(year(2000) / January / 1)))) {
    throw Error(Exit::usage, "bad-cron",
                fmt::format("cron: '{}' never fires: no month has such a day", expression),
                "Change the day of the month or the month.");
  }
  return cron;
}

bool Cron::matches_day(Date date) const {
  if (!months_.test(static_cast<unsigned>(date.month()))) return false;
  const bool day = days_.test(static_cast<unsigned>(date.day()));
  const bool weekday_fits = weekdays_.test(weekday(local_days(date)).c_encoding());
  // crontab(5): either will do where both are restricted; a field that begins with a star is not restricted,
  // and then both must fit (the other reading of cron or-s `*/2` too).
  return any_day_ || any_weekday_ ? day && weekday_fits : day || weekday_fits;
}

bool Cron::matches(LocalTime at) const {
  const auto midnight = floor<days>(at);
  const hh_mm_ss clock(at - midnight);
  return minutes_.test(static_cast<std::size_t>(clock.minutes().count())) &&
         hours_.test(static_cast<std::size_t>(clock.hours().count())) && matches_day(Date(midnight));
}

std::optional<LocalTime> Cron::next_on(LocalTime midnight, std::chrono::minutes from) const {
  for (auto minute = from; minute < days(1); ++minute) {
    const auto hour = floor<hours>(minute);
    if (!hours_.test(static_cast<std::size_t>(hour.count()))) {
      minute = hour + minutes(59);
      continue;
    }
    if (minutes_.test(static_cast<std::size_t>((minute - hour).count()))) return midnight + minute;
  }
  return std::nullopt;
}

std::optional<LocalTime> Cron::next(LocalTime from) const {
  auto day = floor<days>(from);
  const auto end = day + days(30 * 366);
  auto minute = ceil<minutes>(from - day);
  for (; day < end; day += days(1), minute = minutes(0)) {
    if (!matches_day(Date(day))) continue;
    if (const auto found = next_on(day, minute)) return found;
  }
  return std::nullopt;
}

}  // namespace crier::format
