// Working the queue to its end, for whoever does not go on for ever: `daemon --once`, a rehearsal.
#pragma once

#include "delivery/engine.hpp"

namespace crier::daemon {

/// Turns until nothing more can go now, or the process is asked to stop.
void work_out(delivery::Engine& engine);

}  // namespace crier::daemon
