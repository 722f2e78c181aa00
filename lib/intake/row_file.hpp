// One CSV file of an export, row by row, its header checked: cells by column name, bad rows reported with
// file, line and column (I8). The first step from bytes to facts.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "format/csv.hpp"
#include "intake/issues.hpp"

namespace crier::intake {

/// A column of the file, or none.
class Column {
 public:
  Column() = default;
  explicit Column(std::size_t index, std::string name) : index_(index), name_(std::move(name)) {}
  bool exists() const { return index_ != none; }
  std::size_t index() const { return index_; }
  const std::string& name() const { return name_; }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::size_t index_ = none;
  std::string name_;
};

class RowFile {
 public:
  /// Reads the header. Throws Error(refused_input) where there is none, where it repeats a column, where it
  /// lacks one of `required`, or where the bytes are plainly no text (UTF-16, a zip, NUL bytes in the
  /// header).
  RowFile(std::string_view name, std::string_view bytes, IssueList& issues,
          std::initializer_list<std::string_view> required);

  /// The first of these columns that the header has; matching ignores case.
  Column column(std::initializer_list<std::string_view> names) const;

  /// To the next row that can be used: rows with a fault, short rows and rows that are not UTF-8 are reported
  /// and passed over.
  bool next();

  /// The cell without invisible characters at its ends; empty where the column does not exist. Valid until
  /// next().
  std::string_view cell(const Column& column) const;

  std::int64_t line() const { return reader_.line(); }
  const std::string& name() const { return name_; }
  /// Rows after the header, bad ones too.
  std::int64_t rows() const { return rows_; }
  std::size_t offset() const { return reader_.offset(); }

  /// What is reported of this row concerns that person (the source's id).
  void about(std::string_view person) { issues_.about(person); }
  void error(const Column& column, std::string_view value, std::string_view reason, std::string message);
  void warning(const Column& column, std::string_view value, std::string_view reason, std::string message);
  /// A cell of this row was no text: its value is lost, and the row is looked at again next time.
  bool row_flawed() const { return !bad_cells_.empty(); }
  /// Rows are read a second time where a file is walked twice: the second walk reports no row faults again.
  void keep_quiet() { quiet_ = true; }

 private:
  std::string name_;
  format::CsvReader reader_;
  format::CsvHeader header_;
  IssueList& issues_;
  std::size_t needed_fields_ = 0;
  std::int64_t rows_ = 0;
  bool quiet_ = false;
  std::vector<std::size_t> bad_cells_;

  void find_bad_cells();
};

/// A fingerprint of cells, in order; never 0.
class Fingerprint {
 public:
  explicit Fingerprint(std::uint64_t seed) : state_(seed) {}
  Fingerprint& add(std::string_view cell);
  std::int64_t value() const;

 private:
  std::uint64_t state_;
};

}  // namespace crier::intake
