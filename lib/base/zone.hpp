// A time zone by its IANA name, right across clock changes (cctz). Rules on wall time go through here:
// 24 hours are not always a day.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace crier {

class Zone {
 public:
  /// Throws Error(usage) for a name that the zone database does not know.
  explicit Zone(std::string_view name);
  static bool exists(std::string_view name);
  static Zone utc();

  const std::string& name() const { return name_; }

  /// What a clock on the wall shows at that instant.
  LocalTime local(Instant at) const;
  std::chrono::seconds offset(Instant at) const;

  /// How a wall time maps to instants. `unique`: `first` == `last`. `gap`: the wall never shows it; both are
  /// the instant of the change. `overlap`: shown twice; `first` is the earlier, `last` the later.
  struct Mapping {
    enum class Kind { unique, gap, overlap } kind;
    Instant first;
    Instant last;
  };
  Mapping map(LocalTime at) const;

  /// The instant at which a wall time happens, by crier's rule (T6): in a gap the gap's end, of a repeated
  /// hour the first.
  Instant instant(LocalTime at) const { return map(at).first; }

 private:
  struct Rep;
  std::string name_;
  std::shared_ptr<const Rep> rep_;
};

}  // namespace crier
