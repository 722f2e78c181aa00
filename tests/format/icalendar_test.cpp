#include "format/icalendar.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"

using namespace crier;
using namespace crier::format;
namespace fs = std::filesystem;

namespace {

Date day(std::string_view text) {
  return parse_date(text).value();
}

/// `first..last summary`, a line each.
std::vector<std::string> lines(const CalendarReading& reading) {
  std::vector<std::string> found;
  for (const auto& one : reading.events) {
    found.push_back(fmt::format("{}..{} {}", to_iso(one.first), to_iso(one.last), one.summary));
  }
  return found;
}

CalendarReading read(std::string_view events, std::string_view zone = "Europe/London",
                     std::string_view from = "2026-01-01", std::string_view upto = "2027-12-31") {
  const auto text = fmt::format("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:t\r\n{}END:VCALENDAR\r\n", events);
  return read_icalendar(text, Zone(zone), day(from), day(upto));
}

std::string event(std::string_view inner, std::string_view uid = "1") {
  return fmt::format("BEGIN:VEVENT\r\nUID:{}\r\nSUMMARY:S\r\n{}END:VEVENT\r\n", uid, inner);
}

using Lines = std::vector<std::string>;

const fs::path corpus = CRIER_SOURCE_DIR "/../shared/corpus/calendars";

}  // namespace

TEST_CASE("C4: an end is the first day after it, in zones east and west of Greenwich") {
  for (const auto* zone : {"Asia/Tokyo", "Europe/London", "America/Los_Angeles"}) {
    CAPTURE(zone);
    CHECK(lines(read(event("DTSTART;VALUE=DATE:20261026\r\nDTEND;VALUE=DATE:20261031\r\n"), zone)) ==
          Lines{"2026-10-26..2026-10-30 S"});
  }
  CHECK(lines(read(event("DTSTART;VALUE=DATE:20261026\r\n"))) == Lines{"2026-10-26..2026-10-26 S"});
  CHECK(lines(read(event("DTSTART;VALUE=DATE:20261026\r\nDURATION:P3D\r\n"))) ==
        Lines{"2026-10-26..2026-10-28 S"});
}

TEST_CASE("I12: times are what the school's wall shows, an end at midnight is the day before") {
  CHECK(lines(read(event("DTSTART:20261026T090000\r\nDTEND:20261026T150000\r\n"))) ==
        Lines{"2026-10-26..2026-10-26 S"});
  CHECK(lines(read(event("DTSTART:20261026T000000\r\nDTEND:20261028T000000\r\n"))) ==
        Lines{"2026-10-26..2026-10-27 S"});
  CHECK(lines(read(event("DTSTART:20261026T230000Z\r\nDTEND:20261027T010000Z\r\n"), "Asia/Tokyo")) ==
        Lines{"2026-10-27..2026-10-27 S"});
  CHECK(lines(read(event("DTSTART;TZID=America/New_York:20261026T210000\r\nDTEND;TZID=America/"
                         "New_York:20261026T220000\r\n"),
                   "Europe/London")) == Lines{"2026-10-27..2026-10-27 S"});
  const auto strange =
      read(event("DTSTART;TZID=Moon/Base:20261026T090000\r\nDTEND;TZID=Moon/Base:20261026T100000\r\n"));
  CHECK(lines(strange) == Lines{"2026-10-26..2026-10-26 S"});
  REQUIRE(strange.problems.size() == 1);
  CHECK(strange.problems[0].problem.find("Moon/Base") != std::string::npos);
}

TEST_CASE("I12: rules, days added, taken out and moved, whatever the order in the file") {
  const auto master =
      event("DTSTART;VALUE=DATE:20250501\r\nRRULE:FREQ=YEARLY\r\nEXDATE;VALUE=DATE:20270501\r\n");
  const auto moved = event("RECURRENCE-ID;VALUE=DATE:20260501\r\nDTSTART;VALUE=DATE:20260504\r\n");
  for (const auto& text : {master + moved, moved + master}) {
    CHECK(lines(read(text)) == Lines{"2026-05-04..2026-05-04 S"});
  }
  CHECK(lines(read(event("DTSTART;VALUE=DATE:20260105\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\nRDATE;VALUE=DATE:"
                         "20260301,20260302\r\n"))) ==
        Lines{"2026-01-05..2026-01-05 S", "2026-01-12..2026-01-12 S", "2026-01-19..2026-01-19 S",
              "2026-03-01..2026-03-01 S", "2026-03-02..2026-03-02 S"});
  CHECK(lines(read(event("DTSTART;VALUE=DATE:20260105\r\nEXDATE;VALUE=DATE:20260105\r\n"))).empty());
  CHECK(lines(read(event("DTSTART;VALUE=DATE:20260105\r\nSTATUS:CANCELLED\r\n"))).empty());
  const auto gone =
      event("DTSTART;VALUE=DATE:20260105\r\nRRULE:FREQ=DAILY;COUNT=2\r\n") +
      event("RECURRENCE-ID;VALUE=DATE:20260105\r\nDTSTART;VALUE=DATE:20260105\r\nSTATUS:CANCELLED\r\n");
  CHECK(lines(read(gone)) == Lines{"2026-01-06..2026-01-06 S"});
}

TEST_CASE(
    "I12: a rule that never ends is followed as far as is asked, one that repeats each second not for ever") {
  CHECK(read(event("DTSTART;VALUE=DATE:20200101\r\nRRULE:FREQ=DAILY\r\n"), "UTC", "2026-01-01", "2026-01-10")
            .events.size() == 10);
  const auto each_second = read(event("DTSTART:20260101T000000\r\nRRULE:FREQ=SECONDLY\r\n"));
  CHECK(each_second.problems.size() == 1);
  CHECK(each_second.events.size() == 1);
  const auto hourly = read(event("DTSTART;VALUE=DATE:20250501\r\nRRULE:FREQ=HOURLY;BYMONTH=6;BYDAY=1MO\r\n"),
                           "UTC", "2025-01-01", "2027-01-01");
  CHECK(hourly.events.size() == 1);
  CHECK(hourly.problems.at(0).problem.find("by the hour") != std::string::npos);
}

TEST_CASE("I12: what cannot be is left out and told") {
  for (const auto* inner :
       {"", "DTSTART;VALUE=DATE:20261032\r\n", "DTSTART;VALUE=DATE:20261026\r\nDTEND;VALUE=DATE:20261020\r\n",
        "DTSTART;VALUE=DATE:20261026\r\nDTEND;VALUE=DATE:20291026\r\n"}) {
    CAPTURE(inner);
    const auto reading = read(event(inner) + event("DTSTART;VALUE=DATE:20261101\r\n", "2"));
    CHECK(lines(reading) == Lines{"2026-11-01..2026-11-01 S"});
    CHECK(reading.problems.size() == 1);
  }
}

TEST_CASE("I12: no calendar, half a calendar, NUL: refused, and two one after another are read as one") {
  const auto refused = [](std::string_view bytes) {
    try {
      read_icalendar(bytes, Zone::utc(), day("2026-01-01"), day("2027-01-01"));
    } catch (const Error& error) {
      CHECK(error.exit() == Exit::refused_input);
      CHECK(!error.hint().empty());
      return error.code();
    }
    return std::string("accepted");
  };
  CHECK(refused("") == "no-calendar");
  CHECK(refused("<html><body>Sign in</body></html>") == "no-calendar");
  CHECK(refused("PK\x03\x04 zip") == "no-calendar");
  CHECK(refused("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261026\r\n") == "cut-off");
  CHECK(refused("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261026\r\nEND:VCALENDAR\r\n") ==
        "cut-off");
  const auto one = fmt::format("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n",
                               event("DTSTART;VALUE=DATE:20260105\r\n"));
  const auto two = fmt::format("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n",
                               event("DTSTART;VALUE=DATE:20260106\r\n", "2"));
  CHECK(read_icalendar("\xef\xbb\xbf" + one + two, Zone::utc(), day("2026-01-01"), day("2027-01-01"))
            .events.size() == 2);
}

TEST_CASE("I12: the calendars that others wrote agree with their truth to the day") {
  if (!fs::exists(corpus)) {
    MESSAGE("skipped: no corpus beside the sources");
    return;
  }
  std::map<std::string, std::multiset<std::string>> truth;
  std::ifstream table(corpus / "expanded.tsv");
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    std::vector<std::string> cells;
    for (const auto cell : split(line, '\t')) cells.emplace_back(trim_invisible(cell));
    truth[cells.at(0)].insert(fmt::format("{}..{} {}", cells[1], cells[2], cells[3]));
  }
  REQUIRE(truth.size() >= 14);
  for (const auto& [file, expected] : truth) {
    CAPTURE(file);
    const bool british = file.find("UK") != std::string::npos && file.starts_with("public-holidays/");
    const auto reading = read_icalendar(os::read_file(corpus / file, 8 << 20), Zone("Europe/London"),
                                        day(british ? "2021-01-01" : "2025-01-01"), day("2027-12-31"));
    const auto found = lines(reading);
    std::multiset<std::string> got(found.begin(), found.end());
    for (const auto& one : expected) {
      if (!got.contains(one)) FAIL_CHECK("missing: " << one);
    }
    for (const auto& one : got) {
      if (!expected.contains(one)) FAIL_CHECK("not in the truth: " << one);
    }
  }
  // Every file of the set is read, or is empty, and none is refused.
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(corpus)) {
    if (entry.path().extension() != ".ics") continue;
    CAPTURE(entry.path().string());
    (void)read_icalendar(os::read_file(entry.path(), 8 << 20), Zone::utc(), day("2000-01-01"),
                         day("2030-12-31"));
    ++files;
  }
  CHECK(files >= 45);
}
