// Sending again what failed (D7): addresses are looked up anew, old attempts stay.
#pragma once

#include <cstdint>

#include "base/instant.hpp"
#include "config/settings.hpp"
#include "model/recipient.hpp"
#include "roster/schools.hpp"
#include "store/connection.hpp"
#include "store/queue_store.hpp"

namespace crier::delivery {

struct RerunResult {
  std::int64_t job = 0;
  std::int64_t requeued = 0;
  std::int64_t corrected_addresses = 0;
  /// Failed ones that can still not be reached.
  std::int64_t still_unreachable = 0;
  std::optional<Instant> held_until;
};

}  // namespace crier::delivery
