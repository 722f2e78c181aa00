// One file of a mapped export, row by row (I2): decoded, its delimiter found, its header held against the
// map, and each fact made from its cells as the map says. Bad rows and values are reported with file, line,
// column and value (I8). The step from bytes to words; csv_reader makes facts of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/error.hpp"
#include "base/os.hpp"
#include "config/map_file.hpp"
#include "format/csv.hpp"
#include "intake/issues.hpp"
#include "intake/row_file.hpp"

namespace crier::intake {

/// The text of an export's file: as it lies there, or decoded.
class CsvText {
 public:
  /// Throws Error(refused_input) for what is no text, or not of that encoding.
  CsvText(const std::filesystem::path& path, std::optional<format::Encoding> encoding);
  /// The same for bytes that somebody else holds.
  CsvText(std::string_view name, std::string_view bytes, std::optional<format::Encoding> encoding);

  std::string_view text() const { return text_; }
  format::Encoding encoding() const { return encoding_; }

 private:
  void decode(std::string_view name, std::string_view bytes, std::optional<format::Encoding> encoding);

  std::unique_ptr<os::MappedFile> file_;
  std::string decoded_;
  std::string_view text_;
  format::Encoding encoding_ = format::Encoding::utf8;
};

/// A place where a row is not what its file's form allows.
struct RowFault {
  std::size_t column = 0;
  std::int64_t line = 0;
  /// For people, without the place.
  std::string message;
};

/// Rows under a header, whatever their file is made of.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual bool next() = 0;
  /// The cells of the row; they live until the next call of next().
  virtual std::span<const std::string_view> fields() const = 0;
  virtual std::optional<RowFault> fault() const = 0;
  virtual std::int64_t line() const = 0;
  /// How many bytes of the file have been read.
  virtual std::size_t offset() const = 0;
};

/// Where the facts of one mapped name come from in this file.
struct CsvFact {
  const config::MapValue* value = nullptr;
  std::vector<std::size_t> columns;
  /// For reports: the column's name, or its number.
  std::string name;
};

class CsvRows {
 public:
  /// Throws Error(refused_input) where the file cannot be what the map says: C1, a header that repeats a
  /// column, several delimiters, no text.
  CsvRows(std::string_view name, const CsvText& text, const config::MapEntry& entry, IssueList& issues);
  /// The same for rows of another form, whose columns have these names.
  CsvRows(std::string_view name, std::unique_ptr<RowSource> source, std::vector<std::string> columns,
          const config::MapEntry& entry, IssueList& issues);

  /// To the next row that can be used; broken, short and overlong ones are reported and passed over. Where
  /// the map folds, a row that says nothing of its kind, or what an earlier one said, is passed over too.
  bool next();
  std::int64_t line() const { return source_->line(); }
  std::int64_t rows() const { return rows_; }
  std::size_t offset() const { return source_->offset(); }
  const std::string& name() const { return name_; }
  const config::MapEntry& entry() const { return entry_; }
  /// The names of the columns, and the cells of this row as they stand.
  const std::vector<std::string>& columns() const { return header_.names; }
  std::span<const std::string_view> cells() const { return source_->fields(); }

  /// nullptr where the map does not tell this fact.
  const CsvFact* fact(std::string_view name) const;

  /// The fact as the map makes it of this row; empty where it is not told, or not good (then reported).
  std::string text(const CsvFact* fact);
  std::optional<bool> truth(const CsvFact* fact);
  /// The same; what cannot be read counts as yes, so that nobody hears who may be barred (R3).
  std::optional<bool> court_order(const CsvFact* fact);
  std::optional<std::int64_t> integer(const CsvFact* fact, std::int64_t low, std::int64_t high);
  std::optional<double> number(const CsvFact* fact);
  /// An ISO date or empty.
  std::string date(const CsvFact* fact);
  /// Hundredths: `12`, `12.50`, `1,234.50`, `£3`.
  std::optional<std::int64_t> hundredths(const CsvFact* fact);

  /// The raw cells of all mapped columns.
  void print(Fingerprint& print) const;
  /// The raw cells of one fact, joined by a blank.
  std::string raw(const CsvFact& fact) const;
  const std::map<std::string, CsvFact, std::less<>>& facts() const { return facts_; }
  /// Whether something in this row was reported as an error since next().
  bool flawed() const { return flawed_; }

  void error(const CsvFact* fact, std::string_view value, std::string_view reason, std::string message);
  void warning(const CsvFact* fact, std::string_view value, std::string_view reason, std::string message);
  /// A file is walked twice: the second walk reports no broken rows again.
  void keep_quiet() { quiet_ = true; }
  /// What is read between the two was reported in the first walk.
  void hush() { hushed_ = true; }
  void speak() { hushed_ = false; }

 private:
  char find_delimiter(std::string_view text) const;
  void read_header(format::CsvReader& reader);
  void find_facts();
  bool says_nothing() const;
  bool says_it_again();
  std::size_t find_column(const config::MapValue& value, std::string_view fact,
                          const config::MapColumn& column) const;
  std::optional<std::string> broken_row();
  std::string_view cell(std::size_t column) const;
  std::string meaning(const CsvFact& fact, std::string part);
  std::string column_name(std::size_t column) const;

  std::string name_;
  const config::MapEntry& entry_;
  IssueList& issues_;
  std::unique_ptr<RowSource> source_;
  format::CsvHeader header_;
  std::map<std::string, CsvFact, std::less<>> facts_;
  std::size_t needed_fields_ = 0;
  std::unordered_set<std::int64_t> said_;
  std::int64_t rows_ = 0;
  bool flawed_ = false;
  bool quiet_ = false;
  bool hushed_ = false;
};

/// Throws Error(refused_input): what a file is that is not what it says to be.
Error not_as_named(std::string_view file, std::string message, std::string hint);

}  // namespace crier::intake
