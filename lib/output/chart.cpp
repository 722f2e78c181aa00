#include "output/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "output/cell.hpp"
#include "output/html.hpp"
#include "output/table.hpp"

namespace crier::output {
namespace {

constexpr std::size_t most_bars = 40;
constexpr std::size_t most_series = 4;
constexpr std::size_t label_room = 26;
constexpr double width = 760;
constexpr double label_width = 200;
constexpr double value_width = 90;
constexpr double bar_width = width - label_width - value_width;
constexpr double row_height = 26;
constexpr double bar_height = 18;

std::optional<std::size_t> find_column(const Table& table, std::string_view name) {
  const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                  [&](const Column& c) { return c.name == name; });
  if (found == table.columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - table.columns.begin());
}

struct Series {
  std::vector<std::size_t> labels;
  std::vector<std::size_t> values;
  std::size_t bars = 0;
  /// The longest bar.
  double most = 0;
};

double sum_of(const std::vector<Cell>& row, const Series& series) {
  double sum = 0;
  for (const auto column : series.values) sum += std::max(0.0, figure(row.at(column)));
  return sum;
}

std::optional<Series> find_series(const Table& table, const Chart& chart) {
  Series series;
  for (const auto& name : chart.label_columns) {
    const auto column = find_column(table, name);
    if (!column) return std::nullopt;
    series.labels.push_back(*column);
  }
  for (const auto& name : chart.value_columns) {
    const auto column = find_column(table, name);
    if (!column) return std::nullopt;
    if (series.values.size() < most_series) series.values.push_back(*column);
  }
  series.bars = std::min(table.rows.size(), most_bars);
  for (std::size_t i = 0; i < series.bars; ++i)
    series.most = std::max(series.most, sum_of(table.rows[i], series));
  if (series.most <= 0) return std::nullopt;
  return series;
}

/// The sum as the column would show it.
std::string show_sum(const std::vector<Cell>& row, const Series& series, const Table& table,
                     const Zone& zone) {
  const auto& first = table.columns[series.values.front()];
  if (series.values.size() == 1) return shown(row.at(series.values.front()), first, zone);
  const double sum = sum_of(row, series);
  const bool whole = std::all_of(series.values.begin(), series.values.end(), [&](std::size_t column) {
    return !std::holds_alternative<double>(row.at(column));
  });
  return shown(whole ? Cell(static_cast<std::int64_t>(sum)) : Cell(sum), first, zone);
}

std::string label_of(const std::vector<Cell>& row, const Series& series, const Table& table,
                     const Zone& zone) {
  std::string label;
  for (const auto column : series.labels) {
    if (!label.empty()) label += ' ';
    label += shown(row.at(column), table.columns[column], zone);
  }
  return label;
}

void append_bar(std::string& out, std::size_t index, double top, const Series& series, const Table& table,
                const Zone& zone) {
  const auto& row = table.rows[index];
  const auto label = label_of(row, series, table, zone);
  const double middle = top + row_height / 2 + 4.5;
  out += fmt::format("<text x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>", label_width - 8, middle,
                     escape_html(cut_to_columns(label, label_room)));
  double x = label_width;
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    const auto& cell = row.at(series.values[i]);
    const double length = std::max(0.0, figure(cell)) / series.most * bar_width;
    if (length <= 0) continue;
    const auto& column = table.columns[series.values[i]];
    out += fmt::format(
        "<rect class=\"s{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.0f}\">"
        "<title>{}: {} {}</title></rect>",
        i, x, top + (row_height - bar_height) / 2, length, bar_height, escape_html(label),
        escape_html(column.title), escape_html(shown(cell, column, zone)));
    x += length;
  }
  out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", x + 6, middle,
                     escape_html(show_sum(row, series, table, zone)));
}

void append_legend(std::string& out, const Series& series, const Table& table) {
  double x = label_width;
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    const auto title = cut_to_columns(table.columns[series.values[i]].title, 18);
    out += fmt::format(
        "<rect class=\"s{}\" x=\"{:.0f}\" y=\"4\" width=\"12\" height=\"12\"/>"
        "<text x=\"{:.0f}\" y=\"15\">{}</text>\n",
        i, x, x + 17, escape_html(title));
    x += bar_width / static_cast<double>(most_series);
  }
}

}  // namespace

std::string svg_bars(const Table& table, const Chart& chart, const Zone& zone, std::string_view id) {
  const auto series = find_series(table, chart);
  if (!series) return "";
  const bool legend = series->values.size() > 1;
  const double head = legend ? row_height : 4;
  const double height = head + row_height * static_cast<double>(series->bars) + 4;
  std::string out = fmt::format(
      "<svg role=\"img\" aria-labelledby=\"{0}-title {0}-desc\" viewBox=\"0 0 {1:.0f} "
      "{2:.0f}\" width=\"{1:.0f}\" height=\"{2:.0f}\" xmlns=\"http://www.w3.org/2000/svg\">\n"
      "<title id=\"{0}-title\">{3}</title>\n<desc id=\"{0}-desc\">{4}</desc>\n",
      escape_html(id), width, height, escape_html(chart.title), escape_html(chart.description));
  if (legend) append_legend(out, *series, table);
  out += fmt::format("<line class=\"axis\" x1=\"{0:.0f}\" y1=\"{1:.0f}\" x2=\"{0:.0f}\" y2=\"{2:.0f}\"/>\n",
                     label_width, head, height - 4);
  for (std::size_t i = 0; i < series->bars; ++i) {
    append_bar(out, i, head + row_height * static_cast<double>(i), *series, table, zone);
  }
  out += "</svg>\n";
  if (table.rows.size() > series->bars) {
    out += fmt::format("<p class=\"notes\">The first {} of {} rows are drawn.</p>\n", series->bars,
                       table.rows.size());
  }
  return out;
}

}  // namespace crier::output
