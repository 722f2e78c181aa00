#include "delivery/quiet_hours.hpp"

#include <algorithm>
#include <vector>

namespace crier::delivery {
namespace {

using namespace std::chrono;
using config::QuietHours;
using config::Window;

enum class State { open, closed };

bool is_over_midnight(const Window& window) {
  return window.to <= window.from;
}

/// The windows that start on a day; none on a holiday.
std::span<const Window> windows_of(const QuietHours& hours, std::span<const Date> holidays, local_days day) {
  const bool holiday = std::find(holidays.begin(), holidays.end(), Date(day)) != holidays.end();
  if (holiday && !hours.send_on_holidays) return {};
  return hours.allow[weekday(day).iso_encoding() - 1];
}

State state_at(const OpeningRule& rule, Instant at) {
  const auto wall = rule.zone->local(at);
  const auto day = floor<days>(wall);
  const auto clock = wall - day;
  for (const auto& window : windows_of(*rule.hours, rule.holidays, day)) {
    if (clock >= minutes(window.from) && (is_over_midnight(window) || clock < minutes(window.to)))
      return State::open;
  }
  for (const auto& window : windows_of(*rule.hours, rule.holidays, day - days(1))) {
    if (is_over_midnight(window) && clock < minutes(window.to)) return State::open;
  }
  return State::closed;
}

/// The first instant after `from`, at most `upto`, at which the offset is another; else `upto`. The span is
/// short enough to hold one change. Offsets change on whole seconds.
Instant end_of_offset(const Zone& zone, Instant from, Instant upto) {
  const auto offset = zone.offset(from);
  if (zone.offset(upto) == offset) return upto;
  auto same = floor<seconds>(from);
  auto other = floor<seconds>(upto);
  while (other - same > seconds(1)) {
    const auto middle = same + (other - same) / 2;
    (zone.offset(middle) == offset ? same : other) = middle;
  }
  return other;
}

/// The instants within (from, upto) at which a window starts or ends, in order; the offset is the same all
/// over.
std::vector<Instant> edges_between(const OpeningRule& rule, Instant from, Instant upto) {
  const auto offset = rule.zone->offset(from);
  std::vector<Instant> edges;
  const auto take = [&](LocalTime wall) {
    const Instant at(wall.time_since_epoch() - offset);
    if (at > from && at < upto) edges.push_back(at);
  };
  const auto last_day = floor<days>(rule.zone->local(upto)) + days(1);
  for (auto day = floor<days>(rule.zone->local(from)) - days(1); day <= last_day; day += days(1)) {
    for (const auto& window : windows_of(*rule.hours, rule.holidays, day)) {
      take(day + minutes(window.from));
      take(day + minutes(window.to) + (is_over_midnight(window) ? days(1) : days(0)));
    }
  }
  std::sort(edges.begin(), edges.end());
  return edges;
}

/// The first instant from `from` on, within the horizon, at which the state is the wanted one. Goes from one
/// stretch of constant offset to the next: within one the wall runs evenly, and only a window's edge, or the
/// clock change itself, can open or close.
std::optional<Instant> first_with(const OpeningRule& rule, State wanted, Instant from) {
  const auto horizon = from + opening_horizon;
  auto begin = from;
  while (begin <= horizon) {
    if (state_at(rule, begin) == wanted) return begin;
    const auto end = end_of_offset(*rule.zone, begin, begin + hours(12));
    for (const auto edge : edges_between(rule, begin, end)) {
      if (edge <= horizon && state_at(rule, edge) == wanted) return edge;
    }
    begin = end;
  }
  return std::nullopt;
}

}  // namespace

bool open_at(const QuietHours& hours, const Zone& zone, Instant at, std::span<const Date> holidays) {
  return state_at({&hours, &zone, holidays}, at) == State::open;
}

std::optional<Instant> next_opening(const QuietHours& hours, const Zone& zone, std::span<const Date> holidays,
                                    Instant from) {
  return first_with({&hours, &zone, holidays}, State::open, from);
}

std::optional<Instant> closes_at(const QuietHours& hours, const Zone& zone, std::span<const Date> holidays,
                                 Instant from) {
  return first_with({&hours, &zone, holidays}, State::closed, from);
}

std::optional<Instant> next_common_opening(std::span<const OpeningRule> rules, Instant from) {
  auto at = from;
  while (at <= from + opening_horizon) {
    const auto before = at;
    for (const auto& rule : rules) {
      const auto opening = first_with(rule, State::open, at);
      if (!opening) return std::nullopt;
      at = *opening;
    }
    if (at == before) return at;
  }
  return std::nullopt;
}

}  // namespace crier::delivery
