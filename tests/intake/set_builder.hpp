// Builds small OneRoster sets for tests: a good school of two pupils, one guardian and a teacher, which a
// test then changes cell by cell.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/temporary_folder.hpp"

namespace crier::test {

/// A CSV table with a header; cells are changed by the row's first cell and the column's name.
class CsvTable {
 public:
  CsvTable() = default;
  CsvTable(std::vector<std::string> header, std::vector<std::vector<std::string>> rows)
      : header_(std::move(header)), rows_(std::move(rows)) {}

  CsvTable& set(std::string_view id, std::string_view column, std::string value);
  CsvTable& add(std::vector<std::string> row);
  CsvTable& remove(std::string_view id);
  CsvTable& add_column(std::string name, std::string value = "");
  CsvTable& clear();
  std::string text() const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

/// Tables by file name without `.csv`.
struct OneRosterFiles {
  std::map<std::string, CsvTable> tables;
  std::string version = "1.1";
  std::map<std::string, std::string> modes;

  CsvTable& operator[](const std::string& name) { return tables.at(name); }
  void write(const TemporaryFolder& folder) const;
};

/// One school (HAR); pupils P1 and P2 (form 10A), guardian C1 of both, teacher T1; a class with both pupils;
/// two line items, four results, one of them not submitted.
OneRosterFiles small_school();

}  // namespace crier::test
