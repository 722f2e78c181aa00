// The last steps of an import, in its own transaction, once the difference has been applied and the guard has
// let it pass: what follows from the new roster for everything that hangs on it.
#pragma once

#include "base/instant.hpp"
#include "config/settings.hpp"
#include "intake/issues.hpp"
#include "store/intake_apply.hpp"
#include "store/intake_stage.hpp"

namespace crier::intake {

struct Applied {
  const config::ImportSource& source;
  const store::IntakeStage& stage;
  const IssueList& issues;
  const store::Difference& difference;
  std::int64_t import = 0;
  Instant now{};
  /// What prime_stands() said before the lock was taken.
  bool prime_stood = false;
};

/// Whether the contacts of this source (its settings, its row) are prime as the settings want it: looking at
/// all of them is for before the lock (B9).
bool prime_stands(store::Connection& connection, const config::ImportSource& source, std::int64_t row);

void after_apply(store::Connection& connection, const Applied& applied);

}  // namespace crier::intake
