// Cron expressions of five fields (minute hour day month weekday), as crontab(5) reads them: lists, ranges,
// steps, names in any case, 7 for Sunday, `?` for `*`, @daily and its like; where both day fields are
// restricted, either may match, and a field that begins with a star is not restricted. Wall time only: which
// instants these are is schedule/occurrence's business.
#pragma once

#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace crier::format {

class Cron {
 public:
  /// Throws Error(usage) that names the field and the value; also for an expression that never fires (`0 0 31
  /// 2 *`).
  static Cron parse(std::string_view expression);

  bool matches(LocalTime at) const;
  /// The first matching minute at or after `from`; searches 30 years.
  std::optional<LocalTime> next(LocalTime from) const;
  /// No hour is left out: such an expression means an interval rather than times of day.
  bool every_hour() const { return hours_.all(); }
  const std::string& text() const { return text_; }

 private:
  bool matches_day(Date date) const;
  /// The first matching minute of the day that begins at `midnight`, not before `from` into it.
  std::optional<LocalTime> next_on(LocalTime midnight, std::chrono::minutes from) const;

  std::string text_;
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;  // 0 is Sunday
  bool any_day_ = false;
  bool any_weekday_ = false;
};

}  // namespace crier::format
