// The removal guard (I7): an import that would take away too much is held whole. A truncated or half-written
// export never empties a school.
#pragma once

#include <string>
#include <vector>

#include "store/intake_apply.hpp"

namespace crier::intake {

/// The removals that are over the limit: more than `limit` of what stood, and more than 5.
std::vector<store::Removal> over_the_limit(const std::vector<store::Removal>& removals, double limit);

/// `would remove 412 of 412 pupils of CAM; …`.
std::string describe(const std::vector<store::Removal>& removals);

}  // namespace crier::intake
