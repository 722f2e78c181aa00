// When a schedule is due: wall times counted from its start or named by its cron expression, and the instants
// at which they happen in the school's zone (T1, T6). Pure arithmetic; what was missed or has run is the
// runner's.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/instant.hpp"
#include "base/zone.hpp"
#include "config/schedule_file.hpp"

namespace crier::schedule {

/// One time at which a schedule is due. `local`, as scheduled, and the zone's name are its identity: it is
/// due once, whatever the clocks do. `at` is when that is: in a gap at the gap's end, of a repeated wall time
/// the first.
struct Occurrence {
  LocalTime local;
  Instant at;
  bool operator==(const Occurrence&) const = default;
};

/// The first occurrence whose instant is after `after`; nothing where none follows (once, or none in 30
/// years). Several may share one instant: the scheduled wall times of a gap. Then it is the earliest by wall
/// time, and `occurrences_between` tells all.
std::optional<Occurrence> next_occurrence(const config::Schedule& schedule, const Zone& zone, Instant after);

/// Those whose instant is after `after` and not after `upto`, in order, at most `limit`.
std::vector<Occurrence> occurrences_between(const config::Schedule& schedule, const Zone& zone, Instant after,
                                            Instant upto, std::size_t limit);

}  // namespace crier::schedule
