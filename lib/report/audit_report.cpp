#include "report/audit_report.hpp"

#include <fmt/format.h>

namespace crier::report {
namespace {

constexpr std::size_t most_rows = 10'000;
constexpr std::size_t page_rows = 2'000;

Table empty_table() {
  Table table;
  table.name = "entries";
  table.title = "Entries";
  table.columns = {{"id", "Entry", ColumnKind::count},
                   {"at", "At", ColumnKind::instant},
                   {"actor", "Who"},
                   {"act", "Act"},
                   {"subject", "On what"},
                   {"detail", "Detail"}};
  return table;
}

std::vector<Cell> row_of(store::AuditLine&& line) {
  return {line.id,
          line.entry.at,
          std::move(line.entry.actor),
          std::move(line.entry.act),
          std::move(line.entry.subject),
          std::move(line.entry.detail)};
}

}  // namespace

Table audit_table(store::Connection& connection, const store::AuditFilter& filter) {
  auto table = empty_table();
  store::read_audit(connection, filter, [&](store::AuditLine&& line) {
    if (table.rows.size() == most_rows) {
      table.notes.push_back(fmt::format(
          "The latest {} entries; --format csv or json has all, --from and --to fewer.", most_rows));
      return false;
    }
    table.rows.push_back(row_of(std::move(line)));
    return true;
  });
  return table;
}

Table audit_acts_table(store::Connection& connection, const store::AuditFilter& filter) {
  Table table;
  table.name = "acts";
  table.title = "Acts";
  table.columns = {{"act", "Act"}, {"count", "Entries", ColumnKind::count}};
  for (auto& [act, count] : store::audit_acts(connection, filter)) {
    table.rows.push_back({std::move(act), count});
  }
  table.charts.push_back({"Entries by act", "How often each act was done.", {"act"}, {"count"}});
  return table;
}

void audit_pages(store::Connection& connection, const store::AuditFilter& filter,
                 const std::function<void(const Table&)>& take) {
  auto page = empty_table();
  bool first = true;
  store::read_audit(connection, filter, [&](store::AuditLine&& line) {
    page.rows.push_back(row_of(std::move(line)));
    if (page.rows.size() == page_rows) {
      take(page);
      page.rows.clear();
      first = false;
    }
    return true;
  });
  if (first || !page.rows.empty()) take(page);
}

}  // namespace crier::report
