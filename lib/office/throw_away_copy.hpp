// A copy of the store in a folder of its own, for whoever tries things out: gone with the object. Nobody
// sends from it but who made it.
#pragma once

#include <filesystem>
#include <memory>

#include "store/connection.hpp"

namespace crier::office {

class ThrowAwayCopy {
 public:
  /// Throws Error(store) where there is no room for it.
  explicit ThrowAwayCopy(store::Connection& original);
  ~ThrowAwayCopy();
  ThrowAwayCopy(const ThrowAwayCopy&) = delete;
  ThrowAwayCopy& operator=(const ThrowAwayCopy&) = delete;

  store::Connection& store() const { return *copy_; }
  /// Where it is; what is put beside it goes with it.
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<store::Connection> copy_;
};

/// Throws Error(in_part, "stopped") where the process was asked to end: half of what would come is not shown
/// as if it were all. Whoever uses a copy holds os::StopSignals, so that it is taken away before the process
/// ends.
void require_not_stopped();

}  // namespace crier::office
