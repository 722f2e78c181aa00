// The difference between a staged set and the roster, found and written by SQL: what is new goes in, what
// differs is kept as it was (*_before) and changed, what has gone leaves. Runs in the caller's write
// transaction; a dry run rolls it back.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "model/import.hpp"
#include "store/intake_stage.hpp"

namespace crier::store {

/// How much of one kind in one school a set would take away: what the removal guard judges (I7).
struct Removal {
  /// The words of FactKind, or `gradebook`.
  std::string kind;
  /// The school's code; empty for kinds that are counted over all schools of the set.
  std::string school;
  std::int64_t before = 0;
  std::int64_t gone = 0;
};

struct Difference {
  FactCounts added;
  FactCounts changed;
  FactCounts removed;
  std::vector<Removal> removals;
  bool empty() const { return added.empty() && changed.empty() && removed.empty(); }
};

/// Applies a closed stage as import `import`; `now` dates the leavers.
Difference apply_stage(Connection& connection, IntakeStage& stage, std::int64_t import, Instant now);

}  // namespace crier::store
