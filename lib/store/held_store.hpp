// Imports that the guard holds (I7), until somebody lets them in or throws them away, or a newer import of
// the same source overtakes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/connection.hpp"

namespace crier::store {

struct HeldImport {
  std::int64_t import = 0;
  std::string source;
  /// As it was given; the files themselves are kept beside the store.
  std::string path;
  Instant started{};
  std::int64_t rows = 0;
  std::string added;
  std::string changed;
  std::string removed;
  /// As intake/guard wrote it.
  std::string findings;
  /// Empty while it waits, else `accepted`, `additions-only`, `discarded` or `superseded`.
  std::string decision;
};

/// Writes down that `import` is held; the caller holds the transaction.
void insert_held(Connection& connection, std::int64_t import, std::string_view folder,
                 std::string_view findings);

/// The import of that number, or the latest that waits where none is named.
std::optional<HeldImport> held_import(Connection& connection, std::optional<std::int64_t> import);

/// False where somebody decided already; the caller holds the transaction.
bool decide_held(Connection& connection, std::int64_t import, std::string_view decision, Instant when,
                 std::string_view who);

/// The imports from before that time that still wait.
std::vector<std::int64_t> held_before(Connection& connection, Instant before);

/// What waits of this source from before `import` is overtaken by it; its numbers. The caller holds the
/// transaction.
std::vector<std::int64_t> supersede_held(Connection& connection, std::int64_t source, std::int64_t import,
                                         Instant when, std::string_view who);

}  // namespace crier::store
