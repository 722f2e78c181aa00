#include "store/import_store.hpp"

#include <fmt/format.h>

namespace crier::store {

std::string counts_text(const FactCounts& counts) {
  std::string text = "{";
  for (const auto kind : all_fact_kinds) {
    if (!always_told(kind) && counts[kind] == 0) continue;
    if (text.size() > 1) text += ",";
    text += fmt::format("\"{}\":{}", to_text(kind), counts[kind]);
  }
  return text + "}";
}

std::int64_t next_import(Connection& connection) {
  return connection.integer("SELECT coalesce(max(id), 0) + 1 FROM import");
}

void insert_import(Connection& connection, const ImportRecord& record, const ImportReport& report,
                   std::string_view refusal) {
  const auto added = counts_text(report.added);
  const auto changed = counts_text(report.changed);
  const auto removed = counts_text(report.removed);
  connection
      .query(
          "INSERT INTO import (id, source, path, started, seconds, outcome, file_rows, added, changed, "
          "removed, "
          "refusal, actor, concerns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, nullif(?13, "
          "0))")
      .with(report.id, record.source, record.path, to_millis(record.started), report.seconds,
            to_text(report.outcome), report.rows, added, changed, removed, refusal, record.actor,
            record.concerns)
      .run();
  auto insert = connection.query(
      "INSERT INTO import_issue (import, file, line, file_column, value, reason, severity, message) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  for (const auto& issue : report.issues) {
    insert
        .with(report.id, issue.file, issue.line, issue.column, issue.value, issue.reason,
              issue.severity == Severity::error ? "error" : "warning", issue.message)
        .run();
  }
}

bool has_applied_import(Connection& connection, std::int64_t source) {
  auto found = connection.query(
      "SELECT EXISTS (SELECT 1 FROM import WHERE source = ?1 AND outcome IN ('applied', 'unchanged'))");
  return found.with(source).step() && found.integer(0) == 1;
}

namespace {

constexpr const char* line_columns =
    "SELECT i.id, s.name, i.started, i.seconds, i.outcome, i.file_rows, "
    "(SELECT count(*) FROM import_issue x WHERE x.import = i.id), i.added, i.changed, i.removed, i.path, "
    "i.actor, "
    "i.refusal, i.concerns, coalesce(h.decision, '') "
    "FROM import i JOIN source s ON s.id = i.source LEFT JOIN held_import h ON h.import = i.id ";

ImportLine line_of(const Query& row) {
  return {row.integer(0), row.text(1),           from_millis(row.integer(2)),
          row.real(3),    row.text(4),           row.integer(5),
          row.integer(6), row.text(7),           row.text(8),
          row.text(9),    row.text(10),          row.text(11),
          row.text(12),   row.maybe_integer(13), row.text(14)};
}

}  // namespace

std::optional<ImportLine> import_line(Connection& connection, std::int64_t import) {
  auto rows = connection.query(std::string(line_columns) + "WHERE i.id = ?1");
  rows.with(import);
  if (!rows.step()) return std::nullopt;
  return line_of(rows);
}

std::vector<RowIssue> import_issues(Connection& connection, std::int64_t import) {
  auto rows = connection.query(
      "SELECT file, line, file_column, value, reason, severity, message FROM import_issue WHERE import = ?1 "
      "ORDER BY id");
  rows.with(import);
  std::vector<RowIssue> all;
  while (rows.step()) {
    all.push_back({rows.text(0), rows.integer(1), rows.text(2), rows.text(3), rows.text(4),
                   rows.view(5) == "error" ? Severity::error : Severity::warning, rows.text(6)});
  }
  return all;
}

std::vector<SourceAge> source_ages(Connection& connection) {
  auto rows = connection.query(
      "SELECT s.name, i.id, i.started FROM source s JOIN import i ON i.id = (SELECT max(x.id) FROM import x "
      "WHERE x.source = s.id AND x.outcome IN ('applied', 'unchanged')) ORDER BY s.name");
  std::vector<SourceAge> all;
  while (rows.step()) all.push_back({rows.text(0), rows.integer(1), from_millis(rows.integer(2))});
  return all;
}

std::vector<ImportLine> imports(Connection& connection, std::int64_t limit) {
  auto rows = connection.query(std::string(line_columns) + "ORDER BY i.id DESC LIMIT ?1");
  rows.with(limit);
  std::vector<ImportLine> all;
  while (rows.step()) all.push_back(line_of(rows));
  return all;
}

std::optional<std::int64_t> import_to_undo(Connection& connection) {
  auto rows = connection.query(
      "SELECT id, outcome FROM import WHERE outcome IN ('applied', 'undo') ORDER BY id DESC LIMIT 1");
  if (!rows.step() || rows.view(1) == "undo") return std::nullopt;
  return rows.integer(0);
}

}  // namespace crier::store
