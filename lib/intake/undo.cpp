#include "intake/undo.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>

#include "base/error.hpp"
#include "base/text.hpp"
#include "intake/run.hpp"
#include "store/import_store.hpp"
#include "store/school_store.hpp"
#include "store/undo_store.hpp"

namespace crier::intake {
namespace {

FactCounts parse_counts(const std::string& text) {
  FactCounts counts;
  boost::system::error_code error;
  const auto document = boost::json::parse(text, error);
  if (error || !document.is_object()) return counts;
  for (const auto kind : all_fact_kinds) {
    const auto* value = document.get_object().if_contains(to_text(kind));
    if (value != nullptr) counts[kind] = value->to_number<std::int64_t>();
  }
  return counts;
}

std::int64_t last_applied(store::Connection& connection) {
  if (const auto found = store::import_to_undo(connection)) return *found;
  throw Error(Exit::nothing_there, "nothing-to-undo", "there is no import to take back",
              "Only the last import that changed something can be taken back, and only once; 'crier import "
              "list' shows "
              "them.");
}

void require_free(store::Connection& connection, std::int64_t import) {
  const auto obstacles = store::undo_obstacles(connection, import);
  if (obstacles.empty()) return;
  throw Error(
      Exit::refused_by_rule, "undo-refused",
      fmt::format("import {} cannot be taken back: since then came {}", import, join(obstacles, ", ")),
      "Take those away first, or import a good export instead.");
}

}  // namespace

UndoAnswer undo_last(store::Connection& connection, const Clock& clock, const std::string& actor) {
  const auto lock = lock_imports(connection);
  const auto began = std::chrono::steady_clock::now();
  const auto now = clock.now();
  UndoAnswer answer;
  const store::UncheckedReferences all_at_once(connection);
  store::Transaction transaction(connection);
  answer.undone = last_applied(connection);
  require_free(connection, answer.undone);
  const auto line = *store::import_line(connection, answer.undone);
  auto& report = answer.report;
  report.id = store::next_import(connection);
  report.source = line.source;
  report.outcome = ImportOutcome::undo;
  report.added = parse_counts(line.removed);
  report.changed = parse_counts(line.changed);
  report.removed = parse_counts(line.added);
  for (const auto kind : all_fact_kinds) {
    if (!always_told(kind) && report.added[kind] + report.changed[kind] + report.removed[kind] > 0) {
      report.daily.push_back(kind);
    }
  }
  answer.stayed = store::undo_import(connection, answer.undone, report.id, now).stayed;
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const auto source = store::find_source(connection, line.source);
  store::insert_import(connection, {source.value_or(0), line.path, now, actor, answer.undone}, report, "");
  transaction.commit();
  connection.checkpoint(1000);
  return answer;
}

}  // namespace crier::intake
