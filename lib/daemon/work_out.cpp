#include "daemon/work_out.hpp"

#include "base/os.hpp"

namespace crier::daemon {

void work_out(delivery::Engine& engine) {
  while (true) {
    engine.turn();
    if (engine.idle() || os::stop_requested()) return;
    engine.wait(std::chrono::steady_clock::now() + std::chrono::seconds(1));
  }
}

}  // namespace crier::daemon
