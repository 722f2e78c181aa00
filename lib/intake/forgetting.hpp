// Letting a source go (R6): an import of that source in which nothing stands any more, so that its people
// become leavers (I10), its groups inactive and the rest of what it brought is kept as it was, for `import
// undo`. What other sources said, the office's own hand above all, stays whole.
#pragma once

#include "intake/run.hpp"

namespace crier::intake {

/// `request` names the source; its path is not looked at. What would be removed, kind by kind, is in
/// `findings`.
ImportAnswer forget_source(store::Connection& connection, const config::Settings& settings,
                           const Clock& clock, const ImportRequest& request);

}  // namespace crier::intake
