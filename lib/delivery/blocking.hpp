// When an address is blocked for its own faults (D9, C8): three failed messages in a row, unless much of a
// job fails alike. Faults are noted as they are settled or reported, and weighed here once all of their job
// has been tried, so that neither the order of a job's recipients nor a success costs anything.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "config/settings.hpp"
#include "store/connection.hpp"

namespace crier::delivery {

struct BlockedAddress {
  std::string kind;
  std::string compare_key;
  /// `blocked-bounce`, `blocked-text-failure`, `blocked-spam`.
  std::string reason;
};

/// Weighs every job that has faults and nothing left to try: counts them, blocks whose address has failed
/// often enough, raises the data issue and writes the audit entry in the name of `actor`. The caller holds
/// the transaction. Costs one look at an empty table where there is nothing to weigh.
std::vector<BlockedAddress> weigh_faults(store::Connection& connection, const config::BounceRules& rules,
                                         std::string_view actor, Instant now);

/// A complaint: blocked at once (D9). False where one had done so already. The caller holds the transaction
/// and writes the audit entry.
bool block_for_complaint(store::Connection& connection, std::string_view address, std::string_view evidence,
                         Instant now);

}  // namespace crier::delivery
