// The delivery report: everything that was sent in a time, to whom, with what result (S3). A row per job, and
// a row per delivery: for eyes the latest, for programs all of them as they are read, since a district sends
// millions.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/instant.hpp"
#include "base/table.hpp"
#include "store/connection.hpp"

namespace crier::report {

struct DeliveryReport {
  /// A row per job with its counts, and the chart.
  Table summary;
  /// A row per delivery: none yet.
  Table deliveries;
  /// So many deliveries there are.
  std::int64_t total = 0;
  /// Their jobs, latest first.
  std::vector<std::int64_t> jobs;
};

/// Jobs created in [from, to), of one school or all.
DeliveryReport delivery_report(store::Connection& connection, std::optional<std::int64_t> school,
                               Instant from, Instant to);

/// Fills in the deliveries of the latest jobs, for eyes; a note says so where there are more than anybody
/// reads.
void add_latest_deliveries(store::Connection& connection, DeliveryReport& report);

/// Hands over all deliveries, in tables of some thousand rows, one at least.
void delivery_pages(store::Connection& connection, const DeliveryReport& report,
                    const std::function<void(Table&)>& take);

}  // namespace crier::report
