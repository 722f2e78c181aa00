// Whether the data are fresh enough to send on (A5, `--after-sync`): an import that runs is waited for, and
// what is too old is refused.
#pragma once

#include "office/office.hpp"

namespace crier::office {

/// Waits for an import that runs, at most an hour. Throws Error(refused_by_rule, "stale-data") where a source
/// was not imported for longer than the settings allow, never, or where an import still runs.
void require_fresh_data(const Office& office);

}  // namespace crier::office
