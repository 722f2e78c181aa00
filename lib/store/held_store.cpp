#include "store/held_store.hpp"

namespace crier::store {

void insert_held(Connection& connection, std::int64_t import, std::string_view folder,
                 std::string_view findings) {
  connection
      .query(
          "INSERT INTO held_import (import, folder, reasons, decision, decided, decided_by) "
          "VALUES (?1, ?2, ?3, '', NULL, '')")
      .with(import, folder, findings)
      .run();
}

std::optional<HeldImport> held_import(Connection& connection, std::optional<std::int64_t> import) {
  auto rows = connection.query(
      "SELECT h.import, s.name, i.path, i.started, i.file_rows, i.added, i.changed, i.removed, h.reasons, "
      "h.decision "
      "FROM held_import h JOIN import i ON i.id = h.import JOIN source s ON s.id = i.source "
      "WHERE CASE WHEN ?1 IS NULL THEN h.decision = '' ELSE h.import = ?1 END ORDER BY h.import DESC LIMIT "
      "1");
  rows.bind(1, import);
  if (!rows.step()) return std::nullopt;
  return HeldImport{rows.integer(0), rows.text(1), rows.text(2), from_millis(rows.integer(3)),
                    rows.integer(4), rows.text(5), rows.text(6), rows.text(7),
                    rows.text(8),    rows.text(9)};
}

bool decide_held(Connection& connection, std::int64_t import, std::string_view decision, Instant when,
                 std::string_view who) {
  return connection
             .query(
                 "UPDATE held_import SET decision = ?2, decided = ?3, decided_by = ?4 "
                 "WHERE import = ?1 AND decision = ''")
             .with(import, decision, to_millis(when), who)
             .run() > 0;
}

std::vector<std::int64_t> held_before(Connection& connection, Instant before) {
  auto rows = connection.query(
      "SELECT h.import FROM held_import h JOIN import i ON i.id = h.import "
      "WHERE h.decision = '' AND i.started < ?1 ORDER BY h.import");
  rows.with(to_millis(before));
  std::vector<std::int64_t> held;
  while (rows.step()) held.push_back(rows.integer(0));
  return held;
}

std::vector<std::int64_t> supersede_held(Connection& connection, std::int64_t source, std::int64_t import,
                                         Instant when, std::string_view who) {
  std::vector<std::int64_t> overtaken;
  {
    auto rows = connection.query(
        "SELECT h.import FROM held_import h JOIN import i ON i.id = h.import "
        "WHERE h.decision = '' AND i.source = ?1 AND h.import < ?2 ORDER BY h.import");
    rows.with(source, import);
    while (rows.step()) overtaken.push_back(rows.integer(0));
  }
  for (const auto one : overtaken) decide_held(connection, one, "superseded", when, who);
  return overtaken;
}

}  // namespace crier::store
