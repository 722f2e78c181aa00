#include "store/identity_store.hpp"

namespace crier::store {

std::string store_uuid(Connection& connection, std::int64_t message) {
  auto found = connection.query(R"sql(
SELECT uuid FROM (SELECT uuid, 0 AS first_message FROM store_identity UNION ALL SELECT uuid, first_message FROM store_name)
WHERE first_message <= ?1 ORDER BY first_message DESC LIMIT 1)sql");
  found.with(message);
  return found.step() ? found.text(0) : std::string();
}

void insert_store_identity(Connection& connection, std::string_view uuid, Instant now) {
  connection.query("INSERT INTO store_identity (id, uuid, created) VALUES (1, ?1, ?2)")
      .with(uuid, to_millis(now))
      .run();
}

void rename_store(Connection& connection, std::string_view uuid, Instant now) {
  connection
      .query(
          "INSERT INTO store_name (first_message, uuid, since) SELECT coalesce(max(id), 0) + 1, ?1, ?2 FROM "
          "message "
          "WHERE true ON CONFLICT (first_message) DO UPDATE SET uuid = excluded.uuid, since = excluded.since")
      .with(uuid, to_millis(now))
      .run();
}

std::optional<StorePlace> noted_place(Connection& connection) {
  auto found = connection.query("SELECT machine, file_mark, path FROM store_place WHERE id = 1");
  if (!found.step()) return std::nullopt;
  return StorePlace{found.text(0), found.text(1), found.text(2)};
}

void note_place(Connection& connection, const StorePlace& place, Instant now) {
  connection
      .query(
          "INSERT INTO store_place (id, machine, file_mark, path, noted) VALUES (1, ?1, ?2, ?3, ?4) "
          "ON CONFLICT (id) DO UPDATE SET machine = excluded.machine, file_mark = excluded.file_mark, "
          "path = excluded.path, noted = excluded.noted")
      .with(place.machine, place.file_mark, place.path, to_millis(now))
      .run();
}

void drop_lease(Connection& connection) {
  connection.query("UPDATE lease SET pid = 0, expires = 0 WHERE name = 'daemon'").run();
}

}  // namespace crier::store
