#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/os.hpp"
#include "base/text.hpp"
#include "command.hpp"
#include "office/importing.hpp"
#include "output/progress.hpp"

namespace crier::cmd {
namespace {

struct Options {
  std::string path;
  std::string source = "oneroster";
  bool dry_run = false;
  bool strict = false;
  bool accept_removals = false;
  bool first = false;
};

boost::json::object counts(const FactCounts& counts) {
  boost::json::object object;
  for (const auto kind : all_fact_kinds) object[to_text(kind)] = counts[kind];
  return object;
}

boost::json::object document(const intake::ImportAnswer& answer) {
  const auto& report = answer.report;
  boost::json::object import;
  if (report.id == 0) {
    import["id"] = nullptr;
  } else {
    import["id"] = report.id;
  }
  import["source"] = report.source;
  import["outcome"] = to_text(report.outcome);
  import["seconds"] = report.seconds;
  import["rows"] = report.rows;
  import["added"] = counts(report.added);
  import["changed"] = counts(report.changed);
  import["removed"] = counts(report.removed);
  boost::json::array issues;
  for (const auto& issue : report.issues) {
    boost::json::object one;
    one["file"] = issue.file;
    one["line"] = issue.line;
    one["column"] = output::text_or_null(issue.column);
    one["value"] = issue.value;
    one["reason"] = issue.reason;
    one["severity"] = issue.severity == Severity::error ? "error" : "warning";
    one["message"] = issue.message;
    issues.push_back(std::move(one));
  }
  boost::json::object document;
  document["import"] = std::move(import);
  document["issues"] = std::move(issues);
  if (answer.error) document["error"] = output::error_document(*answer.error)["error"];
  return document;
}

Table counts_table(const ImportReport& report) {
  Table table;
  table.name = "import";
  table.columns = {{"kind", ""},
                   {"added", "Added", ColumnKind::count, "", Tone::good},
                   {"changed", "Changed", ColumnKind::count},
                   {"removed", "Removed", ColumnKind::count, "", Tone::warning}};
  for (const auto kind : all_fact_kinds) {
    table.rows.push_back({std::string(to_text(kind)), report.added[kind], report.changed[kind], report.removed[kind]});
  }
  return table;
}

void print_issues(Session& session, const ImportReport& report) {
  constexpr std::size_t most = 20;
  std::size_t errors = 0;
  for (const auto& issue : report.issues) errors += issue.severity == Severity::error;
  std::size_t shown = 0;
  for (const auto& issue : report.issues) {
    if (shown == most) {
      session.remark(fmt::format("… and {} more; --json lists them all.", report.issues.size() - shown));
      break;
    }
    const auto column = issue.column.empty() ? std::string() : fmt::format(" {}", issue.column);
    const auto value = issue.value.empty() ? std::string() : fmt::format(" '{}'", issue.value);
    const auto place = issue.line == 0 ? issue.file : fmt::format("{}:{}", issue.file, issue.line);
    session.remark(fmt::format("{}{}{}: {}: {}", place, column, value, issue.reason, issue.message));
    ++shown;
  }
  if (!report.issues.empty()) {
    session.remark(fmt::format("{} values or rows were not good, {} remarks.", errors, report.issues.size() - errors));
  }
}

Exit run_import(Session& session, const Options& options) {
  intake::ImportRequest request;
  request.path = options.path;
  request.source = options.source;
  if (options.dry_run) request.rehearsal = intake::Rehearsal::dry_run;
  if (options.strict) request.strictness = intake::Strictness::strict;
  if (options.accept_removals) request.removals = intake::Removals::accepted;
  if (options.first) request.round = intake::Round::first;
  const auto& office = session.office(office::StoreAccess::write);
  std::optional<output::Progress> progress;
  const auto answer = office::import_oneroster(
      office, request, [&](std::string_view file, std::uint64_t done, std::uint64_t total) {
        if (!progress) progress.emplace("importing", static_cast<std::int64_t>(total));
        progress->set_label(fmt::format("importing {}", file));
        progress->set(static_cast<std::int64_t>(done));
      });
  progress.reset();
  const auto& report = answer.report;
  if (session.json()) {
    session.print(document(answer));
  } else {
    print_issues(session, report);
    if (!answer.error) {
      session.print(fmt::format("{}: {} rows from {} in {:.1f} s\n", to_text(report.outcome), report.rows, report.source,
                                report.seconds));
      session.print(counts_table(report));
      if (!answer.untold.empty() && report.outcome != ImportOutcome::unchanged) {
        session.remark(fmt::format("This source does not tell {}.", join(answer.untold, ", ")));
      }
    }
  }
  if (answer.error) {
    // With --json the document above holds the error already.
    if (session.json()) return answer.error->exit();
    throw *answer.error;
  }
  for (const auto& issue : report.issues) {
    if (issue.severity == Severity::error) return Exit::in_part;
  }
  return Exit::done;
}

Exit list_imports(Session& session) {
  Table table;
  table.name = "imports";
  table.columns = {{"id", "Import", ColumnKind::count}, {"source", "Source"},       {"outcome", "Outcome"},
                   {"started", "Started", ColumnKind::instant}, {"seconds", "Seconds", ColumnKind::seconds},
                   {"rows", "Rows", ColumnKind::count}, {"issues", "Issues", ColumnKind::count, "", Tone::warning}};
  for (const auto& line : store::imports(session.office(office::StoreAccess::read).store, 50)) {
    table.rows.push_back({line.id, line.source, line.outcome, line.started, line.seconds, line.rows, line.issues});
  }
  session.print(table);
  return Exit::done;
}

}  // namespace

void add_import(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "import", "take pupils, contacts, groups and marks from an export",
                             "Examples:\n"
                             "  crier import oneroster /srv/export/oneroster.zip\n"
                             "  crier import oneroster export/ --dry-run\n"
                             "  crier import list");
  command.require_subcommand(1);
  auto& oneroster = subcommand(command, "oneroster", "a OneRoster 1.1 or 1.2 CSV set, a folder or the zip as exported",
                               "A nightly job needs nothing more than the path: whatever would remove more than 10 % of a\n"
                               "kind is held (exit 5) and nothing is changed.\n"
                               "Examples:\n"
                               "  crier import oneroster export.zip\n"
                               "  crier import oneroster export/ --dry-run --json\n"
                               "  crier import oneroster export/ --accept-removals");
  auto options = std::make_shared<Options>();
  oneroster.add_option("path", options->path, "the folder or zip")->required();
  oneroster.add_option("--source", options->source, "the source these facts belong to, a name under [import]")->type_name("NAME");
  oneroster.add_flag("--dry-run", options->dry_run, "show what would change, and change nothing");
  oneroster.add_flag("--strict", options->strict, "all rows or none");
  oneroster.add_flag("--accept-removals", options->accept_removals, "let the import remove more than the guard allows");
  oneroster.add_flag("--first", options->first, "the first import of this source: no guard");
  oneroster.callback([&session, options] { session.run = [&session, options] { return run_import(session, *options); }; });
  auto& list = subcommand(command, "list", "the last imports", "Example:\n  crier import list --json");
  list.callback([&session] { session.run = [&session] { return list_imports(session); }; });
}

}  // namespace crier::cmd
