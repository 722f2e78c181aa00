// The record of imports: counts, duration, source, outcome, and every row that was not good (I6, I8).
#pragma once

#include <cstdint>
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
};

/// The number that the next import will have; the caller holds the write transaction.
std::int64_t next_import(Connection& connection);

/// Writes an ended import with its issues; `report.id` is its number. `refusal`: why nothing was changed.
void insert_import(Connection& connection, const ImportRecord& record, const ImportReport& report,
                   std::string_view refusal);

/// Whether this source has ever brought anything (`--first` goes by itself, interface.md).
bool has_applied_import(Connection& connection, std::int64_t source);

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
};
/// Latest first.
std::vector<ImportLine> imports(Connection& connection, std::int64_t limit);

/// `{"pupil":1,…}`: counts as the store and the documents hold them.
std::string counts_text(const FactCounts& counts);

}  // namespace crier::store
