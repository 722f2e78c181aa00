#include "delivery/quiet_hours.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace crier;
using namespace crier::delivery;
using config::QuietHours;
using config::Window;
using std::chrono::days;
using std::chrono::minutes;

namespace {

Instant utc(std::string_view text) {
  return parse_rfc3339(text).value();
}

/// The wall's time as an instant; of a repeated one the first.
Instant at(const Zone& zone, std::string_view wall) {
  return zone.instant(parse_local(wall).value());
}

std::string opening(const QuietHours& hours, const Zone& zone, std::string_view wall,
                    const std::vector<Date>& holidays = {}) {
  const auto found = next_opening(hours, zone, holidays, at(zone, wall));
  return found ? to_iso(zone.local(*found)) : "never";
}

QuietHours every_day(std::vector<Window> windows) {
  QuietHours hours;
  hours.allow.fill(windows);
  return hours;
}

Date date(std::string_view text) {
  return parse_date(text).value();
}

const Zone london("Europe/London");

}  // namespace

TEST_CASE("D3: held at 20:00 until 08:00") {
  const auto hours = QuietHours::standard();
  CHECK(opening(hours, london, "2026-11-25T19:59:59") == "2026-11-25T19:59:59");
  CHECK(opening(hours, london, "2026-11-25T20:00") == "2026-11-26T08:00:00");
  CHECK(opening(hours, london, "2026-11-26T07:59:59") == "2026-11-26T08:00:00");
  CHECK(opening(hours, london, "2026-11-26T08:00") == "2026-11-26T08:00:00");
  CHECK(open_at(hours, london, utc("2026-11-25T19:59:59.999Z")));
  CHECK_FALSE(open_at(hours, london, utc("2026-11-25T20:00:00Z")));
}

TEST_CASE("D3: what comes on Saturday night leaves on Monday") {
  const auto hours = QuietHours::standard();
  CHECK(opening(hours, london, "2026-11-28T20:00") == "2026-11-30T08:00:00");
  CHECK(opening(hours, london, "2026-11-29T12:00") == "2026-11-30T08:00:00");
}

TEST_CASE("D3: a window over midnight belongs to the day on which it starts") {
  QuietHours hours;
  hours.allow[4] = {{18 * 60, 2 * 60}};  // Friday 18:00 to Saturday 02:00
  CHECK(opening(hours, london, "2026-11-28T01:59") == "2026-11-28T01:59:00");
  CHECK(opening(hours, london, "2026-11-28T02:00") == "2026-12-04T18:00:00");
  CHECK(opening(hours, london, "2026-11-27T01:00") == "2026-11-27T18:00:00");
  // A holiday closes the windows that start on it, not the tail of the day before.
  CHECK(opening(hours, london, "2026-11-28T01:00", {date("2026-11-28")}) == "2026-11-28T01:00:00");
  CHECK(opening(hours, london, "2026-11-27T19:00", {date("2026-11-27")}) == "2026-12-04T18:00:00");
}

TEST_CASE("D3: a holiday is waited for, unless the hours send on holidays") {
  auto hours = QuietHours::standard();
  const std::vector<Date> holidays{date("2026-12-25"), date("2026-12-26"), date("2026-12-28")};
  CHECK(opening(hours, london, "2026-12-24T20:30", holidays) == "2026-12-29T08:00:00");
  CHECK(opening(hours, london, "2026-12-25T10:00", holidays) == "2026-12-29T08:00:00");
  hours.send_on_holidays = true;
  CHECK(opening(hours, london, "2026-12-25T10:00", holidays) == "2026-12-25T10:00:00");
}

TEST_CASE("C4: a holiday is the school's date, east and west of Greenwich") {
  const auto hours = every_day({{0, 1440}});
  const std::vector<Date> holidays{date("2026-10-30")};
  for (const auto* name : {"Pacific/Auckland", "America/Los_Angeles", "Europe/London"}) {
    const Zone zone(name);
    CAPTURE(name);
    CHECK_FALSE(open_at(hours, zone, at(zone, "2026-10-30T00:00"), holidays));
    CHECK_FALSE(open_at(hours, zone, at(zone, "2026-10-30T23:59"), holidays));
    CHECK(open_at(hours, zone, at(zone, "2026-10-31T00:00"), holidays));
    CHECK(opening(hours, zone, "2026-10-30T00:00", holidays) == "2026-10-31T00:00:00");
  }
}

TEST_CASE("D3: 20:00 is 20:00 on the wall in the nights of the clock change") {
  const auto hours = every_day({{8 * 60, 20 * 60}});
  for (const auto* name : {"Europe/London", "America/New_York"}) {
    const Zone zone(name);
    CAPTURE(name);
    for (const auto* evening : {"2026-03-28", "2026-10-24", "2026-03-07", "2026-10-31"}) {
      const auto day = date(evening);
      const Date next(std::chrono::sys_days(day) + days(1));
      CHECK(opening(hours, zone, std::string(evening) + "T20:00") == to_iso(next) + "T08:00:00");
      CHECK(closes_at(hours, zone, {}, at(zone, to_iso(next) + "T12:00")) ==
            at(zone, to_iso(next) + "T20:00"));
    }
  }
  // 36 hours on the clock of the wall, 35 or 37 in truth.
  CHECK(next_opening(hours, london, {}, utc("2026-03-28T20:00:00Z")) == utc("2026-03-29T07:00:00Z"));
  CHECK(next_opening(hours, london, {}, utc("2026-10-24T19:00:00Z")) == utc("2026-10-25T08:00:00Z"));
}

TEST_CASE("D3: a window that starts in the gap opens at the gap's end") {
  const auto hours = every_day({{90, 300}});  // 01:30–05:00
  CHECK(next_opening(hours, london, {}, utc("2026-03-29T00:00:00Z")) == utc("2026-03-29T01:00:00Z"));
  for (const auto* before :
       {"2026-03-29T00:59:58.400Z", "2026-03-29T00:59:59.999Z", "2026-03-28T13:00:00.600Z"}) {
    CHECK(next_opening(hours, london, {}, utc(before)) == utc("2026-03-29T01:00:00Z"));
  }
  // A window that lies in the gap does not open at all that night.
  const auto within = every_day({{75, 105}});  // 01:15–01:45
  CHECK(next_opening(within, london, {}, utc("2026-03-29T00:00:00Z")) == utc("2026-03-30T00:15:00Z"));
  // One that ends in it closes at its beginning.
  CHECK(closes_at(every_day({{0, 90}}), london, {}, utc("2026-03-29T00:30:00Z")) ==
        utc("2026-03-29T01:00:00Z"));
}

TEST_CASE("D3: in a repeated hour the wall decides both times") {
  const auto hours = every_day({{0, 90}});  // 00:00–01:30; 01:00–02:00 comes twice
  CHECK(open_at(hours, london, utc("2026-10-25T00:15:00Z")));
  CHECK_FALSE(open_at(hours, london, utc("2026-10-25T00:45:00Z")));
  CHECK(open_at(hours, london, utc("2026-10-25T01:15:00Z")));
  CHECK(closes_at(hours, london, {}, utc("2026-10-25T00:15:00Z")) == utc("2026-10-25T00:30:00Z"));
  CHECK(next_opening(hours, london, {}, utc("2026-10-25T00:30:00Z")) == utc("2026-10-25T01:00:00Z"));
  const auto later = every_day({{90, 300}});  // 01:30–05:00
  CHECK(next_opening(later, london, {}, utc("2026-10-25T01:00:00Z")) == utc("2026-10-25T01:30:00Z"));
}

TEST_CASE("D3: no opening within 60 days is told, not sought for ever") {
  CHECK(opening(QuietHours{}, london, "2026-11-25T12:00") == "never");
  std::vector<Date> holidays;
  for (int day = 0; day < 70; ++day) {
    holidays.emplace_back(std::chrono::sys_days(date("2026-11-25")) + days(day));
  }
  CHECK(opening(QuietHours::standard(), london, "2026-11-25T12:00", holidays) == "never");
  holidays.resize(59);
  CHECK(opening(QuietHours::standard(), london, "2026-11-25T12:00", holidays) == "2027-01-23T08:00:00");
}

TEST_CASE("D3: neighbouring windows are one, and a whole week never closes") {
  const auto hours = every_day({{480, 720}, {720, 1200}});
  CHECK(closes_at(hours, london, {}, at(london, "2026-11-25T09:00")) == at(london, "2026-11-25T20:00"));
  CHECK(closes_at(hours, london, {}, at(london, "2026-11-25T21:00")) == at(london, "2026-11-25T21:00"));
  CHECK_FALSE(closes_at(every_day({{0, 1440}}), london, {}, at(london, "2026-11-25T09:00")));
}

TEST_CASE("D3: a guardian with children in two schools hears by the stricter") {
  const Zone new_york("America/New_York");
  const auto day = QuietHours::standard();
  const auto evening = every_day({{16 * 60, 22 * 60}});
  const std::vector<Date> holidays{date("2026-11-26")};
  const std::vector<OpeningRule> two{{&day, &london, {}}, {&evening, &london, holidays}};
  CHECK(next_common_opening(two, at(london, "2026-11-25T20:30")) == at(london, "2026-11-27T16:00"));
  CHECK(next_common_opening(two, at(london, "2026-11-25T17:00")) == at(london, "2026-11-25T17:00"));
  const auto morning = every_day({{8 * 60, 9 * 60}});
  const std::vector<OpeningRule> apart{{&morning, &london, {}}, {&morning, &new_york, {}}};
  CHECK_FALSE(next_common_opening(apart, at(london, "2026-11-25T20:30")));
  CHECK(next_common_opening({}, utc("2026-11-25T20:30:00Z")) == utc("2026-11-25T20:30:00Z"));
}

TEST_CASE("D3: openings and closings are those that a walk by minutes finds") {
  const std::vector<QuietHours> kinds{QuietHours::standard(), every_day({{0, 90}, {150, 200}, {1380, 45}}),
                                      every_day({{105, 135}}), every_day({{1200, 120}})};
  for (const auto* name : {"Europe/London", "Australia/Lord_Howe", "America/Havana", "Africa/Casablanca",
                           "Antarctica/Troll", "America/New_York"}) {
    const Zone zone(name);
    for (auto from = utc("2026-01-01T00:00:00Z"); from < utc("2027-01-01T00:00:00Z");
         from += std::chrono::hours(6)) {
      if (zone.offset(from) == zone.offset(from + std::chrono::hours(6))) continue;
      for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        CAPTURE(name);
        CAPTURE(kind);
        const auto& hours_of = kinds[kind];
        const auto begin = from - std::chrono::hours(12);
        for (auto start = begin; start < begin + std::chrono::hours(24); start += minutes(13)) {
          auto open = start;
          while (!open_at(hours_of, zone, open)) open += minutes(1);
          REQUIRE(next_opening(hours_of, zone, {}, start) == open);
          auto closed = start;
          while (open_at(hours_of, zone, closed)) closed += minutes(1);
          REQUIRE(closes_at(hours_of, zone, {}, start) == closed);
        }
      }
    }
  }
}
