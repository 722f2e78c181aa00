// `crier import calendar`: days off from a calendar that another program keeps (I12). Which of its events are
// closures is the school's rule, and is said before anything changes; quiet hours obey them from then on
// (D3).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "format/icalendar.hpp"
#include "office/office.hpp"

namespace crier::office {

/// An event is a closure where any of these says so, and `except` does not. Words count without case and
/// accents.
struct ClosureRule {
  bool all = false;
  /// Part of the title.
  std::vector<std::string> titles = {};
  /// A whole category.
  std::vector<std::string> categories = {};
  /// Part of the title, of events that are none all the same.
  std::vector<std::string> except = {};

  bool is_set() const { return all || !titles.empty() || !categories.empty(); }
  bool takes(const format::CalendarEvent& event) const;
};

enum class CalendarMode { apply, dry_run };
/// Days off that are ahead and no longer in the calendar: many at once are held back, or accepted.
enum class CalendarRemovals { guarded, accepted };

struct CalendarRequest {
  std::filesystem::path path;
  /// Whose days these are: an import replaces what the same source brought to the same school before.
  std::string source = "calendar";
  ClosureRule rule;
  CalendarMode mode = CalendarMode::apply;
  CalendarRemovals removals = CalendarRemovals::guarded;
};

struct CalendarReport {
  /// Empty: all schools.
  std::string school;
  /// What was taken for a closure, and what was not, within the days looked at.
  std::vector<format::CalendarEvent> closures;
  std::vector<format::CalendarEvent> others;
  std::vector<format::CalendarProblem> problems;
  /// The days looked at: a year back, three ahead; rules that never end are followed so far.
  Date from{};
  Date upto{};
  std::int64_t added = 0;
  std::int64_t removed = 0;
  std::int64_t unchanged = 0;
};

/// Of the school that the office names, or of all. Throws Error(refused_input) for a file that is no calendar
/// or has no event in that time; Error(usage, "no-rule") where nobody has said which events are closures,
/// with their titles; Error(nothing_there, "no-closures") where the rule takes none; Error(refused_by_rule,
/// "removal-guard") where more than half, and more than five, of the days off ahead would go. Nothing has
/// changed then.
CalendarReport import_calendar(const Office& office, const CalendarRequest& request);

}  // namespace crier::office
