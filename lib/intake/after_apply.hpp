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
};

void after_apply(store::Connection& connection, const Applied& applied);

}  // namespace crier::intake
