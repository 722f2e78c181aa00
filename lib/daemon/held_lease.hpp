// The lease of whoever works a store, given back however the work ends (D6).
#pragma once

#include <optional>
#include <string>

#include "store/connection.hpp"
#include "store/lease_store.hpp"

namespace crier::daemon {

/// Nothing where a living process holds it. `name` is `daemon`, `send --wait`, …
std::optional<store::Lease> try_lease(store::Connection& store, const std::string& name);
/// Throws Error(store, "lease-held") with who holds it.
store::Lease require_lease(store::Connection& store, const std::string& name);

/// Where the lease was lost there is nothing to give back.
class HeldLease {
 public:
  HeldLease(store::Connection& store, store::Lease lease) : store_(store), lease_(lease) {}
  ~HeldLease();
  HeldLease(const HeldLease&) = delete;
  HeldLease& operator=(const HeldLease&) = delete;

  store::Lease& get() { return lease_; }
  /// Called between pieces of long work. Throws Error(store, "lease-lost") where another has it.
  void renew_in_time();

 private:
  store::Connection& store_;
  store::Lease lease_;
};

}  // namespace crier::daemon
