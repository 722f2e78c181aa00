// Taking the last applied import back (I6): one transaction, recorded like an import of its own.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "model/import.hpp"
#include "store/connection.hpp"

namespace crier::intake {

struct UndoAnswer {
  /// Of the undo: what came back counts as added, what went as removed.
  ImportReport report;
  /// The import that was taken back.
  std::int64_t undone = 0;
  /// People whom it had added and who stay as leavers, because something was sent to them or they decided
  /// something.
  std::int64_t stayed = 0;
};

/// Throws Error(nothing_there) where no import was applied since the last undo, Error(refused_by_rule) where
/// something that came later stands on it, Error(store) while an import runs.
UndoAnswer undo_last(store::Connection& connection, const Clock& clock, const std::string& actor);

}  // namespace crier::intake
