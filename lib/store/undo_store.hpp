// Taking an import back (I6): whatever it changed or removed stands again as *_before kept it, whatever it
// added goes; in sets, in the caller's write transaction. What people decided and what was sent or told is
// not touched: who has any of that stays, as a leaver.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// What came since and stands on rows that the import added, in words: `3 memberships in groups that it
/// added`. Empty where nothing stands in the way.
std::vector<std::string> undo_obstacles(Connection& connection, std::int64_t import);

struct Undone {
  /// People whom it added and who stay as leavers.
  std::int64_t stayed = 0;
};

/// Takes `import` back as import `undo`, under which the rows are kept as they were until now. The caller has
/// let the store not follow references (UncheckedReferences) and has asked for obstacles.
Undone undo_import(Connection& connection, std::int64_t import, std::int64_t undo, Instant now);

}  // namespace crier::store
