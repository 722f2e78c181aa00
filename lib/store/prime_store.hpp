// Which contacts of a source are prime (I5), where the settings say otherwise than priority 1.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "store/connection.hpp"

namespace crier::store {

enum class Prime { everybody, chosen };

/// Makes the relationships of this source prime by priority or folded relation, or all of them; the caller
/// holds the import's transaction. Only what differs is written.
void choose_prime(Connection& connection, std::int64_t source, Prime prime,
                  std::span<const std::int64_t> priorities, std::span<const std::string> relations);

}  // namespace crier::store
