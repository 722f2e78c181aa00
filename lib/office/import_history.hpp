// What was imported, and what is to be done about it: acts on imports that were held or applied (I6, I7), and
// the sources that can be refreshed now (I13).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "intake/run.hpp"
#include "intake/undo.hpp"
#include "office/office.hpp"
#include "store/held_store.hpp"
#include "store/import_store.hpp"

namespace crier::office {

/// An import with everything that it did and could not take.
struct ImportDetails {
  store::ImportLine line;
  std::vector<RowIssue> issues;
  std::vector<store::ImportChange> changes;
  /// More changes follow.
  bool more = false;
};
/// Of an undo, the changes are those of the import that it took back, the other way round. Throws
/// Error(nothing_there).
ImportDetails import_details(const Office& office, std::int64_t import, store::ChangePage page);

/// A held import, and what it would do if it were let in now.
struct HeldReview {
  store::HeldImport held;
  /// Why it was held.
  std::vector<intake::Finding> findings;
  /// A dry run of the kept files.
  intake::ImportAnswer rehearsal;
};
/// Of the latest that waits where none is named. Throws Error(nothing_there).
HeldReview review_held(const Office& office, std::optional<std::int64_t> import, std::int64_t changes,
                       const intake::Progress& progress);
/// Imports the kept files, whatever the guard finds. `gone` says what becomes of rows that they no longer
/// have.
intake::ImportAnswer accept_held(const Office& office, std::optional<std::int64_t> import,
                                 store::GoneRows gone, const intake::Progress& progress);
/// Throws the kept files away; the number of the import.
std::int64_t discard_held(const Office& office, std::optional<std::int64_t> import);

/// What letting a source go would remove, and whether the settings would bring it again. Throws
/// Error(nothing_there) where it brought nothing, Error(usage) for one that is no import's.
struct Forgetting {
  intake::ImportAnswer answer;
  bool comes_again = false;
};
Forgetting look_at_forgetting(const Office& office, const std::string& source);
/// Lets it go; `undo_import` takes that back.
Forgetting forget_source(const Office& office, const std::string& source);

/// Takes the last applied import back.
intake::UndoAnswer undo_import(const Office& office);

/// A source of the settings that says where it lies, and how old its data are.
struct SourceState {
  std::string name;
  std::string kind;
  /// Where it lies, or the server's address.
  std::string path;
  /// When it last brought or confirmed its facts; none where it never did.
  std::optional<Instant> imported;
  /// When its file was last written, if it is there.
  std::optional<Instant> written;
};
struct Refreshable {
  std::vector<SourceState> sources;
  bool import_runs = false;
  /// Who works the queue: `daemon on host (pid 12)`; empty where nobody does.
  std::string queue_worker;
};
/// Throws Error(usage) where no source has a path, Error(nothing_there) where none has that name.
Refreshable refreshable(const Office& office, const std::string& name);
/// Imports one of them now.
intake::ImportAnswer import_now(const Office& office, const SourceState& source,
                                const intake::Progress& progress);

}  // namespace crier::office
