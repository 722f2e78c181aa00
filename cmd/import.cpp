#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "command.hpp"
#include "import_answer.hpp"
#include "import_bounces.hpp"
#include "import_calendar.hpp"
#include "import_history.hpp"

namespace crier::cmd {
namespace {

struct Options {
  std::string path;
  std::string source = "oneroster";
  std::string keep;
  bool dry_run = false;
  bool strict = false;
  bool accept_removals = false;
  bool additions_only = false;
  bool first = false;
};

intake::ImportRequest request_of(const Options& options) {
  intake::ImportRequest request;
  request.source = options.source;
  if (options.dry_run) request.rehearsal = intake::Rehearsal::dry_run;
  if (options.strict) request.strictness = intake::Strictness::strict;
  if (options.accept_removals) request.removals = intake::Removals::accepted;
  if (options.additions_only) request.gone = store::GoneRows::stay;
  if (options.first) request.round = intake::Round::first;
  return request;
}

Exit run_import(Session& session, const Options& options) {
  if (options.path.empty()) {
    throw Error(Exit::usage, "no-path", "the path of the export is empty",
                "Name the folder or the zip that the export wrote.");
  }
  auto request = request_of(options);
  request.path = options.path;
  const auto& office = session.office(office::StoreAccess::write);
  std::optional<ImportBar> bar(std::in_place);
  const auto answer = office::import_oneroster(office, request, bar->told());
  bar.reset();
  return print_import(session, answer);
}

Exit run_rest(Session& session, const Options& options) {
  auto request = request_of(options);
  request.kind = "rest";
  request.path = options.keep;
  const auto& office = session.office(office::StoreAccess::write);
  std::optional<ImportBar> bar(std::in_place);
  const auto answer = office::import_rest(office, request, bar->told());
  bar.reset();
  if (!options.keep.empty()) {
    session.remark(fmt::format("What the server gave is kept in {}: personal data.", options.keep));
  }
  return print_import(session, answer);
}

void add_import_flags(CLI::App& command, Options& options) {
  command.add_flag("--dry-run", options.dry_run, "show what would change, and change nothing");
  command.add_flag("--strict", options.strict, "all rows or none");
  command.add_flag("--accept-removals", options.accept_removals,
                   "let the import remove more than the guard allows");
  command.add_flag("--additions-only", options.additions_only, "all but what is gone: nobody is removed");
  command.add_flag("--first", options.first, "the first import of this source: no guard");
}

void add_import_rest(CLI::App& command, Session& session) {
  auto& rest =
      subcommand(command, "rest", "a OneRoster 1.1 or 1.2 server, asked over the network",
                 "Where the server is and how it lets us in stands in crier.toml under [import.NAME]\n"
                 "with kind = \"rest\". A pull that is not whole changes nothing.\n"
                 "Examples:\n"
                 "  crier import rest district --dry-run\n"
                 "  crier import rest district --keep pulled/\n"
                 "  crier import rest district --json");
  auto options = std::make_shared<Options>();
  rest.add_option("NAME", options->source, "the source's name under [import]")->required();
  rest.add_option("--keep", options->keep, "keep what the server gave in this folder, as a CSV set")
      ->type_name("FOLDER");
  add_import_flags(rest, *options);
  rest.callback(
      [&session, options] { session.run = [&session, options] { return run_rest(session, *options); }; });
}

Exit list_imports(Session& session) {
  Table table;
  table.name = "imports";
  table.columns = {{"id", "Import", ColumnKind::count},
                   {"source", "Source"},
                   {"outcome", "Outcome"},
                   {"started", "Started", ColumnKind::instant},
                   {"seconds", "Seconds", ColumnKind::seconds},
                   {"rows", "Rows", ColumnKind::count},
                   {"issues", "Issues", ColumnKind::count, "", Tone::warning}};
  for (const auto& line : store::imports(session.office(office::StoreAccess::read).store, 50)) {
    table.rows.push_back(
        {line.id, line.source, line.outcome, line.started, line.seconds, line.rows, line.issues});
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
                             "  crier import review\n"
                             "  crier import undo\n"
                             "  crier import --now");
  auto& oneroster =
      subcommand(command, "oneroster", "a OneRoster 1.1 or 1.2 CSV set, a folder or the zip as exported",
                 "A nightly job needs nothing more than the path: whatever would remove more than 10 % of a\n"
                 "kind is held (exit 5) and nothing is changed.\n"
                 "Examples:\n"
                 "  crier import oneroster export.zip\n"
                 "  crier import oneroster export/ --dry-run --json\n"
                 "  crier import oneroster export/ --accept-removals");
  auto options = std::make_shared<Options>();
  oneroster.add_option("path", options->path, "the folder or zip")->required();
  oneroster
      .add_option("--source", options->source, "the source these facts belong to, a name under [import]")
      ->type_name("NAME");
  add_import_flags(oneroster, *options);
  oneroster.callback(
      [&session, options] { session.run = [&session, options] { return run_import(session, *options); }; });
  add_import_rest(command, session);
  add_import_csv(command, session);
  add_import_sims(command, session);
  add_import_bounces(command, session);
  add_import_calendar(command, session);
  add_import_history(command, session);
  auto& list = subcommand(command, "list", "the last imports", "Example:\n  crier import list --json");
  list.callback([&session] { session.run = [&session] { return list_imports(session); }; });
}

}  // namespace crier::cmd
