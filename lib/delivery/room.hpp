// The floor under the store's disk (`[sending] keep_free`): what is under way must always be written down, so
// that nothing new is queued or begun while less is free. Emergencies pass as long as they fit at all.
#pragma once

#include <optional>

#include "base/error.hpp"
#include "config/settings.hpp"
#include "store/connection.hpp"

namespace crier::delivery {

bool has_room(const store::Connection& connection, const config::Settings& settings);

/// Error(store, "disk-low") where there is none.
std::optional<Error> lack_of_room(const store::Connection& connection, const config::Settings& settings);
/// Throws it.
void require_room(const store::Connection& connection, const config::Settings& settings);

}  // namespace crier::delivery
