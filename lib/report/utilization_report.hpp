// How much a school sends (S3): by school, day and channel, from the jobs' own counts, with
// what its text messages cost (D8).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "base/table.hpp"
#include "base/zone.hpp"
#include "store/connection.hpp"

namespace crier::report {

struct UtilizationRequest {
  /// One school or all.
  std::optional<std::int64_t> school = {};
  /// Jobs created in [from, to).
  Instant from{};
  Instant to{};
  /// By the school's code: a day is the school's.
  std::vector<std::pair<std::string, Zone>> zones = {};
  /// Hundredths of points of one part of a text to this number; none: nothing is priced.
  std::function<std::int64_t(std::string_view)> price_of_segment = {};
  /// Texts are paid from a wallet: what it was charged is their cost.
  bool wallet = false;
};

struct Utilization {
  /// A row per day, school and channel.
  Table rows;
  /// The same summed up, with the charts: by day; by school and channel, with all of it at the end.
  Table days;
  Table schools;
};
Utilization utilization(store::Connection& connection, const UtilizationRequest& request);

/// What is still to be sent (S3): jobs of which something has not gone, the next to leave first. What waits
/// for a person comes last.
Table activity_table(store::Connection& connection, std::optional<std::int64_t> school);

}  // namespace crier::report
