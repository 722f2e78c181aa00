// Turns what an import met into data issues (S5): the last look, in the import's own transaction, at rows
// that concern a person and at the roster as it stands after the import.
#pragma once

#include <cstdint>

#include "base/instant.hpp"
#include "intake/issues.hpp"
#include "store/intake_apply.hpp"
#include "store/intake_stage.hpp"

namespace crier::intake {

/// After the stage was applied. The roster is looked at anew only where the import changed it.
void refresh_data_issues(store::Connection& connection, const store::IntakeStage& stage,
                         const IssueList& issues, const store::Difference& difference, Instant now);

}  // namespace crier::intake
