// Delimited text (RFC 4180 and its relatives), row by row over bytes that somebody else holds, as a rule a
// mapped file: the first thing that an import does with an export, and the last thing that a report does with
// its rows. Malformed places are values with their line (I8): a bad row costs that row, the reader goes on
// behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace crier::format {

struct Dialect {
  char delimiter = ',';
  char quote = '"';
};

/// A place where a row is not what RFC 4180 allows.
struct CsvFault {
  enum class Kind { quote_in_plain_cell, text_after_quote, unclosed_quote, nul_byte };
  Kind kind;
  /// The line of the file on which the place lies (for an unclosed quote: on which it opened).
  std::int64_t line = 0;
  /// Counted from 0.
  std::size_t column = 0;
  /// For people, without the place.
  std::string_view message() const;
};

class CsvReader {
 public:
  /// Reads UTF-8 (or any encoding that contains ASCII); a byte order mark at the start is passed over. The
  /// bytes must outlive the reader.
  explicit CsvReader(std::string_view bytes, Dialect dialect = {});

  /// Moves to the next row that is not blank; false at the end.
  bool next();
  /// The cells of the row, unescaped; they live until the next call of next(). Of a row with a fault: what
  /// could be made out.
  std::span<const std::string_view> fields() const { return fields_; }
  /// The first fault of this row.
  const std::optional<CsvFault>& fault() const { return fault_; }
  /// The line of the file on which this row begins, the first line being 1 (C15). LF, CRLF and CR end a line,
  /// within quotes too.
  std::int64_t line() const { return row_line_; }
  /// How many bytes have been read: what lies before may be forgotten.
  std::size_t offset() const { return at_; }

 private:
  enum class After { more_cells, row_end };
  struct Unescaped {
    std::size_t field;
    std::size_t offset;
    std::size_t length;
  };

  void read_row();
  After read_plain_cell();
  After read_quoted_cell();
  After end_cell(std::size_t stop);
  After finish_after_quote(std::size_t after, std::size_t scratch_start);
  void give_up_quote(std::size_t opened_at, std::int64_t opened_line);
  void pass_line_end(std::size_t stop);
  void note(CsvFault::Kind kind, std::int64_t line);
  std::size_t next_special(std::size_t from);
  void load_block(std::size_t start);

  std::string_view bytes_;
  Dialect dialect_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
  std::int64_t row_line_ = 0;
  bool quoted_ = false;  // this row has a quoted cell: `""` alone is a row, an empty line is none
  std::vector<std::string_view> fields_;
  std::string scratch_;
  std::vector<Unescaped> unescaped_;
  std::optional<CsvFault> fault_;
  // 64 bytes at a time: one bit for each delimiter, quote, line end or NUL.
  std::size_t block_ = static_cast<std::size_t>(-1);
  std::uint64_t specials_ = 0;
};

/// The first row of a table, as names of columns.
struct CsvHeader {
  std::int64_t line = 0;
  /// As written, without blanks and invisible characters at the ends.
  std::vector<std::string> names;
  /// Names that stand there more than once (ignoring case), once each, as first written.
  std::vector<std::string> duplicates;
  std::optional<CsvFault> fault;

  /// Where a column stands, ignoring case; none where it is missing.
  std::optional<std::size_t> column(std::string_view name) const;

 private:
  friend std::optional<CsvHeader> read_header(CsvReader& reader);
  std::vector<std::string> lower_;
};

/// Reads the next row as the header; none where there is no row at all. Empty cells are names too, but never
/// duplicates.
std::optional<CsvHeader> read_header(CsvReader& reader);

/// Those of comma, semicolon, tabulator and bar that stand outside quotes in the first row that is not blank,
/// the most frequent first. More than one: perhaps mixed; none: one column.
std::string header_delimiters(std::string_view bytes);

/// Appends rows to a text: cells quoted where needed, CRLF at the end of rows. Values come out exactly as
/// they are (a phone number keeps its 0 and its +, C3).
class CsvWriter {
 public:
  explicit CsvWriter(std::string& out, Dialect dialect = {}) : out_(out), dialect_(dialect) {}
  void cell(std::string_view value);
  void end_row();
  void row(std::span<const std::string_view> cells);

 private:
  std::string& out_;
  Dialect dialect_;
  std::size_t cells_ = 0;
  bool only_empty_ = true;
};

}  // namespace crier::format
