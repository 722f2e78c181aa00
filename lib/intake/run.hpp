// One import from beginning to end: read and stage without a lock, then in one short transaction find the
// difference, let the guard judge it, apply and record it; all of it, or nothing (I6, I7).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/os.hpp"
#include "config/settings.hpp"
#include "intake/guard.hpp"
#include "intake/source_reader.hpp"
#include "model/import.hpp"
#include "store/connection.hpp"
#include "store/import_changes.hpp"

namespace crier::intake {

enum class Rehearsal { no, dry_run };
enum class Strictness { usual, strict };
/// Whether the guard holds what it finds, or all of it is accepted (`--accept-removals`).
enum class Removals { guarded, accepted };
enum class Round { usual, first };

struct ImportRequest {
  std::filesystem::path path;
  /// The source to which the facts belong: `oneroster` for a direct import, else a name under [import.NAME].
  std::string source = "oneroster";
  /// What kind of source that is, should it be new.
  std::string kind = "oneroster";
  Rehearsal rehearsal = Rehearsal::no;
  Strictness strictness = Strictness::usual;
  Removals removals = Removals::guarded;
  /// `--additions-only`: what the set no longer has stays.
  store::GoneRows gone = store::GoneRows::leave;
  /// `--first`: no guard; by itself where the source has brought nothing yet.
  Round round = Round::usual;
  std::string actor;
  /// The map of a CSV export; empty for other sources.
  std::filesystem::path map;
  /// The held import that this one lets in, or 0; and what to record, where `path` is a copy: a path or a
  /// server's address.
  std::int64_t lets_in = 0;
  std::string recorded_as;
  /// So many of the changes are told in the answer.
  std::int64_t changes_wanted = 0;
};

struct ImportAnswer {
  ImportReport report;
  /// Why nothing was changed: refused input, or held by the guard.
  std::optional<Error> error;
  /// Facts that this source does not tell (I1).
  std::vector<std::string> untold;
  /// It was the first of its source: there was no guard, and nobody is told of addresses (I9).
  bool first = false;
  /// What the guard found, whether or not it was accepted (I7).
  std::vector<Finding> findings;
  /// The first of the changes, where they were asked for.
  std::vector<store::ImportChange> changes;
};

/// One import or undo at a time works a store: held as long as it lives. Throws Error(store) where one runs.
std::unique_ptr<os::LockFile> lock_imports(const store::Connection& connection);

/// Whether an import runs now.
bool import_runs(const store::Connection& connection);

/// An import from any source. Errors of the store are thrown; what the input or a rule causes is in the
/// answer, and recorded.
ImportAnswer import_source(store::Connection& connection, const config::Settings& settings,
                           const Clock& clock, const ImportRequest& request, const OpenSource& open,
                           const Progress& progress);

/// The same for whoever holds `lock_imports`.
ImportAnswer import_locked(store::Connection& connection, const config::Settings& settings,
                           const Clock& clock, const ImportRequest& request, const OpenSource& open,
                           const Progress& progress);

/// A OneRoster set, folder or zip.
ImportAnswer import_oneroster(store::Connection& connection, const config::Settings& settings,
                              const Clock& clock, const ImportRequest& request, const Progress& progress);

/// A OneRoster server by `settings.imports[request.source].rest` (I4): pulled into `request.path`, an empty
/// folder, which then is imported as a set; where the request names none into one beside the store, which
/// goes with the import. A server that cannot be reached or keeps back the roster is an answer, too.
ImportAnswer import_rest(store::Connection& connection, const config::Settings& settings, const Clock& clock,
                         const ImportRequest& request, const Progress& progress);

}  // namespace crier::intake
