#include "store/secret_store.hpp"

#include "base/os.hpp"

namespace crier::store {

std::optional<std::string> link_key(Connection& connection) {
  auto found = connection.query("SELECT value FROM store_secret WHERE name = 'links'");
  if (!found.step()) return std::nullopt;
  return found.text(0);
}

std::string make_link_key(Connection& connection) {
  if (auto key = link_key(connection)) return *key;
  const auto made = os::random_hex(32);
  connection
      .query("INSERT INTO store_secret (name, value) VALUES ('links', ?1) ON CONFLICT (name) DO NOTHING")
      .bind_bytes(1, made)
      .run();
  return made;
}

std::string require_link_key(Connection& connection) {
  if (auto key = link_key(connection)) return *key;
  Transaction transaction(connection);
  auto key = make_link_key(connection);
  transaction.commit();
  return key;
}

}  // namespace crier::store
