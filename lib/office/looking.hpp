// Looking as an act: the reports, with what only the settings know put beside them (S2), and addresses
// masked for whoever may not see them (M7).
#pragma once

#include <cstdint>
#include <functional>
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
report::Utilization utilization(const Office& office, Instant from, Instant to);
Table activity(const Office& office);

/// The days of `report --term`: the term under way at the named school, else the last one that has ended
/// there; the district's where the school has none of its own. Throws Error(usage, "no-term").
config::Term current_term(const Office& office);

/// `report management` (S4): figures of now, each with the audience that is its list; and the open data
/// issues by kind.
struct ManagementReport {
  Table figures;
  Table issues;
};
/// `between` is told how many of the figures are done, of how many.
ManagementReport management(const Office& office,
                            const std::function<void(std::int64_t, std::int64_t)>& between = {});

/// `report delivery`: jobs created in [from, to), of the named school or all, for eyes: the latest deliveries
/// alone where there are more than anybody reads.
report::DeliveryReport delivery_report(const Office& office, Instant from, Instant to);
/// The same for programs, all of one moment: `begin` gets the jobs, then `take` all deliveries in tables of
/// some thousand rows.
void delivery_pages(const Office& office, Instant from, Instant to,
                    const std::function<void(const report::DeliveryReport&)>& begin,
                    const std::function<void(const Table&)>& take);

}  // namespace crier::office
