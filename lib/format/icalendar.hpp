// Calendars as other programs write them (RFC 5545): every day that an event covers, recurring ones expanded,
// with the days that were taken out or moved (I12). Bytes in, days out; which of them are closures is
// office/calendar_import's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/zone.hpp"

namespace crier::format {

/// One time that an event takes place.
struct CalendarEvent {
  std::string uid;
  /// The last day is among them: an end in the file is the first moment after it.
  Date first{};
  Date last{};
  /// In one line; empty where the file has none.
  std::string summary;
  std::vector<std::string> categories;
  bool all_day = true;
};

/// An event that could not be taken as it stands, and what was done.
struct CalendarProblem {
  std::string summary;
  std::string problem;
};

struct CalendarReading {
  /// By first day, then last, then summary; those that touch [from, upto].
  std::vector<CalendarEvent> events;
  std::vector<CalendarProblem> problems;
  /// Events in the file, whenever they are.
  std::size_t in_file = 0;
};

/// A date is the school's date; a time of another zone is what the wall of `zone` shows then, and one without
/// a zone is the wall's own. Several calendars one after another are read as one. Throws Error(refused_input)
/// for bytes that are no calendar, or are cut off.
CalendarReading read_icalendar(std::string_view bytes, const Zone& zone, Date from, Date upto);

}  // namespace crier::format
