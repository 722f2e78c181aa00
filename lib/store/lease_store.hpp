// The lease: one daemon at a time works a store (D6). The fence number grows with every new holder; a claim
// or a settlement under an old fence changes nothing. Times here are the machine's own, never CRIER_CLOCK.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/instant.hpp"
#include "base/os.hpp"
#include "store/connection.hpp"

namespace crier::store {

struct LeaseHolder {
  std::int64_t fence = 0;
  std::string holder;
  std::string host;
  std::int64_t pid = 0;
  Instant expires{};
};

/// This process as a holder: who it is, and where.
struct LeaseClaimant {
  /// `daemon`, `send --wait`, …
  std::string holder;
  std::string host;
  std::int64_t pid = 0;
  std::string start_mark;
};

class Lease {
 public:
  /// Takes the lease, or says who holds it. A holder on this machine whose process is gone loses it at once;
  /// any other must run out: one on this machine by the time since its start, for a clock may be set.
  static std::optional<Lease> take(Connection& connection, const LeaseClaimant& claimant,
                                   std::chrono::milliseconds term);

  std::int64_t fence() const { return fence_; }
  /// Longer by a term; false where somebody else has it now: stop at once.
  bool renew(Connection& connection);
  /// Whether nobody has taken it over; asked within a transaction, it stays so until that ends.
  bool current(Connection& connection) const;
  void release(Connection& connection);
  /// A holder stops trusting its lease before it ends.
  bool trusted() const { return os::since_boot() < trust_until_; }
  /// On `os::since_boot()`.
  std::chrono::milliseconds trusted_until() const { return trust_until_; }
  std::chrono::steady_clock::time_point renew_at() const { return renew_at_; }

 private:
  Lease(std::int64_t fence, std::chrono::milliseconds term);
  void date();
  std::int64_t fence_;
  std::chrono::milliseconds term_;
  std::chrono::steady_clock::time_point renew_at_;
  std::chrono::milliseconds trust_until_{};
};

/// Somebody else has it: Error(store, "lease-lost").
Error lease_taken();

/// Who holds it now, if anybody alive and in time.
std::optional<LeaseHolder> lease_holder(Connection& connection);

}  // namespace crier::store
