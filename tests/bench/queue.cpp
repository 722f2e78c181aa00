// What the engine does to the queue, without anything between: settles a batch and claims the next in one
// transaction, as delivery/engine turns, until all is complete (B11).
//
//   queue STORE BATCH
//
// Prints how many deliveries, how many transactions and the seconds.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/os.hpp"
#include "store/connection.hpp"
#include "store/lease_store.hpp"
#include "store/queue_store.hpp"

namespace {

using namespace crier;
using Steady = std::chrono::steady_clock;

store::Settlement delivered(const store::Claimed& one, Instant now) {
  Outcome outcome;
  outcome.verdict = Outcome::Verdict::delivered;
  outcome.host = "127.0.0.1";
  outcome.port = 2525;
  outcome.code = 250;
  outcome.enhanced = "2.0.0";
  outcome.text = "Ok: queued";
  return {one.id, one.attempts, now, DeliveryState::complete, now, std::move(outcome)};
}

void work(const std::string& path, std::int64_t batch) {
  const auto connection = store::Connection::open(path, store::Connection::Access::write);
  const SystemClock clock;
  const auto pid = os::process_id();
  auto lease = store::Lease::take(*connection, {"bench", os::host_name(), pid, os::process_start_mark(pid)},
                                  std::chrono::seconds(90));
  if (!lease) throw Error(Exit::store, "lease-held", "somebody works this store", "Take a copy.");
  std::int64_t done = 0;
  std::int64_t transactions = 0;
  const auto begun = Steady::now();
  for (std::vector<store::Settlement> came_back;;) {
    const auto now = clock.now();
    store::Transaction transaction(*connection);
    store::settle(*connection, came_back, lease->fence(), now);
    const auto claimed = store::claim(*connection, Channel::email, batch, lease->fence(), now);
    transaction.commit();
    ++transactions;
    done += static_cast<std::int64_t>(came_back.size());
    came_back.clear();
    for (const auto& one : claimed) came_back.push_back(delivered(one, now));
    if (came_back.empty()) break;
  }
  const std::chrono::duration<double> seconds = Steady::now() - begun;
  lease->release(*connection);
  fmt::print("{} {} {:.4f}\n", done, transactions, seconds.count());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: queue STORE BATCH\n");
    return 2;
  }
  try {
    work(argv[1], std::stoll(argv[2]));
  } catch (const Error& error) {
    fmt::print(stderr, "{} {}\n", error.message(), error.hint());
    return 1;
  }
  return 0;
}
