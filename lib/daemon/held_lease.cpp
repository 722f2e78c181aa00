#include "daemon/held_lease.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/os.hpp"

namespace crier::daemon {
namespace {

/// Longer than the store's lock is waited for, so that a busy store does not cost the lease.
constexpr std::chrono::seconds lease_term{90};

}  // namespace

std::optional<store::Lease> try_lease(store::Connection& store, const std::string& name) {
  const auto pid = os::process_id();
  return store::Lease::take(store, {name, os::host_name(), pid, os::process_start_mark(pid)}, lease_term);
}

store::Lease require_lease(store::Connection& store, const std::string& name) {
  if (auto lease = try_lease(store, name)) return *lease;
  const auto holder = store::lease_holder(store);
  throw Error(Exit::store, "lease-held",
              holder ? fmt::format("this store is worked already, by '{}' on {} (process {})", holder->holder,
                                   holder->host, holder->pid)
                     : std::string("this store is worked already by another process"),
              "One daemon at a time works a store. Stop that one first, or leave the work to it.");
}

HeldLease::~HeldLease() {
  try {
    lease_.release(store_);
  } catch (const std::exception& error) {
    log::warning("the lease could not be given back and must run out: {}", error.what());
  }
}

void HeldLease::renew_in_time() {
  if (std::chrono::steady_clock::now() >= lease_.renew_at() && !lease_.renew(store_))
    throw store::lease_taken();
}

}  // namespace crier::daemon
