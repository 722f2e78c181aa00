// How csv_reader walks a file of its export: opened, told, and left as each file is. For its own .cpp files.
#pragma once

#include "intake/csv_reader.hpp"

namespace crier::intake {

/// Calls `visit(rows)` once; it reads to the end.
template <typename Visit>
void CsvReader::walk(std::size_t part, Visit visit) {
  const auto& file = parts_[part];
  const CsvText text(file.path, file.entry->encoding);
  tell_encoding(file, text.encoding());
  CsvRows rows(file.path.filename().string(), text, *file.entry, issues_);
  visit(rows);
  finish(rows);
}

}  // namespace crier::intake
