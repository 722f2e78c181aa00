// The delivery report: everything that was sent in a time, to whom, with what result (S3).
#pragma once

#include <optional>
#include <vector>

#include "base/instant.hpp"
#include "base/table.hpp"
#include "store/connection.hpp"

namespace crier::report {

struct DeliveryReport {
  /// A row per job with its counts, for the chart.
  Table summary;
  /// A row per delivery.
  Table deliveries;
};

/// Jobs created in [from, to), of one school or all.
DeliveryReport delivery_report(store::Connection& connection, std::optional<std::int64_t> school,
                               Instant from, Instant to);

}  // namespace crier::report
