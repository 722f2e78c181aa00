#include "store/wallet_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/points.hpp"

namespace crier::store {
namespace {

constexpr std::array kinds{
    std::pair{WalletEntryKind::top_up, std::string_view("top-up")},
    std::pair{WalletEntryKind::correction, std::string_view("correction")},
    std::pair{WalletEntryKind::reserve, std::string_view("reserve")},
    std::pair{WalletEntryKind::charge, std::string_view("charge")},
    std::pair{WalletEntryKind::release, std::string_view("release")},
};

Wallet read_wallet(const Query& row) {
  Wallet wallet{row.integer(0), row.maybe_integer(1), row.text(2), row.integer(3), row.integer(4), {}};
  if (!row.is_null(5)) wallet.told_low = from_millis(row.integer(5));
  return wallet;
}

}  // namespace

std::string_view to_text(WalletEntryKind kind) {
  return std::find_if(kinds.begin(), kinds.end(), [&](const auto& one) { return one.first == kind; })->second;
}

std::optional<WalletEntryKind> parse_wallet_entry_kind(std::string_view text) {
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const auto& one) { return one.second == text; });
  return found == kinds.end() ? std::nullopt : std::optional(found->first);
}

std::optional<Wallet> find_wallet(Connection& connection, std::optional<std::int64_t> school) {
  auto found = connection.query(R"sql(
SELECT wallet.id, wallet.school, coalesce(school.code, ''), wallet.balance, wallet.reserved, wallet.told_low
FROM wallet LEFT JOIN school ON school.id = wallet.school WHERE coalesce(wallet.school, 0) = coalesce(?1, 0))sql");
  found.with(school);
  if (!found.step()) return std::nullopt;
  return read_wallet(found);
}

Wallet open_wallet(Connection& connection, std::optional<std::int64_t> school) {
  if (auto found = find_wallet(connection, school)) return std::move(*found);
  connection.query("INSERT INTO wallet (school) VALUES (?1)").with(school).run();
  return find_wallet(connection, school).value();
}

std::vector<Wallet> wallets(Connection& connection, std::optional<std::int64_t> school) {
  auto rows = connection.query(R"sql(
SELECT wallet.id, wallet.school, coalesce(school.code, ''), wallet.balance, wallet.reserved, wallet.told_low
FROM wallet LEFT JOIN school ON school.id = wallet.school
WHERE ?1 IS NULL OR wallet.school IS NULL OR wallet.school = ?1 ORDER BY coalesce(school.code, ''))sql");
  rows.with(school);
  std::vector<Wallet> all;
  while (rows.step()) all.push_back(read_wallet(rows));
  return all;
}

void book_by_hand(Connection& connection, std::int64_t wallet, WalletEntryKind kind, std::int64_t points,
                  std::string_view said_by, std::string_view note, Instant now) {
  connection
      .query(R"sql(
INSERT INTO wallet_entry (wallet, kind, paid, held, at, said_by, note, delivery, attempt)
VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, NULL, NULL))sql")
      .with(wallet, to_text(kind), points, to_millis(now), said_by, note)
      .run();
  if (points > 0) connection.query("UPDATE wallet SET told_low = NULL WHERE id = ?1").with(wallet).run();
}

bool note_told_low(Connection& connection, std::int64_t wallet, Instant now) {
  return connection.query("UPDATE wallet SET told_low = ?2 WHERE id = ?1 AND told_low IS NULL")
             .with(wallet, to_millis(now))
             .run() > 0;
}

namespace {

void bind_filter(Query& rows, const WalletEntryFilter& filter) {
  rows.bind(1, filter.school);
  if (filter.kind) {
    rows.bind(2, to_text(*filter.kind));
  } else {
    rows.bind_null(2);
  }
}

}  // namespace

std::vector<WalletEntry> wallet_entries(Connection& connection, const WalletEntryFilter& filter,
                                        std::int64_t offset, std::int64_t limit) {
  auto rows = connection.query(R"sql(
SELECT e.id, coalesce(school.code, ''), e.kind, e.paid, e.held, e.at, e.said_by, e.note, e.delivery, job.message
FROM wallet_entry AS e JOIN wallet ON wallet.id = e.wallet LEFT JOIN school ON school.id = wallet.school
  LEFT JOIN delivery ON delivery.id = e.delivery LEFT JOIN job ON job.id = delivery.job
WHERE (?1 IS NULL OR wallet.school = ?1 OR wallet.school IS NULL) AND (?2 IS NULL OR e.kind = ?2)
ORDER BY e.id DESC LIMIT ?4 OFFSET ?3)sql");
  bind_filter(rows, filter);
  rows.bind(3, offset).bind(4, limit);
  std::vector<WalletEntry> all;
  while (rows.step()) {
    all.push_back({rows.integer(0), rows.text(1),
                   parse_wallet_entry_kind(rows.view(2)).value_or(WalletEntryKind::correction),
                   rows.integer(3), rows.integer(4), from_millis(rows.integer(5)), rows.text(6), rows.text(7),
                   rows.maybe_integer(8), rows.maybe_integer(9)});
  }
  return all;
}

std::int64_t count_wallet_entries(Connection& connection, const WalletEntryFilter& filter) {
  auto rows = connection.query(R"sql(
SELECT count(*) FROM wallet_entry AS e JOIN wallet ON wallet.id = e.wallet
WHERE (?1 IS NULL OR wallet.school = ?1 OR wallet.school IS NULL) AND (?2 IS NULL OR e.kind = ?2))sql");
  bind_filter(rows, filter);
  return rows.step() ? rows.integer(0) : 0;
}

namespace {

void add_faults(Connection& connection, std::string_view sql, std::string_view what,
                std::vector<std::string>& faults) {
  auto rows = connection.query(sql);
  while (rows.step()) {
    faults.push_back(fmt::format("{} {}: {} points are kept, {} are right", what, rows.integer(0),
                                 points_text(rows.integer(1)), points_text(rows.integer(2))));
  }
}

}  // namespace

std::vector<std::string> wallet_faults(Connection& connection) {
  std::vector<std::string> faults;
  add_faults(connection, R"sql(
SELECT wallet.id, wallet.balance, coalesce(sum(e.paid), 0) AS right FROM wallet
LEFT JOIN wallet_entry AS e ON e.wallet = wallet.id
GROUP BY wallet.id HAVING wallet.balance <> coalesce(sum(e.paid), 0) ORDER BY wallet.id)sql",
             "the balance of wallet", faults);
  add_faults(connection, R"sql(
SELECT wallet.id, wallet.reserved, coalesce(sum(e.held), 0) AS right FROM wallet
LEFT JOIN wallet_entry AS e ON e.wallet = wallet.id
GROUP BY wallet.id HAVING wallet.reserved <> coalesce(sum(e.held), 0) ORDER BY wallet.id)sql",
             "what is reserved in wallet", faults);
  add_faults(connection, R"sql(
SELECT d.id,
  coalesce((SELECT sum(held) FROM wallet_entry AS e WHERE e.delivery = d.id AND e.wallet = d.wallet), 0) AS kept, d.cost
FROM delivery AS d
WHERE d.wallet IS NOT NULL AND d.state IN ('queued', 'held', 'claimed', 'waiting')
  AND d.cost <> coalesce((SELECT sum(held) FROM wallet_entry AS e WHERE e.delivery = d.id AND e.wallet = d.wallet), 0)
ORDER BY d.id)sql",
             "what is reserved for delivery", faults);
  add_faults(connection, R"sql(
SELECT e.delivery, sum(e.held), 0 FROM wallet_entry AS e
WHERE e.delivery IS NOT NULL AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.id = e.delivery AND d.wallet = e.wallet
  AND d.state IN ('queued', 'held', 'claimed', 'waiting'))
GROUP BY e.wallet, e.delivery HAVING sum(e.held) <> 0 ORDER BY e.delivery)sql",
             "what is still reserved for delivery", faults);
  add_faults(connection, R"sql(
SELECT d.id, 0, d.cost FROM delivery AS d
WHERE d.wallet IS NOT NULL AND d.cost > 0 AND d.state IN ('complete', 'in-doubt')
  AND NOT EXISTS (SELECT 1 FROM wallet_entry AS e WHERE e.delivery = d.id AND e.kind = 'charge') ORDER BY d.id)sql",
             "what was charged for delivery", faults);
  return faults;
}

std::int64_t reserved_for_message(Connection& connection, std::int64_t wallet, std::int64_t message) {
  auto sum = connection.query(R"sql(
SELECT coalesce(sum(d.cost), 0) FROM job CROSS JOIN delivery AS d
WHERE job.message = ?2 AND job.channel = 'sms' AND d.job = job.id AND d.wallet = ?1
  AND d.state IN ('queued', 'held', 'claimed', 'waiting'))sql");
  sum.with(wallet, message);
  return sum.step() ? sum.integer(0) : 0;
}

std::int64_t charged_since(Connection& connection, std::int64_t wallet, Instant since) {
  auto sum = connection.query(
      "SELECT coalesce(-sum(paid), 0) FROM wallet_entry WHERE wallet = ?1 AND kind = 'charge' AND at >= ?2");
  sum.with(wallet, to_millis(since));
  return sum.step() ? sum.integer(0) : 0;
}

std::vector<std::string> text_numbers(Connection& connection) {
  auto rows = connection.query(R"sql(
SELECT DISTINCT normal FROM address WHERE kind = 'phone' AND normal IS NOT NULL
  AND CASE WHEN for_sms IS NULL THEN line IN ('mobile', 'mobile-or-landline')
    ELSE for_sms = 1 AND line <> 'landline' END
ORDER BY normal)sql");
  std::vector<std::string> numbers;
  while (rows.step()) numbers.push_back(rows.text(0));
  return numbers;
}

}  // namespace crier::store
