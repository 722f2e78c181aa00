// Looking as an act: the reports, with what only the settings know put beside them (S2), and addresses
// masked for whoever may not see them (M7).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "office/office.hpp"
#include "report/delivery_report.hpp"
#include "report/status.hpp"
#include "report/utilization_report.hpp"

namespace crier::office {

/// `status JOB --errors`: each attempt with the sender's address that it went out under. Throws
/// Error(nothing_there) where there is no such job.
std::vector<report::ErrorGroup> job_errors(const Office& office, std::int64_t job);

/// How many have confirmed a message that asked for it (M10); nothing where it did not.
std::optional<std::int64_t> confirmations(const Office& office, std::int64_t message);

/// `report utilization`, of jobs created in [from, to); `report activity`, of what has not gone yet. Of the
/// named school or all.
Table utilization(const Office& office, Instant from, Instant to);
Table activity(const Office& office);

/// `report management` (S4): figures of now, each with the audience that is its list; and the open data
/// issues by kind.
struct ManagementReport {
  Table figures;
  Table issues;
};
ManagementReport management(const Office& office);

/// `report delivery`: jobs created in [from, to), of the named school or all.
report::DeliveryReport delivery_report(const Office& office, Instant from, Instant to);

}  // namespace crier::office
