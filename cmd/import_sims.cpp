#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "command.hpp"
#include "import_answer.hpp"
#include "output/progress.hpp"

namespace crier::cmd {
namespace {

struct Options {
  std::string path;
  std::string map;
  std::string source = "sims";
  bool dry_run = false;
  bool strict = false;
  bool accept_removals = false;
  bool additions_only = false;
  bool first = false;
};

Exit run_import(Session& session, const Options& options) {
  if (options.path.empty()) {
    throw Error(Exit::usage, "no-path", "the path of the report is empty",
                "Name a report, or the folder that holds all of them.");
  }
  intake::ImportRequest request;
  request.path = options.path;
  request.source = options.source;
  request.kind = "sims";
  request.map = options.map;
  const auto& imports = session.settings().imports;
  const auto set = imports.find(options.source);
  if (request.map.empty() && set != imports.end()) request.map = set->second.map;
  if (options.dry_run) request.rehearsal = intake::Rehearsal::dry_run;
  if (options.strict) request.strictness = intake::Strictness::strict;
  if (options.accept_removals) request.removals = intake::Removals::accepted;
  if (options.additions_only) request.gone = store::GoneRows::stay;
  if (options.first) request.round = intake::Round::first;
  const auto& office = session.office(office::StoreAccess::write);
  std::optional<output::Progress> progress;
  const auto answer = office::import_sims(
      office, request, [&](std::string_view file, std::uint64_t done, std::uint64_t total) {
        if (!progress) progress.emplace("importing", static_cast<std::int64_t>(total));
        progress->set_label(fmt::format("importing {}", file));
        progress->set(static_cast<std::int64_t>(done));
      });
  progress.reset();
  return print_import(session, answer);
}

}  // namespace

void add_import_sims(CLI::App& app, Session& session) {
  auto& command = subcommand(
      app, "sims", "reports of SIMS, XML or CSV, as its report runner writes them",
      "What a report tells is seen from its captions; crier-sims(5) lists them, and how to make the\n"
      "reports. The same guard watches as over any import.\n"
      "Examples:\n"
      "  crier import sims reports/ --dry-run\n"
      "  crier import sims pupils.xml\n"
      "  crier import sims reports/ --map sims.toml --json");
  auto options = std::make_shared<Options>();
  command.add_option("path", options->path, "a report, or the folder that holds all")->required();
  command.add_option("--map", options->map, "a map for reports with captions of their own")
      ->type_name("FILE");
  command.add_option("--source", options->source, "the source these facts belong to, a name under [import]")
      ->type_name("NAME");
  command.add_flag("--dry-run", options->dry_run, "show what would change, and change nothing");
  command.add_flag("--strict", options->strict, "all records or none");
  command.add_flag("--accept-removals", options->accept_removals,
                   "let the import remove more than the guard allows");
  command.add_flag("--additions-only", options->additions_only, "let what the reports no longer have stay");
  command.add_flag("--first", options->first, "the first import of this source: no guard");
  command.callback(
      [&session, options] { session.run = [&session, options] { return run_import(session, *options); }; });
}

}  // namespace crier::cmd
