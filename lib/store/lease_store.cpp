#include "store/lease_store.hpp"

#include "base/clock.hpp"
#include "base/os.hpp"

namespace crier::store {
namespace {

struct Row {
  LeaseHolder holder;
  std::string start_mark;
  std::chrono::milliseconds expires_since_boot{};
};

std::optional<Row> read_row(Connection& connection) {
  auto found = connection.query(
      "SELECT fence, holder, host, pid, start_mark, expires, expires_since_boot FROM lease WHERE name = "
      "'daemon'");
  if (!found.step()) return std::nullopt;
  return Row{
      {found.integer(0), found.text(1), found.text(2), found.integer(3), from_millis(found.integer(5))},
      found.text(4),
      std::chrono::milliseconds(found.integer(6))};
}

/// A mark begins with what names this start of the machine.
bool of_this_start(std::string_view start_mark) {
  const auto own = os::process_start_mark(os::process_id());
  const auto slash = own.find('/');
  return slash != std::string::npos && start_mark.starts_with(own.substr(0, slash + 1));
}

bool holds(const Row& row, Instant now) {
  if (row.holder.pid == 0) return false;
  if (row.holder.host != os::host_name()) return row.holder.expires > now;
  if (!os::process_lives(row.holder.pid, row.start_mark)) return false;
  return of_this_start(row.start_mark) ? row.expires_since_boot > os::since_boot() : row.holder.expires > now;
}

}  // namespace

Lease::Lease(std::int64_t fence, std::chrono::milliseconds term) : fence_(fence), term_(term) {
  date();
}

void Lease::date() {
  renew_at_ = std::chrono::steady_clock::now() + term_ / 3;
  trust_until_ = os::since_boot() + term_ * 4 / 5;
}

std::optional<Lease> Lease::take(Connection& connection, const LeaseClaimant& claimant,
                                 std::chrono::milliseconds term) {
  Transaction transaction(connection);
  const auto now = SystemClock().now();  // the wait for the lock is over
  const auto row = read_row(connection);
  if (row && holds(*row, now)) return std::nullopt;
  const auto fence = (row ? row->holder.fence : 0) + 1;
  connection
      .query(
          "INSERT INTO lease (name, fence, holder, host, pid, start_mark, taken, expires, "
          "expires_since_boot) "
          "VALUES ('daemon', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
          "ON CONFLICT (name) DO UPDATE SET fence = excluded.fence, holder = excluded.holder, host = "
          "excluded.host, "
          "pid = excluded.pid, start_mark = excluded.start_mark, taken = excluded.taken, "
          "expires = excluded.expires, expires_since_boot = excluded.expires_since_boot")
      .with(fence, claimant.holder, claimant.host, claimant.pid, claimant.start_mark, to_millis(now),
            to_millis(now + term), (os::since_boot() + term).count())
      .run();
  transaction.commit();
  return Lease(fence, term);
}

bool Lease::renew(Connection& connection) {
  Transaction transaction(connection);
  const auto changed =
      connection
          .query(
              "UPDATE lease SET expires = ?2, expires_since_boot = ?3 WHERE name = 'daemon' AND fence = ?1 "
              "AND pid "
              "<> 0")
          .with(fence_, to_millis(SystemClock().now() + term_), (os::since_boot() + term_).count())
          .run();
  transaction.commit();
  if (changed == 0) return false;
  date();
  return true;
}

bool Lease::current(Connection& connection) const {
  auto found = connection.query("SELECT 1 FROM lease WHERE name = 'daemon' AND fence = ?1 AND pid <> 0");
  return found.with(fence_).step();
}

void Lease::release(Connection& connection) {
  Transaction transaction(connection);
  connection
      .query(
          "UPDATE lease SET pid = 0, expires = 0, expires_since_boot = 0 WHERE name = 'daemon' AND fence = "
          "?1")
      .with(fence_)
      .run();
  transaction.commit();
}

Error lease_taken() {
  return {Exit::store, "lease-lost", "another daemon has taken over this store",
          "This one stops at once; nothing is lost. Only one daemon works a store at a time."};
}

std::optional<LeaseHolder> lease_holder(Connection& connection) {
  const auto row = read_row(connection);
  if (!row || !holds(*row, SystemClock().now())) return std::nullopt;
  return row->holder;
}

}  // namespace crier::store
