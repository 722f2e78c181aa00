#include "store/filter_store.hpp"

#include "base/text.hpp"

namespace crier::store {
namespace {

SavedFilter read(Query& rows) {
  return {rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4), from_millis(rows.integer(5)),
          rows.text(6)};
}

}  // namespace

std::vector<SavedFilter> saved_filters(Connection& connection) {
  auto rows = connection.query(
      "SELECT name, kind, state, school, since, saved, saved_by FROM saved_filter ORDER BY name_folded");
  std::vector<SavedFilter> all;
  while (rows.step()) all.push_back(read(rows));
  return all;
}

std::optional<SavedFilter> find_saved_filter(Connection& connection, std::string_view name) {
  auto rows = connection.query(
      "SELECT name, kind, state, school, since, saved, saved_by FROM saved_filter WHERE name_folded = ?1");
  const auto folded = fold(name);
  rows.with(folded);
  if (!rows.step()) return std::nullopt;
  return read(rows);
}

void save_filter(Connection& connection, const SavedFilter& filter) {
  connection
      .query(R"sql(
INSERT INTO saved_filter (name, name_folded, kind, state, school, since, saved, saved_by)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (name_folded) DO UPDATE SET name = excluded.name, kind = excluded.kind, state = excluded.state,
  school = excluded.school, since = excluded.since, saved = excluded.saved, saved_by = excluded.saved_by)sql")
      .with(filter.name, fold(filter.name), filter.kind, filter.state, filter.school, filter.since,
            to_millis(filter.saved), filter.saved_by)
      .run();
}

bool forget_filter(Connection& connection, std::string_view name) {
  const auto folded = fold(name);
  return connection.query("DELETE FROM saved_filter WHERE name_folded = ?1").with(folded).run() == 1;
}

}  // namespace crier::store
