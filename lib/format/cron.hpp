// Cron expressions of five fields (minute hour day month weekday), as crontab(5) reads them: lists, ranges,
// steps, names; where both day fields are restricted, either may match. Wall time only: which instants these
// are is schedule/occurrence's business.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace crier::format {

class Cron {
 public:
  /// Throws Error(usage) that names the field; also for an expression that never fires (`0 0 31 2 *`).
  static Cron parse(std::string_view expression);

  bool matches(LocalTime at) const;
  /// The first matching minute at or after `from`; searches 30 years.
  std::optional<LocalTime> next(LocalTime from) const;
  const std::string& text() const { return text_; }

 private:
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
