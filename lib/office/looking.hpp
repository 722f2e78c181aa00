// Looking at a job's failures as an act: the report's groups, with what only the settings know put beside
// them (S2).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "office/office.hpp"
#include "report/status.hpp"

namespace crier::office {

/// `status JOB --errors`: each attempt with the sender's address that it went out under. Throws
/// Error(nothing_there) where there is no such job.
std::vector<report::ErrorGroup> job_errors(const Office& office, std::int64_t job);

/// How many have confirmed a message that asked for it (M10); nothing where it did not.
std::optional<std::int64_t> confirmations(const Office& office, std::int64_t message);

}  // namespace crier::office
