// The gradebook as notices read it: which work of which pupils is missing or failing (R8, T2, T3). One query
// for all pupils of a run; who hears of it is the audience's, whether they heard already the ledger's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "store/connection.hpp"
#include "store/finding.hpp"

namespace crier::store {

/// Days are due dates. Only work of active classes of the school that the pupil attends on `today`, that is
/// still in the gradebook and that was due before `today`: of it such whose result is 'not submitted' or
/// flagged missing, unless another result of it says that it was handed in or that the pupil is exempt. Where
/// its source is one of `silence_is_missing`, also work without any result that was due while the pupil was
/// in the class. By pupil, class, due date and title.
std::vector<Finding> missing_work(Connection& connection, const FindingRequest& request,
                                  std::span<const std::string> silence_is_missing);

/// Graded work with less than `failing_percent` of the points, the best result counting; what has no points
/// is not judged. By pupil, class, due date and title.
std::vector<Finding> failing_work(Connection& connection, const FindingRequest& request,
                                  double failing_percent);

}  // namespace crier::store
