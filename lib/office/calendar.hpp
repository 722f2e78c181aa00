// Holidays and closures as acts (D3): listed, added, removed. Quiet hours obey them from then on, what is
// queued already too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "office/office.hpp"
#include "store/calendar_store.hpp"

namespace crier::office {

struct HolidayLine {
  store::Holiday holiday;
  /// Empty: all schools.
  std::string school;
};

/// Those that are not over, by first day; `all`: those that are over too. Of the school that the office
/// names, if any, with those of all schools.
enum class PastHolidays { left_out, shown };
std::vector<HolidayLine> list_holidays(const Office& office, PastHolidays past);

/// Of the school that the office names, or of all. Throws Error(usage) for days that are none, for an end
/// before the beginning and for a span of more than a year, and without a reason.
HolidayLine add_holiday(const Office& office, const std::string& first, const std::string& last,
                        const std::string& reason);

/// Throws Error(nothing_there); Error(refused_by_rule) for one that an import brought.
HolidayLine remove_holiday(const Office& office, std::int64_t id);

/// M7: days off of all schools (an empty code) take the role for all of them.
void require_calendar_change(const Office& office, const std::string& school);
/// What is held now is worked out again by the new days; the caller holds the transaction.
void look_at_held_again(const Office& office);

}  // namespace crier::office
