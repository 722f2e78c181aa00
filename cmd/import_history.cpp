#include "import_history.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Error.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <limits>

#include "import_answer.hpp"
#include "office/import_history.hpp"
#include "office/retention.hpp"
#include "output/progress.hpp"

namespace crier::cmd {
namespace {

/// `[N]`, and how much of it.
struct Options {
  std::int64_t import = 0;
  std::int64_t limit = 0;
  std::int64_t page = 1;
  bool additions_only = false;
  bool yes = false;
  bool dry_run = false;
  std::string source;

  std::optional<std::int64_t> named() const {
    return import == 0 ? std::nullopt : std::optional<std::int64_t>(import);
  }
};

boost::json::value parsed(const std::string& text) {
  boost::system::error_code error;
  auto value = boost::json::parse(text, error);
  return error ? boost::json::value() : value;
}

boost::json::value time_or_null(const std::optional<Instant>& at) {
  return at ? boost::json::value(to_rfc3339(*at)) : boost::json::value();
}

boost::json::array changes_document(const std::vector<store::ImportChange>& changes) {
  boost::json::array all;
  for (const auto& one : changes) {
    all.push_back({{"op", one.op},
                   {"kind", one.kind},
                   {"code", output::text_or_null(one.code)},
                   {"name", output::text_or_null(one.name)},
                   {"about", output::text_or_null(one.about)},
                   {"column", output::text_or_null(one.column)},
                   {"old", output::text_or_null(one.old_value)},
                   {"new", output::text_or_null(one.new_value)}});
  }
  return all;
}

boost::json::array findings_document(const std::vector<intake::Finding>& findings) {
  boost::json::array all;
  for (const auto& one : findings) {
    all.push_back({{"check", one.check},
                   {"kind", one.kind},
                   {"school", output::text_or_null(one.school)},
                   {"column", output::text_or_null(one.column)},
                   {"count", one.count},
                   {"of", one.of},
                   {"message", one.sentence}});
  }
  return all;
}

void print_changes(Session& session, const std::vector<store::ImportChange>& changes) {
  if (changes.empty()) return;
  Table table;
  table.name = "changes";
  table.columns = {{"op", "Change"},   {"kind", "Kind"},   {"code", "Code"},  {"name", "Name"},
                   {"about", "About"}, {"column", "What"}, {"old", "Before"}, {"new", "After"}};
  for (const auto& one : changes) {
    table.rows.push_back(
        {one.op, one.kind, one.code, one.name, one.about, one.column, one.old_value, one.new_value});
  }
  session.print(table);
}

Exit review(Session& session, const Options& options) {
  const auto limit = options.limit > 0 ? options.limit : 20;
  const auto& office = session.office(office::StoreAccess::write);
  ImportBar bar;
  auto review = office::review_held(office, options.named(), limit, bar.told());
  if (session.json()) {
    auto document = import_document(review.rehearsal);
    document["held"] = {{"id", review.held.import},
                        {"source", review.held.source},
                        {"path", review.held.path},
                        {"started", to_rfc3339(review.held.started)},
                        {"findings", findings_document(review.findings)}};
    document["changes"] = changes_document(review.rehearsal.changes);
    session.print(document);
    return review.rehearsal.error ? review.rehearsal.error->exit() : Exit::done;
  }
  session.print(fmt::format("Import {} from {} is held; it was read from {}.\nIt would:\n",
                            review.held.import, review.held.source, review.held.path));
  for (const auto& one : review.findings) session.print(fmt::format("  {}\n", one.sentence));
  session.print("\nLet in now:\n");
  // Rows that are not good do not matter to whoever decides here: the exit code of a review is 0.
  review.rehearsal.findings.clear();
  print_import(session, review.rehearsal);
  print_changes(session, review.rehearsal.changes);
  session.remark(
      fmt::format("'crier import accept {0}' lets it in, '--additions-only' with it all but what is gone; "
                  "'crier import discard {0}' throws it away.",
                  review.held.import));
  return Exit::done;
}

Exit accept(Session& session, const Options& options) {
  const auto& office = session.office(office::StoreAccess::write);
  std::optional<ImportBar> bar(std::in_place);
  const auto answer = office::accept_held(
      office, options.named(), options.additions_only ? store::GoneRows::stay : store::GoneRows::leave,
      bar->told());
  bar.reset();
  return print_import(session, answer);
}

Exit discard(Session& session, const Options& options) {
  const auto number = office::discard_held(session.office(office::StoreAccess::write), options.named());
  if (session.json()) {
    session.print(boost::json::object{{"discarded", number}});
  } else {
    session.print(fmt::format("Import {} is thrown away, with its files; nothing was changed.\n", number));
  }
  return Exit::done;
}

Exit undo(Session& session, const Options& options) {
  const auto& office = session.office(office::StoreAccess::write);
  if (!session.confirmed("Take the last import back?", options.yes)) return Exit::done;
  const auto undone = office::undo_import(office);
  intake::ImportAnswer answer;
  answer.report = undone.report;
  if (session.json()) {
    auto document = import_document(answer);
    document["undone"] = undone.undone;
    document["stayed"] = undone.stayed;
    session.print(document);
    return Exit::done;
  }
  session.print(fmt::format("Import {} from {} is taken back.\n", undone.undone, undone.report.source));
  session.print(counts_table(undone.report));
  if (undone.stayed > 0) {
    session.remark(
        fmt::format("{} of the people whom it had added stay as leavers: something was sent to them, they "
                    "decided something, or something by hand hangs on them.",
                    undone.stayed));
  }
  return Exit::done;
}

std::string forgetting_words(const std::string& source, const office::Forgetting& forgetting) {
  auto text = fmt::format("All that {} brought would go: its people would be leavers, its groups inactive.\n",
                          source);
  const auto& removed = forgetting.answer.report.removed;
  for (const auto kind : all_fact_kinds) {
    if (removed[kind] > 0) text += fmt::format("  {} {}\n", removed[kind], to_text(kind));
  }
  for (const auto& one : forgetting.answer.findings) text += fmt::format("It would {}.\n", one.sentence);
  return text + "What was entered by hand, and what other sources say, stays.\n";
}

void say_if_it_comes_again(Session& session, const std::string& source,
                           const office::Forgetting& forgetting) {
  if (!forgetting.comes_again) return;
  session.remark(
      fmt::format("The settings still name it: the next import from {} brings all of it again. Take "
                  "[import.{}] out of crier.toml, and its schedule.",
                  source, source));
}

Exit forget(Session& session, const Options& options) {
  const auto& office = session.office(office::StoreAccess::write);
  const auto view = office::look_at_forgetting(office, options.source);
  if (options.dry_run) {
    if (session.json()) {
      session.print(import_document(view.answer));
    } else {
      session.print(forgetting_words(options.source, view) + "Nothing was changed.\n");
      say_if_it_comes_again(session, options.source, view);
    }
    return Exit::done;
  }
  if (!options.yes && !session.can_ask()) {
    throw Error(Exit::refused_by_rule, "not-confirmed",
                fmt::format("all that {} brought would go, and there is nobody to ask", options.source),
                "Look at it with --dry-run; add --yes where that is what you want.");
  }
  if (!session.confirmed(forgetting_words(options.source, view) + "Let it go?", options.yes)) {
    session.remark("Nothing was changed.");
    return Exit::done;
  }
  const auto forgotten = office::forget_source(office, options.source);
  if (session.json()) {
    session.print(import_document(forgotten.answer));
    return Exit::done;
  }
  session.print(
      fmt::format("What {} brought is gone; 'crier import undo' brings it back, 'crier leavers delete' "
                  "deletes its people for good.\n",
                  options.source));
  session.print(counts_table(forgotten.answer.report));
  say_if_it_comes_again(session, options.source, forgotten);
  return Exit::done;
}

boost::json::object line_document(const store::ImportLine& line) {
  boost::json::object import{{"id", line.id},
                             {"source", line.source},
                             {"outcome", line.outcome},
                             {"started", to_rfc3339(line.started)},
                             {"seconds", line.seconds},
                             {"rows", line.rows},
                             {"path", line.path},
                             {"actor", line.actor},
                             {"refusal", output::text_or_null(line.refusal)},
                             {"concerns", nullptr},
                             {"decision", output::text_or_null(line.decision)},
                             {"added", parsed(line.added)},
                             {"changed", parsed(line.changed)},
                             {"removed", parsed(line.removed)}};
  if (line.concerns) import["concerns"] = *line.concerns;
  return import;
}

void print_line(Session& session, const store::ImportLine& line) {
  session.print(fmt::format("Import {}: {}, {} rows from {} ({})\n", line.id, line.outcome, line.rows,
                            line.source, line.path));
  if (line.concerns) {
    session.print(fmt::format("{} import {}.\n", line.outcome == "undo" ? "It takes back" : "It lets in",
                              *line.concerns));
  }
  if (!line.refusal.empty()) session.print(line.refusal + "\n");
  if (!line.decision.empty()) session.print(fmt::format("It was held: {}.\n", line.decision));
}

Exit show(Session& session, const Options& options) {
  constexpr std::int64_t all = std::numeric_limits<std::int32_t>::max();
  const auto limit = options.limit > 0 ? options.limit : session.json() ? all : 100;
  const auto details = office::import_details(session.office(office::StoreAccess::read), options.import,
                                              {limit, (options.page - 1) * limit});
  // P1: counts stay longer than rows.
  const auto whole_from =
      office::whole_from(session.office(office::StoreAccess::read), DataKind::import_rows);
  const bool rows_gone = whole_from && details.line.started < *whole_from;
  if (session.json()) {
    auto document = boost::json::object{{"import", line_document(details.line)}};
    document["issues"] = issues_document(details.issues);
    document["changes"] = changes_document(details.changes);
    document["page"] = options.page;
    document["more"] = details.more;
    document["rows_gone"] = rows_gone;
    session.print(document);
    return Exit::done;
  }
  print_line(session, details.line);
  for (const auto& issue : details.issues) session.print(issue_line(issue) + "\n");
  print_changes(session, details.changes);
  if (rows_gone) session.remark("Its rows may have been let go: see 'crier retention show'.");
  if (details.more) session.remark(fmt::format("More changes follow: --page {}.", options.page + 1));
  return Exit::done;
}

boost::json::array sources_document(const std::vector<office::SourceState>& sources, Instant now) {
  boost::json::array all;
  for (const auto& one : sources) {
    boost::json::object source{{"name", one.name},       {"kind", one.kind},
                               {"path", one.path},       {"imported", time_or_null(one.imported)},
                               {"age_seconds", nullptr}, {"written", time_or_null(one.written)}};
    if (one.imported) source["age_seconds"] = (to_millis(now) - to_millis(*one.imported)) / 1000;
    all.push_back(std::move(source));
  }
  return all;
}

void print_sources(Session& session, const office::Refreshable& state) {
  Table table;
  table.name = "sources";
  table.columns = {{"name", "Source"},
                   {"kind", "Kind"},
                   {"imported", "Data from", ColumnKind::instant},
                   {"written", "Export written", ColumnKind::instant},
                   {"path", "Path"}};
  for (const auto& one : state.sources) {
    table.rows.push_back({one.name, one.kind, one.imported ? Cell(*one.imported) : Cell(),
                          one.written ? Cell(*one.written) : Cell(), one.path});
  }
  session.print(table);
  session.remark(state.import_runs ? "An import is running." : "No import is running.");
  session.remark(state.queue_worker.empty() ? "Nobody works the queue."
                                            : fmt::format("The queue is worked by {}.", state.queue_worker));
}

/// The worst of several: what was refused before what came in in part.
Exit worse(Exit one, Exit other) {
  return std::max(one, other);
}

Exit refresh(Session& session, const std::string& name) {
  const auto& office = session.office(office::StoreAccess::write);
  const auto state = office::refreshable(office, name);
  boost::json::object document{{"sources", sources_document(state.sources, session.clock().now())},
                               {"import_running", state.import_runs},
                               {"queue_worker", output::text_or_null(state.queue_worker)}};
  if (!session.json()) print_sources(session, state);
  boost::json::array imports;
  auto exit = Exit::done;
  for (const auto& source : state.sources) {
    std::optional<ImportBar> bar(std::in_place);
    const auto answer = office::import_now(office, source, bar->told());
    bar.reset();
    if (session.json()) {
      imports.push_back(import_document(answer));
      exit = worse(exit, exit_of(answer));
      continue;
    }
    try {
      exit = worse(exit, print_import(session, answer));
    } catch (const Error& error) {
      // The others have a right to be tried; the last one's error is told by main.
      if (&source == &state.sources.back()) throw;
      session.remark(fmt::format("{}: {}\n{}", source.name, error.message(), error.hint()));
      exit = worse(exit, error.exit());
    }
  }
  if (session.json()) {
    document["imports"] = std::move(imports);
    session.print(document);
  }
  return exit;
}

}  // namespace

void add_import_history(CLI::App& command, Session& session) {
  auto options = std::make_shared<Options>();
  const auto on = [&session, options](CLI::App& app, Exit (*run)(Session&, const Options&)) {
    app.callback([&session, options, run] {
      session.run = [&session, options, run] { return run(session, *options); };
    });
  };
  const auto number = [options](CLI::App& app, const char* about) {
    return app.add_option("N", options->import, about)->check(CLI::PositiveNumber);
  };
  auto& show_one = subcommand(command, "show", "what an import did, change by change",
                              "Examples:\n  crier import show 12\n  crier import show 12 --json");
  number(show_one, "the import's number")->required();
  show_one
      .add_option("--limit", options->limit, "so many changes; without it 100 on a terminal, all with --json")
      ->check(CLI::PositiveNumber);
  show_one.add_option("--page", options->page, "which page of them")->check(CLI::PositiveNumber);
  on(show_one, show);
  auto& review_one = subcommand(command, "review", "a held import: why, and what it would change",
                                "Examples:\n  crier import review\n  crier import review 12 --limit 200");
  number(review_one, "the import's number; without it the latest that is held");
  review_one.add_option("--limit", options->limit, "so many of its changes; without it 20")
      ->check(CLI::PositiveNumber);
  on(review_one, review);
  auto& accept_one =
      subcommand(command, "accept", "let a held import in",
                 "Examples:\n  crier import accept\n  crier import accept 12 --additions-only");
  number(accept_one, "the import's number; without it the latest that is held");
  accept_one.add_flag("--additions-only", options->additions_only, "all but what is gone: nobody is removed");
  on(accept_one, accept);
  auto& discard_one =
      subcommand(command, "discard", "throw a held import away", "Example:\n  crier import discard 12");
  number(discard_one, "the import's number; without it the latest that is held");
  on(discard_one, discard);
  auto& undo_last = subcommand(command, "undo", "take the last import back",
                               "What people decided, what was sent and what was told stays.\n"
                               "Example:\n  crier import undo");
  undo_last.add_flag("--yes", options->yes, "do not ask");
  on(undo_last, undo);
  auto& let_go =
      subcommand(command, "forget", "let a source go: what it brought, and nothing else",
                 "Its people become leavers; what was entered by hand and what other sources say stays.\n"
                 "Examples:\n  crier import forget oldmis --dry-run\n  crier import forget oldmis --yes");
  let_go.add_option("source", options->source, "the source, as 'crier import list' names it")
      ->required()
      ->type_name("SOURCE");
  let_go.add_flag("--dry-run", options->dry_run, "show what would go, and change nothing");
  let_go.add_flag("--yes", options->yes, "do not ask");
  on(let_go, forget);

  auto name = std::make_shared<std::string>();
  auto* now =
      command
          .add_option("--now", *name,
                      "import the sources of the settings that have a path, or the one of this name, now")
          ->type_name("NAME")
          ->expected(0, 1);
  command.require_subcommand(0, 1);
  command.callback([&command, &session, name, now] {
    const bool chosen = !command.get_subcommands().empty();
    if (chosen && now->count() == 0) return;
    if (chosen) throw CLI::ValidationError("--now", "stands alone: it imports the sources of the settings");
    if (now->count() == 0) throw CLI::RequiredError("a command");
    session.run = [&session, name] { return refresh(session, *name); };
  });
}

}  // namespace crier::cmd
