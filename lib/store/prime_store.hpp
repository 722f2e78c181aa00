// Which contacts of a source are prime (I5), where the settings say otherwise than priority 1.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "store/connection.hpp"

namespace crier::store {

enum class Prime { everybody, chosen };

struct PrimeRule {
  Prime who = Prime::chosen;
  std::span<const std::int64_t> priorities;
  /// Folded.
  std::span<const std::string> relations;
};

/// Makes the relationships of this source prime by priority or relation, or all of them; the caller holds the
/// import's transaction. Only what differs is written.
void choose_prime(Connection& connection, std::int64_t source, const PrimeRule& rule);

/// Whether there is nothing for that to do.
bool prime_stands(Connection& connection, std::int64_t source, const PrimeRule& rule);

}  // namespace crier::store
