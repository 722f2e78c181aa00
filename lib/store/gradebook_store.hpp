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

namespace crier::store {

/// One assignment of one pupil.
struct Work {
  std::int64_t pupil = 0;
  std::int64_t assignment = 0;
  std::string title;
  std::string class_name;
  Date due{};
  /// What was had of what could be had; none where the gradebook does not say.
  std::optional<double> score;
  std::optional<double> points;
};

/// Whose work, and due when. Only work of active classes of this school that the pupil attends on `today`,
/// that is still in the gradebook and that was due before `today`.
struct WorkRequest {
  std::int64_t school = 0;
  std::span<const std::int64_t> pupils;
  /// The first and the last day on which the work was due.
  Date begin{};
  Date end{};
  /// The school's date on which the question is asked.
  Date today{};
};

/// Work whose result is 'not submitted' or flagged missing, unless another result of it says that it was
/// handed in or that the pupil is exempt. Where its source is one of `silence_is_missing`, also work without
/// any result that was due while the pupil was in the class. By pupil, class, due date and title.
std::vector<Work> missing_work(Connection& connection, const WorkRequest& request,
                               std::span<const std::string> silence_is_missing);

/// Graded work with less than `failing_percent` of the points, the best result counting; what has no points
/// is not judged. By pupil, class, due date and title.
std::vector<Work> failing_work(Connection& connection, const WorkRequest& request, double failing_percent);

}  // namespace crier::store
