#include <fmt/format.h>

#include <charconv>

#include "base/text.hpp"
#include "config/settings_tables.hpp"

namespace crier::config {
namespace {

constexpr auto window_hint =
    "Write the hours at which messages may leave as \"08:00-20:00\", several as a list, [] for none; "
    "\"00:00-24:00\" is the whole day, \"18:00-02:00\" goes over midnight.";

const std::vector<std::string> day_names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/// `8:00` or `08:00` as minutes of the day; `24:00` is 1440.
std::optional<int> read_minutes(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon < 1 || colon > 2 || text.size() - colon != 3)
    return std::nullopt;
  const auto read = [](std::string_view digits) -> std::optional<int> {
    int value = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (fault != std::errc() || end != digits.data() + digits.size() || value < 0) return std::nullopt;
    return value;
  };
  const auto hour = read(text.substr(0, colon));
  const auto minute = read(text.substr(colon + 1));
  if (!hour || !minute || *minute > 59 || *hour * 60 + *minute > 1440) return std::nullopt;
  return *hour * 60 + *minute;
}

Window read_window(const TomlTable& table, std::string_view key, std::string_view text) {
  const auto dash = text.find('-');
  const auto from = read_minutes(trim_invisible(text.substr(0, dash)));
  const auto to =
      dash == std::string_view::npos ? std::nullopt : read_minutes(trim_invisible(text.substr(dash + 1)));
  if (!from || !to || *from == 1440) {
    table.bad_value(key, fmt::format("is '{}', which is no window of time", text), window_hint);
  }
  if (*from == *to) {
    table.bad_value(key, fmt::format("is '{}', a window without length", text), window_hint);
  }
  return {*from, *to};
}

std::size_t read_day(const TomlTable& allow, const std::string& key, std::string_view name) {
  for (std::size_t day = 0; day < day_names.size(); ++day) {
    if (day_names[day] == name) return day;
  }
  allow.refuse(
      key, "unknown-key",
      fmt::format("'{}' in {} is no day of the week{}", key, allow.title(), did_you_mean(name, day_names)),
      "Name a day or a span of days: mon, tue, wed, thu, fri, sat, sun, mon-fri, sat-sun.");
}

/// `wed`, `mon-sat`, also over the week's end: `sat-mon`.
std::vector<std::size_t> read_days(const TomlTable& allow, const std::string& key) {
  const auto dash = key.find('-');
  const auto first = read_day(allow, key, std::string_view(key).substr(0, dash));
  const auto last =
      dash == std::string::npos ? first : read_day(allow, key, std::string_view(key).substr(dash + 1));
  std::vector<std::size_t> days{first};
  while (days.back() != last) days.push_back((days.back() + 1) % day_names.size());
  return days;
}

std::array<std::vector<Window>, 7> read_allow(const TomlTable& allow) {
  std::array<std::vector<Window>, 7> windows;
  std::array<std::string, 7> named_by;
  for (const auto& key : allow.keys()) {
    std::vector<Window> read;
    const auto texts = allow.texts(key).value();
    for (const auto& text : texts) read.push_back(read_window(allow, key, text));
    for (const auto day : read_days(allow, key)) {
      if (!named_by[day].empty()) {
        allow.bad_value(key, fmt::format("names {}, which '{}' names already", day_names[day], named_by[day]),
                        "Name each day once.");
      }
      named_by[day] = key;
      windows[day] = read;
    }
  }
  return windows;
}

}  // namespace

std::optional<QuietHours> read_quiet_hours(const TomlTable& owner) {
  const auto table = owner.table("quiet_hours");
  if (!table) return std::nullopt;
  table->allow({"allow", "holidays"});
  auto hours = QuietHours::standard();
  if (const auto allow = table->table("allow")) hours.allow = read_allow(*allow);
  hours.send_on_holidays = table->choice("holidays", {"hold", "send"}).value_or(0) == 1;
  return hours;
}

QuietHours QuietHours::standard() {
  QuietHours hours;
  for (std::size_t day = 0; day < 6; ++day) hours.allow[day] = {Window{8 * 60, 20 * 60}};
  return hours;
}

}  // namespace crier::config
