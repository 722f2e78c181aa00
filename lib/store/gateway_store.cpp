#include "store/gateway_store.hpp"

#include <algorithm>

#include "store/contact_store.hpp"
#include "store/release_store.hpp"

namespace crier::store {

std::int64_t next_batch(Connection& connection) {
  auto highest = connection.query(
      "SELECT coalesce(max(batch), 0) + 1 FROM delivery WHERE batch IS NOT NULL AND batch > 0");
  highest.step();
  return highest.integer(0);
}

void set_batch(Connection& connection, std::span<const std::int64_t> deliveries, std::int64_t batch) {
  auto update = connection.query("UPDATE delivery SET batch = ?2 WHERE id = ?1");
  for (const auto id : deliveries) update.with(id, batch).run();
}

std::vector<KeptToken> gateway_tokens(Connection& connection) {
  std::vector<KeptToken> tokens;
  auto rows = connection.query("SELECT name, token, ends FROM gateway_token ORDER BY name");
  while (rows.step()) tokens.push_back({rows.text(0), Secret(rows.text(1)), rows.integer(2)});
  return tokens;
}

void keep_gateway_token(Connection& connection, const KeptToken& token) {
  connection
      .query(
          "INSERT INTO gateway_token (name, token, ends) VALUES (?1, ?2, ?3) "
          "ON CONFLICT (name) DO UPDATE SET token = excluded.token, ends = excluded.ends")
      .with(token.name, token.value.reveal(), token.ends)
      .run();
}

std::optional<GatewayDelivery> gateway_delivery(Connection& connection, std::int64_t delivery) {
  auto found = connection.query("SELECT person, channel, address FROM delivery WHERE id = ?1");
  found.with(delivery);
  if (!found.step()) return std::nullopt;
  const auto channel = parse_channel(found.text(1));
  if (!channel) return std::nullopt;
  return GatewayDelivery{delivery, found.integer(0), *channel, found.text(2)};
}

std::vector<std::string> other_numbers(Connection& connection, std::int64_t delivery) {
  auto rows = connection.query(R"sql(
SELECT a.normal, a.normal = d.address
FROM delivery AS d CROSS JOIN address AS a
WHERE d.id = ?1 AND a.person = d.person AND a.kind = 'phone' AND a.normal IS NOT NULL
  AND (a.normal = d.address OR (
    NOT EXISTS (SELECT 1 FROM address_block AS b WHERE b.kind = a.kind AND b.compare_key = a.compare_key)
    AND NOT EXISTS (SELECT 1 FROM address AS o
                    WHERE o.compare_key = a.compare_key AND o.kind = a.kind AND o.person <> a.person)
    AND NOT EXISTS (SELECT 1 FROM delivery AS other
                    WHERE other.job = d.job AND other.id <> d.id AND other.address = a.normal)))
ORDER BY a.position, a.id)sql");
  rows.with(delivery);
  std::vector<std::string> numbers;
  std::size_t called = 0;
  while (rows.step()) {
    if (rows.integer(1) == 1) {
      called = numbers.size();
    } else {
      numbers.push_back(rows.text(0));
    }
  }
  std::rotate(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(called), numbers.end());
  return numbers;
}

void readdress(Connection& connection, std::int64_t delivery, std::string_view address) {
  connection.query("UPDATE delivery SET address = ?2 WHERE id = ?1").with(delivery, address).run();
}

std::int64_t opt_out_at_gateway(Connection& connection, const GatewayDelivery& delivery,
                                std::string_view said_by, Instant now) {
  add_opt_out(connection, delivery.person,
              {std::string(to_text(delivery.channel)), "", now, std::string(said_by)});
  return cancel_at_address(connection, delivery.channel, delivery.address, "opted-out", now);
}

}  // namespace crier::store
