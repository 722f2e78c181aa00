#include "office/calendar.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "office/permission.hpp"
#include "roster/schools.hpp"
#include "store/release_store.hpp"
#include "store/school_store.hpp"

namespace crier::office {
namespace {

constexpr std::chrono::days longest{366};

HolidayLine line_of(const std::vector<roster::SchoolProfile>& schools, store::Holiday holiday) {
  HolidayLine line{std::move(holiday), ""};
  for (const auto& school : schools) {
    if (school.id == line.holiday.school) line.school = school.code;
  }
  return line;
}

Date read_day(const std::string& text) {
  if (const auto day = parse_date(text)) return *day;
  throw Error(Exit::usage, "bad-date", fmt::format("'{}' is no day", text), "Write it as 2026-12-21.");
}

/// The school's date where one is named, else the first one's.
Date today(const Office& office, const std::vector<roster::SchoolProfile>& schools) {
  const auto zone = schools.empty()         ? Zone::utc()
                    : office.school.empty() ? schools.front().zone
                                            : roster::pick_school(schools, office.school).zone;
  return Date(std::chrono::sys_days(
      std::chrono::floor<std::chrono::days>(zone.local(office.clock.now())).time_since_epoch()));
}

/// A school's code; empty for all of them.
std::string code_of(const Office& office, const std::optional<std::int64_t>& school) {
  for (const auto& one : store::schools(office.store)) {
    if (one.id == school) return one.code;
  }
  return "";
}

}  // namespace

void look_at_held_again(const Office& office) {
  const auto now = office.clock.now();
  store::look_at_held_again(office.store, now + office.settings.sending.undo_delay, now);
}

void require_calendar_change(const Office& office, const std::string& school) {
  if (school.empty()) {
    require_everywhere(office, Act::change_calendar);
  } else {
    require(office, Act::change_calendar, {{school}, ""});
  }
}

std::vector<HolidayLine> list_holidays(const Office& office, PastHolidays past) {
  const auto schools = roster::school_profiles(office.store, office.settings);
  std::optional<Date> from;
  if (past == PastHolidays::left_out) from = today(office, schools);
  std::vector<HolidayLine> lines;
  for (auto& one : store::holidays(office.store, from, named_school(office))) {
    lines.push_back(line_of(schools, std::move(one)));
  }
  return lines;
}

HolidayLine add_holiday(const Office& office, const std::string& first, const std::string& last,
                        const std::string& reason) {
  store::Holiday holiday;
  holiday.school = named_school(office);
  require_calendar_change(office, office.school);
  holiday.first = read_day(first);
  holiday.last = last.empty() ? holiday.first : read_day(last);
  holiday.reason = trim_invisible(reason);
  if (holiday.reason.empty()) {
    throw Error(Exit::usage, "no-reason", "a holiday needs a reason", "Give one with --reason.");
  }
  const auto span = std::chrono::sys_days(holiday.last) - std::chrono::sys_days(holiday.first);
  if (span.count() < 0) {
    throw Error(Exit::usage, "bad-span", fmt::format("{} lies before {}", last, first),
                "Give the first day, then the last.");
  }
  if (span > longest) {
    throw Error(Exit::usage, "bad-span", fmt::format("{} to {} is more than a year", first, last),
                "Check the years.");
  }
  {
    store::Transaction transaction(office.store);
    holiday.id = store::insert_holiday(office.store, holiday, office.clock.now());
    record(office, "calendar-add", office.school.empty() ? "all schools" : office.school,
           fmt::format("{} to {}: {}", to_iso(holiday.first), to_iso(holiday.last), holiday.reason));
    look_at_held_again(office);
    transaction.commit();
  }
  os::ring(bell_path(office.store.path()));
  return line_of(roster::school_profiles(office.store, office.settings), std::move(holiday));
}

HolidayLine remove_holiday(const Office& office, std::int64_t id) {
  std::optional<store::Holiday> found;
  {
    store::Transaction transaction(office.store);
    found = store::holiday(office.store, id);
    if (!found) {
      throw Error(Exit::nothing_there, "no-such-holiday", fmt::format("there is no holiday {}", id),
                  "'crier calendar list' shows their numbers.");
    }
    if (!found->source.empty()) {
      throw Error(Exit::refused_by_rule, "imported",
                  fmt::format("holiday {} comes from the calendar '{}'", id, found->source),
                  "Change it there and import the calendar again.");
    }
    require_calendar_change(office, code_of(office, found->school));
    store::remove_holiday(office.store, id);
    record(office, "calendar-remove", fmt::format("holiday {}", id),
           fmt::format("{} to {}: {}", to_iso(found->first), to_iso(found->last), found->reason));
    look_at_held_again(office);
    transaction.commit();
  }
  os::ring(bell_path(office.store.path()));
  return line_of(roster::school_profiles(office.store, office.settings), std::move(*found));
}

}  // namespace crier::office
