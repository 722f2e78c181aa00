#include "schedule/occurrence.hpp"

#include <algorithm>

namespace crier::schedule {
namespace {

using namespace std::chrono;
using config::Frequency;
using config::Schedule;

/// The first of start, start + step, start + 2 steps, … after `wall`.
LocalTime step_after(LocalTime start, seconds step, LocalTime wall) {
  if (wall < start) return start;
  return start + ((wall - start) / step + 1) * step;
}

/// A month's day of `start`'s number, or its last day where it is shorter; counted from `start` each time, so
/// that the 31st does not drift to the 28th.
LocalTime month_step(LocalTime start, months count) {
  const auto midnight = floor<days>(start);
  const Date first(midnight);
  const auto month = year_month(first.year(), first.month()) + count;
  const auto last = year_month_day_last(month.year(), month_day_last(month.month()));
  const auto day = std::min(first.day(), last.day());
  return LocalTime(local_days(month / day)) + (start - midnight);
}

LocalTime month_after(LocalTime start, LocalTime wall) {
  if (wall < start) return start;
  const Date first(floor<days>(start));
  const Date now(floor<days>(wall));
  const auto count = year_month(now.year(), now.month()) - year_month(first.year(), first.month());
  const auto same_month = month_step(start, count);
  return same_month > wall ? same_month : month_step(start, count + months(1));
}

/// The first scheduled wall time after `wall`.
std::optional<LocalTime> label_after(const Schedule& schedule, LocalTime wall) {
  if (schedule.cron) return schedule.cron->next(std::max(schedule.start, wall + seconds(1)));
  switch (schedule.frequency) {
    case Frequency::once:
      return wall < schedule.start ? std::optional(schedule.start) : std::nullopt;
    case Frequency::hourly:
      return step_after(schedule.start, hours(1), wall);
    case Frequency::daily:
      return step_after(schedule.start, days(1), wall);
    case Frequency::weekly:
      return step_after(schedule.start, weeks(1), wall);
    case Frequency::monthly:
      return month_after(schedule.start, wall);
  }
  return std::nullopt;
}

/// Whether the schedule means an interval: then the hour that the clocks skip is not made up for where the
/// next one comes at the same instant (T6). Times of day are each due, in the gap too.
bool is_interval(const Schedule& schedule) {
  return schedule.cron ? schedule.cron->every_hour() : schedule.frequency == Frequency::hourly;
}

std::optional<Occurrence> occurrence_after(const Schedule& schedule, const Zone& zone, LocalTime wall) {
  for (auto label = label_after(schedule, wall); label; label = label_after(schedule, *label)) {
    const auto mapped = zone.map(*label);
    if (mapped.kind == Zone::Mapping::Kind::gap && is_interval(schedule)) {
      const auto following = label_after(schedule, *label);
      if (following && zone.instant(*following) == mapped.first) continue;
    }
    return Occurrence{*label, mapped.first};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Occurrence> next_occurrence(const Schedule& schedule, const Zone& zone, Instant after) {
  // What the wall has shown by `after` has happened. While a wall hour repeats, later labels have happened
  // too.
  auto found = occurrence_after(schedule, zone, zone.local(after));
  while (found && found->at <= after) found = occurrence_after(schedule, zone, found->local);
  return found;
}

std::vector<Occurrence> occurrences_between(const Schedule& schedule, const Zone& zone, Instant after,
                                            Instant upto, std::size_t limit) {
  std::vector<Occurrence> found;
  auto next = next_occurrence(schedule, zone, after);
  while (next && next->at <= upto && found.size() < limit) {
    found.push_back(*next);
    next = occurrence_after(schedule, zone, next->local);
  }
  return found;
}

}  // namespace crier::schedule
