#include "intake/run.hpp"

#include <fmt/format.h>

#include <chrono>

#include "base/os.hpp"
#include "intake/after_apply.hpp"
#include "intake/guard.hpp"
#include "intake/held.hpp"
#include "intake/oneroster_reader.hpp"
#include "roster/schools.hpp"
#include "store/hand_store.hpp"
#include "store/held_store.hpp"
#include "store/import_store.hpp"
#include "store/intake_apply.hpp"

namespace crier::intake {
namespace {

using store::Connection;
using store::Transaction;

/// The steps of one import share what they know of it.
class Run {
 public:
  Run(Connection& connection, const config::Settings& settings, const Clock& clock,
      const ImportRequest& request, const OpenSource& open, const Progress& progress)
      : connection_(connection),
        settings_(settings),
        clock_(clock),
        request_(request),
        open_(open),
        progress_(progress) {
    const auto found = settings_.imports.find(request_.source);
    if (found != settings_.imports.end()) source_settings_ = found->second;
    source_settings_.name = request_.source;
    started_ = clock_.now();
  }

  ImportAnswer answer() {
    prepare();
    answer_.report.source = request_.source;
    try {
      store::IntakeStage stage(connection_, source_);
      std::unique_ptr<SourceReader> opened;
      try {
        opened = open_(stage, context(), issues_, progress_);
        opened->read();
      } catch (...) {
        stage.close();
        throw;
      }
      stage.close();
      const auto& reader = *opened;
      answer_.report.rows = reader.rows();
      answer_.untold = reader.untold();
      require_strict();
      prime_stood_ = !first_ && prime_stands(connection_, source_settings_, source_);
      apply(stage, reader);
    } catch (const Error& error) {
      // What the input or its server causes is an answer; a store that fails is not.
      const bool of_input =
          error.exit() == Exit::refused_input || error.exit() == Exit::usage || error.exit() == Exit::gateway;
      if (!of_input) throw;
      answer_.error = error;
      answer_.report.outcome = ImportOutcome::refused;
      record_nothing_done();
    }
    return std::move(answer_);
  }

 private:
  void prepare() {
    Transaction transaction(connection_);
    roster::sync_schools(connection_, settings_, started_);
    source_ = store::source_row(connection_, request_.source, request_.kind, started_);
    first_ = request_.round == Round::first || !store::has_applied_import(connection_, source_);
    answer_.first = first_;
    transaction.commit();
  }

  ReaderContext context() {
    return {settings_, source_settings_, store::schools(connection_),
            store::schools_of_source(connection_, source_), std::chrono::floor<std::chrono::days>(started_)};
  }

  void require_strict() {
    if (request_.strictness == Strictness::usual || issues_.errors() == 0) return;
    throw Error(
        Exit::refused_input, "strict",
        fmt::format("{} rows or values are not good, and --strict takes all or nothing", issues_.errors()),
        "Correct them in the school's information system, or import without --strict.");
  }

  void add_schools(const SourceReader& reader) {
    const auto standing = store::schools(connection_);
    for (const auto& school : reader.new_schools()) {
      for (const auto& row : standing) {
        if (row.id != school.id) continue;
        throw Error(Exit::store, "store-changed",
                    "another command added a school while this import was reading", "Run the import again.");
      }
      store::insert_school(connection_, school, started_);
    }
    for (const auto& [org, school] : reader.school_ids()) {
      store::insert_school_of_source(connection_, source_, org, school);
    }
  }

  /// Everything that changes the store, in one transaction; a dry run does the same and lets it go.
  void apply(store::IntakeStage& stage, const SourceReader& reader) {
    auto& report = answer_.report;
    {
      const store::UncheckedReferences all_at_once(connection_);
      Transaction transaction(connection_);
      report.id = store::next_import(connection_);
      add_schools(reader);
      auto difference = store::apply_stage(connection_, stage, report.id, started_, request_.gone,
                                           first_ ? store::Judging::not_wanted : store::Judging::wanted);
      report.added = difference.added;
      report.changed = difference.changed;
      report.removed = difference.removed;
      report.daily = difference.daily;
      answer_.findings = judge(difference.judgement, source_settings_.removal_limit);
      if (request_.changes_wanted > 0) {
        answer_.changes = store::import_changes(connection_, report.id, {request_.changes_wanted, 0});
      }
      const bool held = !answer_.findings.empty() && request_.removals == Removals::guarded;
      if (!held) {
        after_apply(connection_,
                    {source_settings_, stage, issues_, difference, report.id, started_, prime_stood_});
        report.outcome = request_.rehearsal == Rehearsal::dry_run ? ImportOutcome::dry_run
                         : difference.empty()                     ? ImportOutcome::unchanged
                                                                  : ImportOutcome::applied;
        finish();
        if (request_.rehearsal == Rehearsal::dry_run) {
          report.id = 0;
          return;
        }
        store::insert_import(connection_, record(), report, "");
        const auto decided = decide_waiting();
        if (report.outcome != ImportOutcome::applied) {
          // What others wrote meanwhile is for others to fold: they would wait for it (B9).
          transaction.commit();
          for (const auto one : decided) forget_files(connection_.path(), one);
          return;
        }
        auto folding = transaction.commit_to_fold(1000);
        for (const auto one : decided) forget_files(connection_.path(), one);
        folding.run();
        return;
      }
      answer_.error = held_error();
    }
    report.outcome = ImportOutcome::held;
    record_nothing_done();
  }

  Error held_error() const {
    return Error(
        Exit::refused_by_rule, "removal-guard",
        fmt::format("this import would {}: it was not applied", describe(answer_.findings)),
        request_.rehearsal == Rehearsal::dry_run
            ? "If the export is right, import it with --accept-removals; else export again."
            : "Look at it with 'crier import review'; then 'crier import accept' lets it in, or 'crier "
              "import discard' throws it away. --accept-removals would let it in at once.");
  }

  /// The held import that this one lets in, and whatever else of this source waits from before: what is newer
  /// overtakes it. Their files can go once this is committed.
  std::vector<std::int64_t> decide_waiting() {
    std::vector<std::int64_t> decided;
    if (request_.lets_in != 0) {
      store::decide_held(connection_, request_.lets_in,
                         request_.gone == store::GoneRows::stay ? "additions-only" : "accepted", started_,
                         request_.actor);
      decided.push_back(request_.lets_in);
    }
    const auto overtaken =
        store::supersede_held(connection_, source_, answer_.report.id, started_, request_.actor);
    decided.insert(decided.end(), overtaken.begin(), overtaken.end());
    return decided;
  }

  store::ImportRecord record() const {
    const auto path = !request_.recorded_as.empty() ? request_.recorded_as
                      : request_.path.empty()       ? "forgotten"
                                                    : std::filesystem::absolute(request_.path).string();
    return {source_, path, started_, request_.actor, request_.lets_in};
  }

  void finish() {
    answer_.report.issues = issues_.take();
    answer_.report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }

  void record_nothing_done() {
    finish();
    if (request_.rehearsal == Rehearsal::dry_run) {
      answer_.report.id = 0;
      return;
    }
    const bool held = answer_.report.outcome == ImportOutcome::held;
    // Copying takes its time: before the transaction, under a number that no other import can take meanwhile.
    answer_.report.id = store::next_import(connection_);
    if (held) keep_files(connection_.path(), answer_.report.id, request_);
    std::vector<std::int64_t> overtaken;
    Transaction transaction(connection_);
    store::insert_import(connection_, record(), answer_.report, answer_.error->message());
    if (held) {
      store::insert_held(connection_, answer_.report.id,
                         held_folder(connection_.path(), answer_.report.id).string(),
                         findings_text(answer_.findings));
      overtaken = store::supersede_held(connection_, source_, answer_.report.id, started_, request_.actor);
    }
    transaction.commit();
    for (const auto one : overtaken) forget_files(connection_.path(), one);
  }

  Connection& connection_;
  const config::Settings& settings_;
  const Clock& clock_;
  const ImportRequest& request_;
  const OpenSource& open_;
  const Progress& progress_;
  config::ImportSource source_settings_;
  Instant started_{};
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::int64_t source_ = 0;
  bool first_ = false;
  bool prime_stood_ = false;
  IssueList issues_;
  ImportAnswer answer_;
};

}  // namespace

std::unique_ptr<os::LockFile> lock_imports(const store::Connection& connection) {
  auto lock = std::make_unique<os::LockFile>(connection.path().string() + ".import.lock");
  if (!lock->try_lock()) {
    throw Error(Exit::store, "import-running", "another import into this store is running",
                "Wait until it has ended; 'crier import list' shows the last ones.");
  }
  return lock;
}

bool import_runs(const store::Connection& connection) {
  return !os::LockFile(connection.path().string() + ".import.lock").try_lock();
}

ImportAnswer import_source(Connection& connection, const config::Settings& settings, const Clock& clock,
                           const ImportRequest& request, const OpenSource& open, const Progress& progress) {
  // R6: what the office entered is no import's to change.
  if (request.source == store::hand_name || request.source == "crier") {
    throw Error(Exit::usage, "reserved-source",
                fmt::format("no import can bear the name '{}': it is the office's own", request.source),
                "Name the source otherwise.");
  }
  const auto one_at_a_time = lock_imports(connection);
  return import_locked(connection, settings, clock, request, open, progress);
}

ImportAnswer import_locked(Connection& connection, const config::Settings& settings, const Clock& clock,
                           const ImportRequest& request, const OpenSource& open, const Progress& progress) {
  return Run(connection, settings, clock, request, open, progress).answer();
}

ImportAnswer import_oneroster(Connection& connection, const config::Settings& settings, const Clock& clock,
                              const ImportRequest& request, const Progress& progress) {
  const OpenSource open = [&](store::IntakeStage& stage, ReaderContext context, IssueList& issues,
                              Progress told) -> std::unique_ptr<SourceReader> {
    auto set = std::make_unique<OneRosterSet>(request.path, issues);
    return std::make_unique<OneRosterReader>(std::move(set), stage, std::move(context), issues,
                                             std::move(told));
  };
  return import_source(connection, settings, clock, request, open, progress);
}

}  // namespace crier::intake
