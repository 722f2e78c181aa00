// The sending engine: claims deliveries, hands them to the transports, settles what comes back. It owns the
// network's thread; the caller's thread is the store's (design decision 5). Used by the daemon, `daemon
// --once` and `send --wait`, always under the lease.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "store/connection.hpp"
#include "store/lease_store.hpp"

namespace crier::delivery {

class Engine {
 public:
  /// The lease must be held. What an earlier holder left claimed is taken over by each channel's rule (D5).
  Engine(store::Connection& connection, const config::Settings& settings, const Clock& clock,
         store::Lease& lease);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Settles what has come back, wakes what is due, holds what quiet hours have overtaken, claims and hands
  /// over: one short transaction. Throws Error(store) where the lease is lost.
  void turn();

  /// Throws Error(store) where the lease is lost: asked before anything else that changes the store.
  void require_lease();

  /// The disk has less free than is kept for what is under way: nothing but emergencies was claimed at the
  /// last turn.
  bool short_of_room() const;

  /// From now on wakes only what was held or waiting until `latest` at most: who works the queue once gives
  /// each delivery one try, and a server that hangs cannot keep it busy with retries.
  void wake_up_to(Instant latest);

  /// Until there is a reason to turn again, at most until `latest`.
  void wait(std::chrono::steady_clock::time_point latest);

  /// Something new may be in the queue (from any thread).
  void knock();

  /// Deliveries handed over and not settled yet.
  std::size_t under_way() const;
  /// Nothing is under way, and nothing in the queue can go now.
  bool idle();

  /// Takes no more; what is under way has until then to finish, the rest goes back. Safe to call twice.
  void stop(std::chrono::milliseconds patience);

  struct Counts {
    std::int64_t complete = 0;
    std::int64_t failed = 0;
    std::int64_t deferred = 0;
  };
  /// What this engine has settled so far.
  const Counts& counts() const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace crier::delivery
