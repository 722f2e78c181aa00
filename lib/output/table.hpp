// The faces of a Table for terminals and for programs; the page is in output/html.hpp. The last step of every
// command that lists: text in, nothing printed here.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/table.hpp"
#include "base/zone.hpp"
#include "format/csv.hpp"
#include "output/paint.hpp"

namespace crier::output {

struct TerminalStyle {
  /// Times are shown in this zone.
  Zone zone = Zone::utc();
  /// The width to keep to; 0: none, as in a pipe or a file.
  std::size_t columns = 0;
  Paint paint = {};
};

/// How to show tables on standard output: as wide as the terminal where it is one, in colours where wanted.
TerminalStyle standard_output_style(ColorChoice choice, Zone zone);

/// Aligned columns under their titles, numbers at the right, notes below. Where the terminal is too narrow,
/// the widest texts are cut (`…`), addresses never.
std::string terminal_table(const Table& table, const TerminalStyle& style);

/// The table without columns that there is no room for, the least important first, and no more of them than
/// have to go; a note names them. As it is where the style has no width.
Table without_columns(const Table& table, const TerminalStyle& style,
                      std::span<const std::string_view> least_important);

/// A head of snake_case names, then the rows; values exactly, times in UTC. Title and notes are left out. A
/// text that a spreadsheet would take for a formula gets an apostrophe in front; a telephone number keeps its
/// plus.
enum class CsvHead { written, left_out };
std::string csv_table(const Table& table, CsvHead head = CsvHead::written);

/// The same of rows that are text throughout and too many to stand as cells first: a head, then cell by cell.
class CsvRows {
 public:
  /// `about` bytes are set aside for the text.
  CsvRows(const std::vector<Column>& columns, std::size_t about);
  void cell(std::string_view text);
  void end_row() { writer_.end_row(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  format::CsvWriter writer_{text_};
};

/// `{"title":…,NAME:[{…},…],"notes":[…]}`; title and notes only where there are any.
boost::json::object json_table(const Table& table);

/// The text cut to so many columns of a terminal, with `…` at the end where something is missing.
std::string cut_to_columns(std::string_view utf8, std::size_t columns);

}  // namespace crier::output
