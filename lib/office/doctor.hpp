// What is wrong with the set-up, or soon will be (S6): each check with what was seen and what to do. Reads
// only, safe while the daemon works; the online part speaks to the gateways and sends nothing.
#pragma once

#include <vector>

#include "office/office.hpp"
#include "office/setup.hpp"

namespace crier::office {

/// The settings, the store, what waits in it, the data: nothing leaves this machine.
std::vector<Finding> examine_offline(const Office& office);

/// The gateways of the channels that the settings name.
std::vector<Finding> examine_gateways(const Office& office);

}  // namespace crier::office
