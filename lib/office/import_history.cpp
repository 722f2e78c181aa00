#include "office/import_history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/error.hpp"
#include "base/text.hpp"
#include "intake/forgetting.hpp"
#include "intake/held.hpp"
#include "office/importing.hpp"
#include "office/permission.hpp"
#include "store/hand_store.hpp"
#include "store/lease_store.hpp"
#include "store/school_store.hpp"

namespace crier::office {
namespace {

store::HeldImport find_held(const Office& office, std::optional<std::int64_t> import) {
  const auto held = store::held_import(office.store, import);
  if (!held && !import) {
    throw Error(Exit::nothing_there, "nothing-held", "no import is held",
                "'crier import list' shows the last imports and what became of them.");
  }
  if (!held) {
    throw Error(Exit::nothing_there, "nothing-held", fmt::format("import {} is not held", *import),
                "'crier import list' shows which are.");
  }
  if (!held->decision.empty()) {
    throw Error(Exit::nothing_there, "nothing-held",
                fmt::format("import {} is no longer held: {}", held->import, held->decision),
                "'crier import list' shows what came after it.");
  }
  return *held;
}

/// One request, by the kind of its source.
intake::ImportAnswer import_again(const Office& office, intake::ImportRequest request,
                                  const intake::Progress& progress) {
  // What was pulled from a server and kept is a set like another.
  const bool kept = request.kind == "rest" && !request.path.empty();
  if (request.kind == "oneroster" || kept) return import_oneroster(office, std::move(request), progress);
  if (request.kind == "rest") return import_rest(office, std::move(request), progress);
  if (request.kind == "csv" || request.kind == "sims") {
    const auto settings = office.settings.imports.find(request.source);
    if (request.map.empty() && settings != office.settings.imports.end()) request.map = settings->second.map;
    return request.kind == "csv" ? import_csv(office, std::move(request), progress)
                                 : import_sims(office, std::move(request), progress);
  }
  throw Error(Exit::usage, "unknown-kind",
              fmt::format("the source '{}' is of the kind '{}', which is not imported from a path",
                          request.source, request.kind),
              "The kind can be oneroster, csv, sims or rest.");
}

store::ImportChange turned(store::ImportChange change) {
  std::swap(change.old_value, change.new_value);
  if (change.op == "added") {
    change.op = "removed";
  } else if (change.op == "removed") {
    change.op = change.column.empty() ? "added" : "changed";
  }
  return change;
}

std::optional<Instant> written_at(const std::filesystem::path& path) {
  std::error_code error;
  auto newest = std::filesystem::last_write_time(path, error);
  if (error) return std::nullopt;
  // A folder's own time does not move when a file in it is written anew.
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    std::error_code ignored;
    const auto time = entry.last_write_time(ignored);
    if (!ignored) newest = std::max(newest, time);
  }
  return std::chrono::floor<Millis>(std::chrono::file_clock::to_sys(newest));
}

}  // namespace

ImportDetails import_details(const Office& office, std::int64_t import, store::ChangePage page) {
  require(office, Act::look);
  const auto sight = address_sight(office);
  const auto line = store::import_line(office.store, import);
  if (!line) {
    throw Error(Exit::nothing_there, "no-such-import", fmt::format("there is no import {}", import),
                "'crier import list' shows the last imports.");
  }
  ImportDetails details{*line, store::import_issues(office.store, import), {}, false};
  for (auto& issue : details.issues) {
    issue.value = shown_text(sight, issue.value);
    issue.message = shown_text(sight, issue.message);
  }
  const bool undo = line->outcome == to_text(ImportOutcome::undo) && line->concerns;
  if (!undo && line->outcome != to_text(ImportOutcome::applied)) return details;
  auto changes =
      store::import_changes(office.store, undo ? *line->concerns : import, {page.limit + 1, page.skip});
  details.more = static_cast<std::int64_t>(changes.size()) > page.limit;
  if (details.more) changes.pop_back();
  for (auto& change : changes) {
    change.old_value = shown_text(sight, change.old_value);
    change.new_value = shown_text(sight, change.new_value);
    details.changes.push_back(undo ? turned(std::move(change)) : std::move(change));
  }
  return details;
}

HeldReview review_held(const Office& office, std::optional<std::int64_t> import, std::int64_t changes,
                       const intake::Progress& progress) {
  require(office, Act::import);
  const auto held = find_held(office, import);
  auto request = intake::kept_request(office.store.path(), held.import);
  request.rehearsal = intake::Rehearsal::dry_run;
  request.removals = intake::Removals::accepted;
  request.changes_wanted = changes;
  return {held, intake::parse_findings(held.findings), import_again(office, std::move(request), progress)};
}

intake::ImportAnswer accept_held(const Office& office, std::optional<std::int64_t> import,
                                 store::GoneRows gone, const intake::Progress& progress) {
  require(office, Act::import);
  const auto held = find_held(office, import);
  auto request = intake::kept_request(office.store.path(), held.import);
  request.removals = intake::Removals::accepted;
  request.gone = gone;
  request.lets_in = held.import;
  auto answer = import_again(office, std::move(request), progress);
  if (answer.error) return answer;
  store::Transaction transaction(office.store);
  record(office, "import-accept", fmt::format("import {}", held.import),
         fmt::format("let in as import {}{}", answer.report.id,
                     gone == store::GoneRows::stay ? ", additions only" : ""));
  transaction.commit();
  return answer;
}

std::int64_t discard_held(const Office& office, std::optional<std::int64_t> import) {
  require(office, Act::import);
  const auto held = find_held(office, import);
  {
    store::Transaction transaction(office.store);
    if (!store::decide_held(office.store, held.import, "discarded", office.clock.now(), office.actor)) {
      throw Error(Exit::nothing_there, "nothing-held",
                  fmt::format("import {} is no longer held", held.import),
                  "Somebody else has decided just now: 'crier import list' shows how.");
    }
    record(office, "import-discard", fmt::format("import {}", held.import), "held files thrown away");
    transaction.commit();
  }
  intake::forget_files(office.store.path(), held.import);
  return held.import;
}

namespace {

Forgetting forget(const Office& office, const std::string& source, intake::Rehearsal rehearsal) {
  require(office, Act::import);
  if (source == store::hand_name) {
    throw Error(Exit::usage, "reserved-source", "what was entered by hand is no import's to forget",
                "Take it back with 'crier people' and 'crier groups'.");
  }
  const auto row = store::find_source(office.store, source);
  if (!row || !store::has_applied_import(office.store, *row)) {
    std::vector<std::string> names;
    for (const auto& age : store::source_ages(office.store)) names.push_back(age.source);
    throw Error(
        Exit::nothing_there, "no-such-source",
        fmt::format("no source '{}' has brought anything{}", source, did_you_mean(source, names)),
        names.empty() ? "'crier import list' shows the imports." : "There are: " + join(names, ", ") + ".");
  }
  intake::ImportRequest request;
  request.source = source;
  request.rehearsal = rehearsal;
  request.removals = intake::Removals::accepted;
  request.actor = office.actor;
  Forgetting forgotten;
  forgotten.answer = intake::forget_source(office.store, office.settings, office.clock, request);
  forgotten.comes_again = office.settings.imports.contains(source);
  return forgotten;
}

}  // namespace

Forgetting look_at_forgetting(const Office& office, const std::string& source) {
  return forget(office, source, intake::Rehearsal::dry_run);
}

Forgetting forget_source(const Office& office, const std::string& source) {
  auto forgotten = forget(office, source, intake::Rehearsal::no);
  const auto& report = forgotten.answer.report;
  store::Transaction transaction(office.store);
  record(office, "forget", fmt::format("import {}", report.id),
         fmt::format("the source {}: removed {}", source, store::counts_text(report.removed)));
  transaction.commit();
  return forgotten;
}

intake::UndoAnswer undo_import(const Office& office) {
  require(office, Act::import);
  auto answer = intake::undo_last(office.store, office.clock, office.actor);
  store::Transaction transaction(office.store);
  record(office, "import-undo", fmt::format("import {}", answer.undone),
         fmt::format("taken back as import {}: added {}, changed {}, removed {}, {} stay as leavers",
                     answer.report.id, store::counts_text(answer.report.added),
                     store::counts_text(answer.report.changed), store::counts_text(answer.report.removed),
                     answer.stayed));
  transaction.commit();
  return answer;
}

Refreshable refreshable(const Office& office, const std::string& name) {
  Refreshable found;
  std::vector<std::string> names;
  const auto ages = store::source_ages(office.store);
  for (const auto& [source, settings] : office.settings.imports) {
    if (settings.origin().empty()) continue;
    names.push_back(source);
    if (!name.empty() && name != source) continue;
    SourceState state{source, settings.kind.empty() ? "oneroster" : settings.kind, settings.origin(),
                      std::nullopt, std::nullopt};
    if (!settings.path.empty()) state.written = written_at(settings.path);
    const auto age =
        std::find_if(ages.begin(), ages.end(), [&](const auto& one) { return one.source == source; });
    if (age != ages.end()) state.imported = age->started;
    found.sources.push_back(std::move(state));
  }
  if (names.empty()) {
    throw Error(Exit::usage, "no-source", "no source in the settings says where its export lies",
                "Give [import.NAME] a kind and a path, or kind = \"rest\" and base_url, in crier.toml.");
  }
  if (found.sources.empty()) {
    throw Error(
        Exit::nothing_there, "no-such-source",
        fmt::format("no [import.{}] with a path stands in the settings{}", name, did_you_mean(name, names)),
        fmt::format("There are: {}.", join(names, ", ")));
  }
  found.import_runs = intake::import_runs(office.store);
  if (const auto holder = store::lease_holder(office.store)) {
    found.queue_worker = fmt::format("{} on {} (pid {})", holder->holder, holder->host, holder->pid);
  }
  return found;
}

intake::ImportAnswer import_now(const Office& office, const SourceState& source,
                                const intake::Progress& progress) {
  intake::ImportRequest request;
  if (source.kind != "rest") request.path = source.path;
  request.source = source.name;
  request.kind = source.kind;
  return import_again(office, std::move(request), progress);
}

}  // namespace crier::office
