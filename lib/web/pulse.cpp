#include "web/pulse.hpp"

#include <utility>

namespace crier::web {

void Pulse::beat(Beat beat) {
  const std::lock_guard lock(mutex_);
  last_ = std::move(beat);
}

Beat Pulse::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace crier::web
