#include "store/school_store.hpp"

#include "base/text.hpp"

namespace crier::store {

std::vector<SchoolRow> schools(Connection& connection) {
  auto rows = connection.query(
      "SELECT id, code, name, coalesce(timezone, ''), coalesce(country, '') FROM school ORDER BY "
      "code_folded");
  std::vector<SchoolRow> all;
  while (rows.step()) {
    all.push_back({rows.integer(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4)});
  }
  return all;
}

std::int64_t insert_school(Connection& connection, const SchoolRow& row, Instant now) {
  auto insert = connection.query(
      "INSERT INTO school (id, code, code_folded, name, timezone, country, created) "
      "VALUES (?1, ?2, ?3, ?4, nullif(?5, ''), nullif(?6, ''), ?7)");
  const auto folded = fold(row.code);
  if (row.id == 0) {
    insert.bind_null(1);
  } else {
    insert.bind(1, row.id);
  }
  insert.bind(2, row.code).bind(3, folded).bind(4, row.name).bind(5, row.timezone).bind(6, row.country);
  insert.bind(7, to_millis(now)).run();
  return connection.last_id();
}

void rename_school(Connection& connection, std::int64_t school, std::string_view name) {
  connection.query("UPDATE school SET name = ?2 WHERE id = ?1 AND name <> ?2").with(school, name).run();
}

std::map<std::string, std::int64_t, std::less<>> schools_of_source(Connection& connection,
                                                                   std::int64_t source) {
  auto rows =
      connection.query("SELECT source_id, school FROM school_source WHERE source = ?1 ORDER BY source_id");
  rows.with(source);
  std::map<std::string, std::int64_t, std::less<>> all;
  while (rows.step()) all.emplace(rows.text(0), rows.integer(1));
  return all;
}

void insert_school_of_source(Connection& connection, std::int64_t source, std::string_view source_id,
                             std::int64_t school) {
  connection
      .query(
          "INSERT INTO school_source (source, source_id, school) VALUES (?1, ?2, ?3) "
          "ON CONFLICT (source, source_id) DO UPDATE SET school = excluded.school WHERE school <> "
          "excluded.school")
      .with(source, source_id, school)
      .run();
}

std::optional<std::int64_t> find_source(Connection& connection, std::string_view name) {
  auto found = connection.query("SELECT id FROM source WHERE name = ?1");
  found.with(name);
  if (!found.step()) return std::nullopt;
  return found.integer(0);
}

std::int64_t source_row(Connection& connection, std::string_view name, std::string_view kind, Instant now) {
  if (const auto found = find_source(connection, name)) return *found;
  connection.query("INSERT INTO source (name, kind, created) VALUES (?1, ?2, ?3)")
      .with(name, kind, to_millis(now))
      .run();
  return connection.last_id();
}

}  // namespace crier::store
