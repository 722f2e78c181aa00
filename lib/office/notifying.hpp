// Telling people that an address of theirs is new (I9): whoever typed it wrong, or somebody else's, hears it
// from them.
#pragma once

#include <cstdint>

#include "office/office.hpp"

namespace crier::office {

/// Queues one confirmation to each e-mail address that this import brought or changed; the same import twice
/// tells once. How many were told.
std::int64_t notify_addresses(const Office& office, std::int64_t import);

}  // namespace crier::office
