#include "schedule/occurrence.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <string>

#include "base/text.hpp"

using namespace crier;
using namespace crier::schedule;
using config::Frequency;
using config::Schedule;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

Schedule every(Frequency frequency, std::string_view start) {
  Schedule schedule;
  schedule.frequency = frequency;
  schedule.start = parse_local(start).value();
  return schedule;
}

Schedule by_cron(std::string_view expression, std::string_view start = "1970-01-01") {
  auto schedule = every(Frequency::once, start);
  schedule.cron = format::Cron::parse(expression);
  return schedule;
}

Instant utc(std::string_view text) {
  return parse_rfc3339(text).value();
}

/// `2026-03-07T16:00:00=2026-03-07T21:00:00Z` for each occurrence of the days from `from` on, local midnight
/// to local midnight.
std::vector<std::string> on_days(const Schedule& schedule, const char* zone_name, std::string_view from,
                                 int count) {
  const Zone zone(zone_name);
  const auto first = parse_local(from).value();
  const auto begin = zone.instant(first) - Millis(1);
  const auto end = zone.instant(first + days(count)) - Millis(1);
  std::vector<std::string> all;
  for (const auto& each : occurrences_between(schedule, zone, begin, end, 10'000)) {
    all.push_back(to_iso(each.local) + "=" + to_rfc3339(each.at));
  }
  return all;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("C10: four o'clock is four o'clock on the day the clocks go forward") {
  CHECK(on_days(by_cron("0 16 * * *"), "America/New_York", "2026-03-07", 3) ==
        Lines{"2026-03-07T16:00:00=2026-03-07T21:00:00Z", "2026-03-08T16:00:00=2026-03-08T20:00:00Z",
              "2026-03-09T16:00:00=2026-03-09T20:00:00Z"});
  CHECK(on_days(every(Frequency::daily, "2026-01-01T16:00"), "America/New_York", "2026-03-07", 3) ==
        on_days(by_cron("0 16 * * *"), "America/New_York", "2026-03-07", 3));
}

TEST_CASE("C10: Monday noon comes once after the clocks went back, whenever the daemon starts") {
  const auto monday = by_cron("0 12 * * mon");
  CHECK(on_days(monday, "Europe/Amsterdam", "2026-10-24", 4) ==
        Lines{"2026-10-26T12:00:00=2026-10-26T11:00:00Z"});
  const Zone amsterdam("Europe/Amsterdam");
  for (auto started = utc("2026-10-24T00:00:00Z"); started < utc("2026-10-26T11:00:00Z");
       started += minutes(7)) {
    CHECK(next_occurrence(monday, amsterdam, started)->at == utc("2026-10-26T11:00:00Z"));
  }
  CHECK(next_occurrence(monday, amsterdam, utc("2026-10-26T11:00:00Z"))->at == utc("2026-11-02T11:00:00Z"));
}

TEST_CASE("T6: a time that the wall never shows runs at the gap's end, a repeated one once") {
  const auto nightly = every(Frequency::daily, "2026-01-01T01:30");
  CHECK(on_days(nightly, "Europe/London", "2026-03-28", 3) ==
        Lines{"2026-03-28T01:30:00=2026-03-28T01:30:00Z", "2026-03-29T01:30:00=2026-03-29T01:00:00Z",
              "2026-03-30T01:30:00=2026-03-30T00:30:00Z"});
  CHECK(on_days(nightly, "Europe/London", "2026-10-24", 3) ==
        Lines{"2026-10-24T01:30:00=2026-10-24T00:30:00Z", "2026-10-25T01:30:00=2026-10-25T00:30:00Z",
              "2026-10-26T01:30:00=2026-10-26T01:30:00Z"});
  // Asked in the second of the two hours, it does not come again.
  CHECK(next_occurrence(nightly, Zone("Europe/London"), utc("2026-10-25T01:10:00Z"))->at ==
        utc("2026-10-26T01:30:00Z"));
}

TEST_CASE("T6: hourly is each wall hour once") {
  const auto on_the_hour = every(Frequency::hourly, "2026-01-01T07:00");
  CHECK(on_days(on_the_hour, "Europe/London", "2026-03-29", 1).size() == 23);
  CHECK(on_days(on_the_hour, "Europe/London", "2026-10-25", 1).size() == 24);
  CHECK(on_days(on_the_hour, "Europe/London", "2026-11-25", 1).size() == 24);
  const auto spring = on_days(on_the_hour, "Europe/London", "2026-03-29", 1);
  CHECK(spring[0] == "2026-03-29T00:00:00=2026-03-29T00:00:00Z");
  CHECK(spring[1] == "2026-03-29T02:00:00=2026-03-29T01:00:00Z");
  CHECK(spring[2] == "2026-03-29T03:00:00=2026-03-29T02:00:00Z");
  CHECK(on_days(by_cron("0 * * * *"), "Europe/London", "2026-03-29", 1) == spring);
  // At half past, the lost hour's run comes at the gap's end, half an hour before the next.
  const auto half_past =
      on_days(every(Frequency::hourly, "2026-01-01T07:30"), "Europe/London", "2026-03-29", 1);
  CHECK(half_past.size() == 24);
  CHECK(half_past[1] == "2026-03-29T01:30:00=2026-03-29T01:00:00Z");
  CHECK(half_past[2] == "2026-03-29T02:30:00=2026-03-29T01:30:00Z");
}

TEST_CASE("T6: two times of day in one gap are two occurrences") {
  const auto both = by_cron("15,45 1 * * *");
  CHECK(on_days(both, "Europe/London", "2026-03-29", 1) ==
        Lines{"2026-03-29T01:15:00=2026-03-29T01:00:00Z", "2026-03-29T01:45:00=2026-03-29T01:00:00Z"});
  // Every quarter of every hour is an interval: the gap holds one.
  CHECK(on_days(by_cron("*/15 * * * *"), "Europe/London", "2026-03-29", 1).size() == 23 * 4);
}

TEST_CASE("T6: half an hour at Lord Howe, two at Troll, Ramadan in Casablanca") {
  // 2026-10-04: 02:00 becomes 02:30.
  CHECK(on_days(every(Frequency::daily, "2026-01-01T02:15"), "Australia/Lord_Howe", "2026-10-04", 1) ==
        Lines{"2026-10-04T02:15:00=2026-10-03T15:30:00Z"});
  CHECK(
      on_days(every(Frequency::hourly, "2026-01-01T00:00"), "Australia/Lord_Howe", "2026-10-04", 1).size() ==
      24);
  // 2026-04-05: 02:00 becomes 01:30 again.
  CHECK(on_days(every(Frequency::daily, "2026-01-01T01:45"), "Australia/Lord_Howe", "2026-04-05", 1) ==
        Lines{"2026-04-05T01:45:00=2026-04-04T14:45:00Z"});
  CHECK(on_days(every(Frequency::hourly, "2026-01-01T00:00"), "Antarctica/Troll", "2026-03-29", 1).size() ==
        22);
  CHECK(on_days(every(Frequency::daily, "2026-01-01T16:00"), "Africa/Casablanca", "2026-02-14", 3) ==
        Lines{"2026-02-14T16:00:00=2026-02-14T15:00:00Z", "2026-02-15T16:00:00=2026-02-15T16:00:00Z",
              "2026-02-16T16:00:00=2026-02-16T16:00:00Z"});
}

TEST_CASE("T1: monthly on the 31st is the last day of a shorter month and does not drift") {
  const auto monthly = every(Frequency::monthly, "2027-10-31T09:00");
  const Zone zone("Europe/London");
  Lines dates;
  for (const auto& each :
       occurrences_between(monthly, zone, utc("2027-01-01T00:00:00Z"), utc("2028-06-01T00:00:00Z"), 99)) {
    dates.push_back(to_iso(each.local).substr(0, 10));
  }
  CHECK(dates == Lines{"2027-10-31", "2027-11-30", "2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31",
                       "2028-04-30", "2028-05-31"});
  CHECK(to_iso(next_occurrence(monthly, zone, utc("2028-02-29T09:00:00Z"))->local) == "2028-03-31T09:00:00");
}

TEST_CASE("T1: weekly keeps start's weekday, once runs once, nothing runs before start") {
  const Zone shanghai("Asia/Shanghai");
  const auto weekly = every(Frequency::weekly, "2026-09-07T16:00");
  CHECK(to_iso(next_occurrence(weekly, shanghai, utc("2020-01-01T00:00:00Z"))->local) ==
        "2026-09-07T16:00:00");
  CHECK(to_rfc3339(next_occurrence(weekly, shanghai, utc("2026-09-07T08:00:00Z"))->at) ==
        "2026-09-14T08:00:00Z");
  CHECK(to_rfc3339(next_occurrence(weekly, shanghai, utc("2026-09-07T07:59:59.999Z"))->at) ==
        "2026-09-07T08:00:00Z");
  const auto once = every(Frequency::once, "2026-09-07T16:00");
  CHECK(next_occurrence(once, shanghai, utc("2026-09-07T07:59:59Z")));
  CHECK_FALSE(next_occurrence(once, shanghai, utc("2026-09-07T08:00:00Z")));
  const auto cron = by_cron("0 16 * * *", "2026-09-07T16:00");
  CHECK(to_iso(next_occurrence(cron, shanghai, utc("2020-01-01T00:00:00Z"))->local) == "2026-09-07T16:00:00");
}

TEST_CASE("T1: a list of occurrences ends at its limit") {
  const auto hourly = every(Frequency::hourly, "2026-01-01T00:00");
  const auto found =
      occurrences_between(hourly, Zone::utc(), utc("2026-01-01T00:00:00Z"), utc("2027-01-01T00:00:00Z"), 5);
  REQUIRE(found.size() == 5);
  CHECK(to_rfc3339(found[4].at) == "2026-01-01T05:00:00Z");
}

namespace {

/// The oracle: walk the minutes and watch the wall. A scheduled wall time is due when a wall first shows it
/// or anything later. Of an interval's times that come due together, the last counts.
template <typename IsLabel>
std::vector<Occurrence> walk(const Zone& zone, Instant from, Instant upto, bool interval, IsLabel is_label) {
  std::vector<Occurrence> found;
  auto shown = zone.local(from);  // the latest time that a wall has shown so far
  for (auto at = from + minutes(1); at <= upto; at += minutes(1)) {
    const auto wall = zone.local(at);
    for (auto label = shown + minutes(1); label <= wall; label += minutes(1)) {
      if (!is_label(label)) continue;
      if (interval && !found.empty() && found.back().at == at) found.pop_back();
      found.push_back({label, at});
    }
    shown = std::max(shown, wall);
  }
  return found;
}

std::vector<Instant> changes_of(const Zone& zone) {
  std::vector<Instant> changes;
  for (auto at = utc("2025-01-01T00:00:00Z"); at < utc("2032-01-01T00:00:00Z"); at += hours(6)) {
    if (zone.offset(at) != zone.offset(at + hours(6))) changes.push_back(at + hours(3));
  }
  return changes;
}

void compare_around(const Zone& zone, Instant change, int variation) {
  CAPTURE(zone.name());
  CAPTURE(to_rfc3339(change));
  const auto from = change - hours(16);
  const auto upto = change + hours(16);
  const auto minute_of_day = minutes((variation * 17) % (4 * 60));  // clocks change in the small hours
  const auto time_of_day = [](LocalTime label) { return label - std::chrono::floor<days>(label); };

  auto daily = every(Frequency::daily, "2024-01-01");
  daily.start += minute_of_day;
  CHECK(occurrences_between(daily, zone, from, upto, 10'000) ==
        walk(zone, from, upto, false, [&](LocalTime label) { return time_of_day(label) == minute_of_day; }));

  auto hourly = every(Frequency::hourly, "2024-01-01");
  hourly.start += minute_of_day;
  CHECK(occurrences_between(hourly, zone, from, upto, 10'000) ==
        walk(zone, from, upto, true,
             [&](LocalTime label) { return time_of_day(label) % hours(1) == minute_of_day % hours(1); }));

  for (const auto* expression : {"*/20 0-4,23 * * *", "*/20 * * * *", "30 2 * * sun", "0 0 * * *"}) {
    const auto schedule = by_cron(expression);
    CAPTURE(expression);
    CHECK(occurrences_between(schedule, zone, from, upto, 10'000) ==
          walk(zone, from, upto, std::string_view(expression) == "*/20 * * * *",
               [&](LocalTime label) { return schedule.cron->matches(label); }));
  }
}

}  // namespace

TEST_CASE("T6: in every zone a clock change neither skips nor doubles a run") {
  int variation = 0;
  for (const auto* name :
       {"Europe/London",       "Europe/Dublin",     "Europe/Amsterdam",    "Europe/Chisinau",
        "America/New_York",    "America/St_Johns",  "America/Havana",      "America/Santiago",
        "America/Los_Angeles", "America/Nuuk",      "Asia/Beirut",         "Asia/Jerusalem",
        "Africa/Cairo",        "Africa/Casablanca", "Australia/Lord_Howe", "Australia/Adelaide",
        "Pacific/Auckland",    "Pacific/Chatham",   "Pacific/Norfolk",     "Antarctica/Troll",
        "Asia/Shanghai",       "Atlantic/Azores"}) {
    const Zone zone(name);
    for (const auto change : changes_of(zone)) compare_around(zone, change, ++variation);
  }
  CHECK(variation > 200);
}

TEST_CASE("T6: asking again from each occurrence gives the same list as asking once") {
  for (const auto* name : {"Europe/London", "Australia/Lord_Howe", "Antarctica/Troll", "America/Havana"}) {
    const Zone zone(name);
    CAPTURE(name);
    const auto hourly = every(Frequency::hourly, "2026-01-01T00:15");
    const auto begin = utc("2026-02-01T00:00:00Z");
    const auto all = occurrences_between(hourly, zone, begin, utc("2027-02-01T00:00:00Z"), 100'000);
    auto at = begin;
    for (const auto& each : all) {
      const auto next = next_occurrence(hourly, zone, at);
      REQUIRE(next == each);
      at = next->at;
    }
  }
}

TEST_CASE("T6: around every clock change of the corpus the oracle agrees") {
  std::ifstream in(CRIER_SOURCE_DIR "/../shared/corpus/timezones/transitions.tsv");
  if (!in) MESSAGE("skipped: no corpus");
  std::string line;
  std::getline(in, line);
  for (int row = 0; std::getline(in, line); ++row) {
    const auto cells = split(line, '\t');
    if (row % 3 == 0) compare_around(Zone(cells[0]), utc(cells[1]), row);
  }
}
