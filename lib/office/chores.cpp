#include "office/chores.hpp"

#include <fmt/format.h>

#include <numeric>

#include "base/error.hpp"
#include "base/text.hpp"
#include "office/import_history.hpp"
#include "office/retention.hpp"

namespace crier::office {
namespace {

std::int64_t sum(const FactCounts& counts) {
  return std::accumulate(counts.by_kind.begin(), counts.by_kind.end(), std::int64_t{0});
}

/// The source of the settings, by its name. Throws Error(usage) with the file of the schedule.
SourceState source_of(const Office& office, const config::Schedule& schedule) {
  const auto& imports = office.settings.imports;
  const auto named = imports.find(schedule.source);
  if (named == imports.end()) {
    std::vector<std::string> names;
    for (const auto& [name, source] : imports) names.push_back(name);
    throw Error(
        Exit::usage, "unknown-source",
        fmt::format("{}: no [import.{}] stands in the settings{}", schedule.file.string(), schedule.source,
                    did_you_mean(schedule.source, names)),
        names.empty() ? "Add the table, with kind and path." : "There are: " + join(names, ", ") + ".");
  }
  if (named->second.origin().empty()) {
    throw Error(Exit::usage, "no-path",
                fmt::format("{}: [import.{}] has no path", schedule.file.string(), schedule.source),
                "Write into the settings where the export lies: path = \"…\".");
  }
  return refreshable(office, schedule.source).sources.front();
}

std::string import_source(const Office& office, const config::Schedule& schedule, const Between& between) {
  const auto answer =
      import_now(office, source_of(office, schedule), [&](std::string_view, std::uint64_t, std::uint64_t) {
        if (between && !between()) throw ChoreStopped{};
      });
  if (answer.error) throw Error(*answer.error);
  const auto& report = answer.report;
  if (report.outcome == ImportOutcome::unchanged) {
    return fmt::format("import {} of {}: {} rows, nothing has changed", report.id, report.source,
                       report.rows);
  }
  auto said =
      fmt::format("import {} of {}: {} rows, {} added, {} changed, {} removed", report.id, report.source,
                  report.rows, sum(report.added), sum(report.changed), sum(report.removed));
  if (!report.issues.empty()) {
    said += fmt::format("; {} rows need a look, 'crier import show {}' lists them", report.issues.size(),
                        report.id);
  }
  return said;
}

/// P1, by the limits of the settings.
std::string let_go(const Office& office, const Between& between) {
  const auto report = run_retention(office, between);
  if (report.stopped) throw ChoreStopped{};
  auto said = fmt::format("{} rows let go", report.total());
  for (const auto& kind : report.kinds) {
    if (!kind.fault.empty()) {
      throw Error(Exit::in_part, "retention",
                  fmt::format("{}, but {}: {}", said, to_text(kind.kind), kind.fault),
                  "Mend that, and run 'crier retention run'.");
    }
  }
  return said;
}

}  // namespace

bool is_chore(config::NoticeKind kind) {
  return kind == config::NoticeKind::import_source || kind == config::NoticeKind::retention;
}

std::string do_chore(const Office& office, const config::Schedule& schedule, const Between& between) {
  if (schedule.kind == config::NoticeKind::retention) return let_go(office, between);
  return import_source(office, schedule, between);
}

void check_chore(const Office& office, const config::Schedule& schedule) {
  if (schedule.kind == config::NoticeKind::import_source) (void)source_of(office, schedule);
}

}  // namespace crier::office
