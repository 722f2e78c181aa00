// Answers for tests/zones/run, a line for each line of the input, fields parted by tabs:
//
//   occurrences ZONE FREQUENCY|cron START|EXPRESSION FROM UPTO   the runs in (FROM, UPTO] as `local@seconds`
//   openings ZONE HH:MM-HH:MM AT AT …                            at each time 1 or 0 for open, and the next
//   opening
//
// FROM, UPTO and AT are seconds since 1970. A span is asked for whole, and in two parts at each instant of a
// run and a second beside it, as a daemon would that was started anew there: `SPLIT` where the parts differ
// from the whole.
#include <fmt/format.h>

#include <array>
#include <iostream>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "delivery/quiet_hours.hpp"
#include "schedule/occurrence.hpp"

using namespace crier;

namespace {

using Fields = std::vector<std::string>;
constexpr std::size_t no_limit = 1'000'000;

Instant time_of(const std::string& seconds) {
  return Instant(std::chrono::seconds(std::stoll(seconds)));
}

config::Schedule schedule_of(const Fields& fields) {
  config::Schedule schedule;
  if (fields[2] == "cron") {
    schedule.cron = format::Cron::parse(fields[3]);
    return schedule;
  }
  constexpr std::array words{"once", "hourly", "daily", "weekly", "monthly"};
  for (std::size_t place = 0; place < words.size(); ++place) {
    if (fields[2] == words[place]) schedule.frequency = static_cast<config::Frequency>(place);
  }
  schedule.start = parse_local(fields[3]).value();
  return schedule;
}

std::string occurrences(const Fields& fields) {
  const Zone zone(fields[1]);
  const auto schedule = schedule_of(fields);
  const auto from = time_of(fields[4]);
  const auto upto = time_of(fields[5]);
  const auto whole = schedule::occurrences_between(schedule, zone, from, upto, no_limit);
  std::string text;
  for (const auto& one : whole) {
    text += fmt::format("{}{}@{}", text.empty() ? "" : ",", to_iso(one.local), to_millis(one.at) / 1000);
  }
  const auto middle = from + (upto - from) / 2;
  for (const auto& one : whole) {
    if (std::chrono::abs(one.at - middle) > std::chrono::minutes(130)) continue;
    for (const auto beside : {-1, 0, 1}) {
      const auto at = one.at + std::chrono::seconds(beside);
      if (at < from || at > upto) continue;
      auto parts = schedule::occurrences_between(schedule, zone, from, at, no_limit);
      const auto rest = schedule::occurrences_between(schedule, zone, at, upto, no_limit);
      parts.insert(parts.end(), rest.begin(), rest.end());
      if (parts != whole)
        return fmt::format("SPLIT at {}: {} and not {}", to_rfc3339(at), parts.size(), whole.size());
    }
  }
  return text;
}

/// Of `02:30`.
int minutes_of(std::string_view text) {
  return std::stoi(std::string(text.substr(0, 2))) * 60 + std::stoi(std::string(text.substr(3, 2)));
}

std::string openings(const Fields& fields) {
  const Zone zone(fields[1]);
  config::QuietHours hours;
  const config::Window window{minutes_of(fields[2]), minutes_of(std::string_view(fields[2]).substr(6))};
  for (auto& day : hours.allow) day = {window};
  std::string text;
  for (std::size_t place = 3; place < fields.size(); ++place) {
    const auto at = time_of(fields[place]);
    const auto next = delivery::next_opening(hours, zone, {}, at);
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", delivery::open_at(hours, zone, at) ? 1 : 0,
                        next ? to_millis(*next) / 1000 : -1);
  }
  return text;
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) {
    Fields fields;
    for (const auto part : split(line, '\t')) fields.emplace_back(part);
    try {
      std::cout << (fields[0] == "occurrences" ? occurrences(fields) : openings(fields)) << "\n";
    } catch (const Error& error) {
      std::cout << "ERROR " << in_one_line(error) << "\n";
    }
  }
}
