#include "report/audit_report.hpp"

#include "store/audit_store.hpp"

namespace crier::report {
namespace {

/// What a report shows at once; a narrower range shows the rest.
constexpr std::int64_t most_rows = 100'000;

}  // namespace

Table audit_table(store::Connection& connection, Instant from, Instant to, std::string_view actor,
                  std::string_view act) {
  Table table;
  table.name = "entries";
  table.columns = {{"id", "Entry", ColumnKind::count},
                   {"at", "At", ColumnKind::instant},
                   {"actor", "Who"},
                   {"act", "Act"},
                   {"subject", "On what"},
                   {"detail", "Detail"}};
  for (auto& line : store::audit_lines(connection, from, to, actor, act, most_rows)) {
    table.rows.push_back({line.id, line.entry.at, std::move(line.entry.actor), std::move(line.entry.act),
                          std::move(line.entry.subject), std::move(line.entry.detail)});
  }
  return table;
}

}  // namespace crier::report
