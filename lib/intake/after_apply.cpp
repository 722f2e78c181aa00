#include "intake/after_apply.hpp"

#include "intake/data_issues.hpp"

namespace crier::intake {

void after_apply(store::Connection& connection, const Applied& applied) {
  refresh_data_issues(connection, applied.stage, applied.issues, applied.difference, applied.now);
}

}  // namespace crier::intake
