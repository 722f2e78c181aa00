// What one transaction does to the counts of the jobs that it touches, written at its end: whoever changes a
// delivery's state notes it here, so that a job's counts always add up (D1). Used by the stores of the queue.
#pragma once

#include <array>
#include <cstdint>
#include <map>

#include "base/instant.hpp"
#include "model/message.hpp"
#include "store/connection.hpp"

namespace crier::store {

class JobCountChanges {
 public:
  void move(std::int64_t job, DeliveryState from, DeliveryState to);
  void add(std::int64_t job, DeliveryState state);
  void write(Connection& connection, Instant now);

 private:
  /// In the order of the columns of `job`: not_started to cancelled.
  std::map<std::int64_t, std::array<std::int64_t, 7>> by_job_;
  std::map<std::int64_t, std::int64_t> added_;
};

/// Runs an UPDATE of deliveries that were all in one state and gives back `job, state`; counts them. How
/// many.
std::int64_t count_moved(Connection& connection, Query& update, DeliveryState from, Instant now);

}  // namespace crier::store
