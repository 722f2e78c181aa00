// The record of imports: counts, duration, source, outcome, and every row that was not good (I6, I8).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "model/import.hpp"
#include "store/connection.hpp"

namespace crier::store {

struct ImportRecord {
  std::int64_t source = 0;
  std::string path;
  Instant started{};
  std::string actor;
  /// The held import that this one lets in, or the import that it takes back; else 0.
  std::int64_t concerns = 0;
};

/// The number that the next import will have; the caller holds the write transaction.
std::int64_t next_import(Connection& connection);

/// Writes an ended import with its issues; `report.id` is its number. `refusal`: why nothing was changed.
void insert_import(Connection& connection, const ImportRecord& record, const ImportReport& report,
                   std::string_view refusal);

/// Whether this source has ever brought anything (`--first` goes by itself, interface.md).
bool has_applied_import(Connection& connection, std::int64_t source);

/// The import that undo would take back: the last that was applied, unless it has been taken back already.
std::optional<std::int64_t> import_to_undo(Connection& connection);

struct ImportLine {
  std::int64_t id = 0;
  std::string source;
  Instant started{};
  double seconds = 0;
  std::string outcome;
  std::int64_t rows = 0;
  std::int64_t issues = 0;
  std::string added;
  std::string changed;
  std::string removed;
  std::string path;
  std::string actor;
  /// Why nothing was changed; else empty.
  std::string refusal;
  /// The held import that this one lets in, or the import that it takes back.
  std::optional<std::int64_t> concerns;
  /// Of an import that was held: what was decided, empty while it waits.
  std::string decision;
};
std::optional<ImportLine> import_line(Connection& connection, std::int64_t import);
/// The rows and values of an import that were not good.
std::vector<RowIssue> import_issues(Connection& connection, std::int64_t import);

/// When each source last brought or confirmed its facts.
struct SourceAge {
  std::string source;
  std::int64_t import = 0;
  Instant started{};
};
std::vector<SourceAge> source_ages(Connection& connection);

/// Latest first.
std::vector<ImportLine> imports(Connection& connection, std::int64_t limit);

/// `{"pupil":1,…}`: counts as the store and the documents hold them.
std::string counts_text(const FactCounts& counts);

}  // namespace crier::store
