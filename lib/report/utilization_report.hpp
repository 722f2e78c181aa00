// How much a school sends (S3): by school, day and channel, from the jobs' own counts.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "base/table.hpp"
#include "base/zone.hpp"
#include "store/connection.hpp"

namespace crier::report {

/// Jobs created in [from, to), of one school or all; `zones` by the school's code: a day is the school's.
Table utilization_table(store::Connection& connection, std::optional<std::int64_t> school, Instant from,
                        Instant to, std::span<const std::pair<std::string, Zone>> zones);

/// What is still to be sent (S3): jobs of which something has not gone, the next to leave first. What waits
/// for a person comes last.
Table activity_table(store::Connection& connection, std::optional<std::int64_t> school);

}  // namespace crier::report
