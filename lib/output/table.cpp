#include "output/table.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <stdexcept>

#include "base/text.hpp"
#include "format/csv.hpp"
#include "output/cell.hpp"

namespace crier::output {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 8;

/// All cells as people read them, and how wide each column is.
struct Grid {
  std::vector<std::vector<std::string>> cells;
  std::vector<std::size_t> widths;
};

Grid lay_out(const Table& table, const Zone& zone) {
  Grid grid;
  for (const auto& column : table.columns) grid.widths.push_back(display_columns(column.title));
  for (const auto& row : table.rows) {
    auto& cells = grid.cells.emplace_back();
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      cells.push_back(shown(row.at(i), table.columns[i], zone));
      grid.widths[i] = std::max(grid.widths[i], display_columns(cells.back()));
    }
  }
  return grid;
}

std::size_t whole_width(const Grid& grid) {
  std::size_t width = grid.widths.empty() ? 0 : gap * (grid.widths.size() - 1);
  for (const auto column : grid.widths) width += column;
  return width;
}

/// Takes columns off the widest text, again and again, until the table fits or nothing can give way any more.
void shrink(Grid& grid, const Table& table, std::size_t columns) {
  for (auto over = whole_width(grid); over > columns; over = whole_width(grid)) {
    std::size_t widest = grid.widths.size();
    std::size_t second = narrowest;
    for (std::size_t i = 0; i < grid.widths.size(); ++i) {
      if (table.columns[i].kind != ColumnKind::text || grid.widths[i] <= narrowest) continue;
      if (widest == grid.widths.size() || grid.widths[i] > grid.widths[widest]) {
        if (widest != grid.widths.size()) second = std::max(second, grid.widths[widest]);
        widest = i;
      } else {
        second = std::max(second, grid.widths[i]);
      }
    }
    if (widest == grid.widths.size()) return;
    const auto too_much = over - columns;
    const auto step = std::max<std::size_t>(1, std::min(too_much, grid.widths[widest] - second));
    grid.widths[widest] -= std::min(step, grid.widths[widest] - narrowest);
  }
}

Meaning meaning_of(const Cell& cell, const Column& column) {
  if (std::holds_alternative<std::monostate>(cell)) return Meaning::faint;
  if (figure(cell) <= 0) return Meaning::plain;
  switch (column.tone) {
    case Tone::plain:
      return Meaning::plain;
    case Tone::good:
      return Meaning::good;
    case Tone::warning:
      return Meaning::warning;
    case Tone::bad:
      return Meaning::bad;
  }
  return Meaning::plain;
}

class Line {
 public:
  void add(std::string_view text, std::size_t width, ColumnKind kind, const Paint& paint, Meaning meaning) {
    text_.append(waiting_, ' ');
    const auto cut = cut_to_columns(text, width);
    const auto fill = width - std::min(width, display_columns(cut));
    if (stands_right(kind)) text_.append(fill, ' ');
    text_ += paint(meaning, cut);
    waiting_ = gap + (stands_right(kind) ? 0 : fill);
  }
  /// Without blanks at the end.
  std::string text() const { return text_ + '\n'; }

 private:
  std::string text_;
  std::size_t waiting_ = 0;
};

}  // namespace

std::string cut_to_columns(std::string_view utf8, std::size_t columns) {
  if (display_columns(utf8) <= columns) return std::string(utf8);
  if (columns == 0) return "";
  // The longest beginning that leaves a column for the sign; a beginning is never wider than a longer one.
  std::size_t low = 0;
  std::size_t high = utf8.size();
  const auto at_border = [&](std::size_t at) {
    while (at > 0 && at < utf8.size() && (static_cast<unsigned char>(utf8[at]) & 0xC0) == 0x80) --at;
    return at;
  };
  // What a reader sees as one is not cut in two: half a flag is a letter, half a family another one.
  const auto parts_at = [&](std::size_t at) {
    return count_graphemes(utf8.substr(0, at)) + count_graphemes(utf8.substr(at)) != count_graphemes(utf8);
  };
  while (low < high) {
    const auto middle = (low + high + 1) / 2;
    if (display_columns(utf8.substr(0, at_border(middle))) <= columns - 1) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  auto cut = at_border(low);
  while (cut > 0 && (parts_at(cut) || display_columns(utf8.substr(0, cut)) > columns - 1))
    cut = at_border(cut - 1);
  return std::string(trim_invisible(utf8.substr(0, cut))) + "…";
}

TerminalStyle standard_output_style(ColorChoice choice, Zone zone) {
  TerminalStyle style;
  style.zone = std::move(zone);
  style.columns = os::is_terminal(os::Stream::out) ? os::terminal_columns() : 0;
  style.paint = Paint::for_stream(choice, os::Stream::out);
  return style;
}

Table without_columns(const Table& table, const TerminalStyle& style,
                      std::span<const std::string_view> least_important) {
  if (style.columns == 0) return table;
  auto left = table;
  std::vector<std::string> hidden;
  for (const auto name : least_important) {
    auto grid = lay_out(left, style.zone);
    shrink(grid, left, style.columns);
    if (whole_width(grid) <= style.columns) break;
    const auto found = std::find_if(left.columns.begin(), left.columns.end(),
                                    [&](const Column& column) { return column.name == name; });
    if (found == left.columns.end()) continue;
    const auto at = found - left.columns.begin();
    hidden.push_back(found->title);
    left.columns.erase(found);
    for (auto& row : left.rows) row.erase(row.begin() + at);
  }
  if (!hidden.empty()) {
    left.notes.push_back("No room for: " + join(hidden, ", ") + ". A wider terminal or --json has all.");
  }
  return left;
}

std::string terminal_table(const Table& table, const TerminalStyle& style) {
  auto grid = lay_out(table, style.zone);
  if (style.columns > 0) shrink(grid, table, style.columns);
  std::string out;
  if (!table.title.empty()) out += style.paint(Meaning::heading, without_controls(table.title)) + "\n";
  Line head;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    head.add(table.columns[i].title, grid.widths[i], table.columns[i].kind, style.paint, Meaning::heading);
  }
  out += head.text();
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    Line line;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      line.add(grid.cells[row][i], grid.widths[i], table.columns[i].kind, style.paint,
               meaning_of(table.rows[row][i], table.columns[i]));
    }
    out += line.text();
  }
  if (table.rows.empty()) out += style.paint(Meaning::faint, "(none)") + "\n";
  for (const auto& note : table.notes) out += style.paint(Meaning::faint, without_controls(note)) + "\n";
  return out;
}

namespace {

/// Whether a spreadsheet would work out what this text says, instead of showing it.
bool looks_like_formula(std::string_view text) {
  if (text.empty()) return false;
  const char first = text.front();
  if (first == '=' || first == '@' || first == '\t' || first == '\r' || first == '\n') return true;
  // Their wide forms, which East Asian spreadsheets take for the same: ＝ ＠ ＋ －
  for (const auto* wide : {"\uFF1D", "\uFF20", "\uFF0B", "\uFF0D"}) {
    if (text.starts_with(wide)) return true;
  }
  if (first != '+' && first != '-') return false;
  // Numbers, and what people write as such, are no formulas.
  return text.find_first_not_of("0123456789 ().,-/", 1) != std::string_view::npos;
}

void safe_cell(format::CsvWriter& writer, std::string_view text) {
  if (looks_like_formula(text)) {
    writer.cell("'" + std::string(text));
  } else {
    writer.cell(text);
  }
}

}  // namespace

std::string csv_table(const Table& table, CsvHead head) {
  std::string out;
  format::CsvWriter writer(out);
  if (head == CsvHead::written) {
    for (const auto& column : table.columns) writer.cell(column.name);
    writer.end_row();
  }
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const auto text = exact(row.at(i), table.columns[i]);
      if (std::holds_alternative<std::string>(row.at(i))) {
        safe_cell(writer, text);
      } else {
        writer.cell(text);
      }
    }
    writer.end_row();
  }
  return out;
}

CsvRows::CsvRows(const std::vector<Column>& columns, std::size_t about) {
  text_.reserve(about);
  for (const auto& column : columns) cell(column.name);
  end_row();
}

void CsvRows::cell(std::string_view text) {
  safe_cell(writer_, text);
}

boost::json::object json_table(const Table& table) {
  boost::json::array rows;
  rows.reserve(table.rows.size());
  for (const auto& row : table.rows) {
    boost::json::object object;
    object.reserve(table.columns.size());
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      object[table.columns[i].name] = to_json(row.at(i), table.columns[i]);
    }
    rows.push_back(std::move(object));
  }
  boost::json::object document;
  if (!table.title.empty()) document["title"] = table.title;
  document[table.name.empty() ? "rows" : table.name] = std::move(rows);
  if (!table.notes.empty()) {
    boost::json::array notes;
    for (const auto& note : table.notes) notes.push_back(boost::json::string(note));
    document["notes"] = std::move(notes);
  }
  return document;
}

}  // namespace crier::output
