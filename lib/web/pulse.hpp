// What the daemon's loop tells of itself, for the pages on the other thread: when it last turned, what it has
// done, what stands in its way. Safe from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace crier::web {

struct Beat {
  std::chrono::steady_clock::time_point at{};
  /// The lease that the loop works under.
  std::int64_t fence = 0;
  /// Settled by this process.
  std::int64_t complete = 0;
  std::int64_t failed = 0;
  /// The code of the error for which the store cannot be written (`disk-full`); empty: it can.
  std::string trouble;
  /// It has been told to end.
  bool stopping = false;
};

class Pulse {
 public:
  void beat(Beat beat);
  Beat last() const;

 private:
  mutable std::mutex mutex_;
  Beat last_;
};

}  // namespace crier::web
