#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <filesystem>

#include "command.hpp"
#include "import_answer.hpp"

namespace crier::cmd {
namespace {

struct Options {
  std::string path;
  std::string map;
  std::string source = "csv";
  bool suggest = false;
  bool dry_run = false;
  bool strict = false;
  bool accept_removals = false;
  bool additions_only = false;
  bool first = false;
};

/// The file itself, or those of a folder that look like tables.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return {path};
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(path)) {
    const auto extension = file.path().extension();
    if (file.is_regular_file() && (extension == ".csv" || extension == ".tsv" || extension == ".txt" ||
                                   extension == ".CSV" || extension == ".TSV")) {
      files.push_back(file.path());
    }
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    throw Error(Exit::refused_input, "no-such-file",
                fmt::format("{} holds no .csv, .tsv or .txt", path.string()), "Name the file itself.");
  }
  return files;
}

Exit run_suggest(Session& session, const Options& options) {
  session.print(office::suggest_map(files_of(options.path)));
  session.remark("A first map, by the headers: check every line, then import with --dry-run.");
  return Exit::done;
}

Exit run_import(Session& session, const Options& options) {
  intake::ImportRequest request;
  request.path = options.path;
  request.source = options.source;
  request.kind = "csv";
  request.map = options.map;
  const auto& imports = session.settings().imports;
  const auto set = imports.find(options.source);
  if (request.map.empty() && set != imports.end()) request.map = set->second.map;
  if (request.map.empty()) {
    throw Error(Exit::usage, "no-map", "an import of CSV needs a map",
                "Name it with --map FILE.toml; --suggest writes a first one from the headers.");
  }
  if (options.dry_run) request.rehearsal = intake::Rehearsal::dry_run;
  if (options.strict) request.strictness = intake::Strictness::strict;
  if (options.accept_removals) request.removals = intake::Removals::accepted;
  if (options.additions_only) request.gone = store::GoneRows::stay;
  if (options.first) request.round = intake::Round::first;
  const auto& office = session.office(office::StoreAccess::write);
  std::optional<ImportBar> bar(std::in_place);
  const auto answer = office::import_csv(office, request, bar->told());
  bar.reset();
  return print_import(session, answer);
}

}  // namespace

void add_import_csv(CLI::App& app, Session& session) {
  auto& command =
      subcommand(app, "csv", "an export of CSV files, by a map that says which column tells what",
                 "crier-import-map(5) describes the map. The same guard watches as over any import.\n"
                 "Examples:\n"
                 "  crier import csv export/ --suggest > map.toml\n"
                 "  crier import csv export/ --map map.toml --dry-run\n"
                 "  crier import csv absences.csv --map map.toml --json");
  auto options = std::make_shared<Options>();
  command.add_option("path", options->path, "a file of the export, or the folder that holds all")->required();
  command.add_option("--map", options->map, "the map")->type_name("FILE");
  command.add_flag("--suggest", options->suggest, "write a first map from the headers, and import nothing");
  command.add_option("--source", options->source, "the source these facts belong to, a name under [import]")
      ->type_name("NAME");
  command.add_flag("--dry-run", options->dry_run, "show what would change, and change nothing");
  command.add_flag("--strict", options->strict, "all rows or none");
  command.add_flag("--accept-removals", options->accept_removals,
                   "let the import remove more than the guard allows");
  command.add_flag("--additions-only", options->additions_only, "let what the export no longer has stay");
  command.add_flag("--first", options->first, "the first import of this source: no guard");
  command.callback([&session, options] {
    session.run = [&session, options] {
      if (options->path.empty()) {
        throw Error(Exit::usage, "no-path", "the path of the export is empty",
                    "Name a file of the export, or its folder.");
      }
      return options->suggest ? run_suggest(session, *options) : run_import(session, *options);
    };
  });
}

}  // namespace crier::cmd
