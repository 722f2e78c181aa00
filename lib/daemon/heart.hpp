// Shows others that the daemon's loop turns: the pages of this process, and the service manager that watches
// it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "delivery/engine.hpp"
#include "web/pulse.hpp"

namespace crier::daemon {

class Heart {
 public:
  explicit Heart(std::int64_t fence);
  const web::Pulse& pulse() const { return pulse_; }

  /// The loop is about to turn for the first time; `store` is what it works.
  void ready(const std::string& store);
  void beat(const delivery::Engine::Counts& counts);
  /// When the loop has to beat again, whatever else it waits for.
  std::chrono::steady_clock::time_point next_beat() const;

  /// The store cannot be written, for the reason of this code; true where that is news.
  bool suffer(const std::string& code);
  /// It can; true where that is news.
  bool recover();

  void stop(std::size_t under_way);
  /// The loop ends and begins anew by other settings.
  void reload();

 private:
  void show();

  web::Pulse pulse_;
  web::Beat beat_;
  /// How often the service manager wants to hear of us, if at all.
  std::optional<std::chrono::milliseconds> told_every_;
  std::chrono::steady_clock::time_point told_at_{};
};

}  // namespace crier::daemon
