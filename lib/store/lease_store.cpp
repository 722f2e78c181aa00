#include "store/lease_store.hpp"

#include "base/clock.hpp"
#include "base/os.hpp"

namespace crier::store {
namespace {

struct Row {
  LeaseHolder holder;
  std::string start_mark;
};

std::optional<Row> read_row(Connection& connection) {
  auto found = connection.query(
      "SELECT fence, holder, host, pid, start_mark, expires FROM lease WHERE name = 'daemon'");
  if (!found.step()) return std::nullopt;
  return Row{
      {found.integer(0), found.text(1), found.text(2), found.integer(3), from_millis(found.integer(5))},
      found.text(4)};
}

bool holds(const Row& row, Instant now) {
  if (row.holder.pid == 0 || row.holder.expires <= now) return false;
  return row.holder.host != os::host_name() || os::process_lives(row.holder.pid, row.start_mark);
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
          "INSERT INTO lease (name, fence, holder, host, pid, start_mark, taken, expires) "
          "VALUES ('daemon', ?1, ?2, ?3, ?4, ?5, ?6, ?7) "
          "ON CONFLICT (name) DO UPDATE SET fence = excluded.fence, holder = excluded.holder, host = "
          "excluded.host, "
          "pid = excluded.pid, start_mark = excluded.start_mark, taken = excluded.taken, "
          "expires = excluded.expires")
      .with(fence, claimant.holder, claimant.host, claimant.pid, claimant.start_mark, to_millis(now),
            to_millis(now + term))
      .run();
  transaction.commit();
  return Lease(fence, term);
}

bool Lease::renew(Connection& connection) {
  Transaction transaction(connection);
  const auto changed =
      connection.query("UPDATE lease SET expires = ?2 WHERE name = 'daemon' AND fence = ?1 AND pid <> 0")
          .with(fence_, to_millis(SystemClock().now() + term_))
          .run();
  transaction.commit();
  if (changed == 0) return false;
  date();
  return true;
}

void Lease::release(Connection& connection) {
  Transaction transaction(connection);
  connection.query("UPDATE lease SET pid = 0, expires = 0 WHERE name = 'daemon' AND fence = ?1")
      .with(fence_)
      .run();
  transaction.commit();
}

std::optional<LeaseHolder> lease_holder(Connection& connection) {
  const auto row = read_row(connection);
  if (!row || !holds(*row, SystemClock().now())) return std::nullopt;
  return row->holder;
}

}  // namespace crier::store
