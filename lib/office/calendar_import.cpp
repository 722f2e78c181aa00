#include "office/calendar_import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "office/calendar.hpp"
#include "office/permission.hpp"
#include "roster/schools.hpp"
#include "store/calendar_store.hpp"
#include "store/school_store.hpp"

namespace crier::office {
namespace {

constexpr std::size_t most_bytes = 16 << 20;
constexpr std::chrono::days looks_back{366};
constexpr std::chrono::days looks_ahead{3 * 366};
/// As over any import: so few may go unasked, or so small a share.
constexpr std::int64_t few = 5;

bool has_part(std::string_view title, const std::vector<std::string>& parts) {
  const auto folded = fold(title);
  return std::any_of(parts.begin(), parts.end(),
                     [&](const std::string& part) { return folded.find(fold(part)) != std::string::npos; });
}

/// The titles that there are, commonest first, for whoever has to say which are closures.
std::string titles_of(const std::vector<format::CalendarEvent>& events) {
  std::vector<std::string> titles;
  for (const auto& one : events) {
    if (std::find(titles.begin(), titles.end(), one.summary) == titles.end()) titles.push_back(one.summary);
  }
  constexpr std::size_t most_titles = 8;
  const auto shown = std::min(titles.size(), most_titles);
  auto text = join(std::span(titles).first(shown), "; ");
  if (titles.size() > shown) text += fmt::format("; and {} more", titles.size() - shown);
  return text;
}

std::vector<store::Holiday> holidays_of(const CalendarReport& report, std::optional<std::int64_t> school) {
  std::vector<store::Holiday> holidays;
  for (const auto& one : report.closures) {
    store::Holiday holiday;
    holiday.school = school;
    holiday.first = one.first;
    holiday.last = one.last;
    holiday.reason = one.summary.empty() ? "Closed" : one.summary;
    holiday.source_id = one.uid;
    holidays.push_back(std::move(holiday));
  }
  return holidays;
}

void require_not_many(const CalendarReport& report, std::int64_t going, std::int64_t standing) {
  if (going <= few || going * 2 <= standing) return;
  throw Error(
      Exit::refused_by_rule, "removal-guard",
      fmt::format("{} of {} days off that are ahead are no longer in this calendar", going, standing),
      fmt::format("Look at the file: it has {} closures. If it is right, import it with --accept-removals.",
                  report.closures.size()));
}

}  // namespace

bool ClosureRule::takes(const format::CalendarEvent& event) const {
  const bool named =
      all || has_part(event.summary, titles) ||
      std::any_of(event.categories.begin(), event.categories.end(), [&](const std::string& one) {
        return std::any_of(categories.begin(), categories.end(),
                           [&](const std::string& category) { return fold(category) == fold(one); });
      });
  return named && !has_part(event.summary, except);
}

CalendarReport import_calendar(const Office& office, const CalendarRequest& request) {
  require_calendar_change(office, office.school);
  const auto school = named_school(office);
  const auto schools = roster::school_profiles(office.store, office.settings);
  const auto zone = schools.empty()
                        ? Zone::utc()
                        : (school ? roster::pick_school(schools, office.school) : schools.front()).zone;
  const auto today = std::chrono::floor<std::chrono::days>(zone.local(office.clock.now())).time_since_epoch();
  CalendarReport report;
  report.school = school ? roster::pick_school(schools, office.school).code : "";
  report.from = Date(std::chrono::sys_days(today) - looks_back);
  report.upto = Date(std::chrono::sys_days(today) + looks_ahead);
  auto reading =
      format::read_icalendar(os::read_file(request.path, most_bytes), zone, report.from, report.upto);
  report.problems = std::move(reading.problems);
  if (reading.events.empty() && request.removals == CalendarRemovals::guarded) {
    throw Error(Exit::refused_input, "empty-calendar",
                fmt::format("{} has {} events, none of them between {} and {}", request.path.string(),
                            reading.in_file, to_iso(report.from), to_iso(report.upto)),
                "Nothing was changed. If it is meant to be empty, import it with --accept-removals.");
  }
  if (!request.rule.is_set()) {
    throw Error(
        Exit::usage, "no-rule", "nobody has said which of the events are closures",
        fmt::format("Say --all, --title WORD or --category NAME. There are: {}.", titles_of(reading.events)));
  }
  for (auto& one : reading.events) {
    (request.rule.takes(one) ? report.closures : report.others).push_back(std::move(one));
  }
  if (report.closures.empty() && request.removals == CalendarRemovals::guarded) {
    throw Error(Exit::nothing_there, "no-closures", "no event is a closure by that rule",
                fmt::format("There are: {}.", titles_of(report.others)));
  }
  store::Transaction transaction(office.store);
  const auto source = store::source_row(office.store, request.source, "calendar", office.clock.now());
  const auto standing = store::holidays_of_source(office.store, source, school, report.from);
  const auto now = holidays_of(report, school);
  const auto key = [](const store::Holiday& one) { return std::tuple(one.first, one.last, one.reason); };
  std::set<std::tuple<Date, Date, std::string>> wanted, known;
  for (const auto& one : now) wanted.insert(key(one));
  std::int64_t ahead = 0, going = 0;
  for (const auto& one : standing) {
    known.insert(key(one));
    const bool to_come = std::chrono::sys_days(one.last) >= std::chrono::sys_days(today);
    ahead += to_come;
    if (wanted.contains(key(one))) continue;
    going += to_come;
    ++report.removed;
    store::remove_holiday(office.store, one.id);
  }
  if (request.removals == CalendarRemovals::guarded) require_not_many(report, going, ahead);
  for (const auto& one : now) {
    if (!known.insert(key(one)).second) continue;
    ++report.added;
    store::insert_holiday(office.store, one, office.clock.now(), source);
  }
  report.unchanged = static_cast<std::int64_t>(wanted.size()) - report.added;
  if (request.mode == CalendarMode::dry_run) return report;
  if (report.added + report.removed > 0) {
    record(office, "import-calendar", office.school.empty() ? "all schools" : report.school,
           fmt::format("{}: {} added, {} removed, {} unchanged", request.source, report.added, report.removed,
                       report.unchanged));
    look_at_held_again(office);
  }
  transaction.commit();
  os::ring(bell_path(office.store.path()));
  return report;
}

}  // namespace crier::office
