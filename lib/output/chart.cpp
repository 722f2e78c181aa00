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
/// A label stands above its bar and is as long as a phone is wide.
constexpr std::size_t label_room = 44;
/// Per cent of the chart's width: what is left has the longest bar's figure beside it.
constexpr double longest_bar = 80;
// In pixels: letters keep their size however wide the page is.
constexpr double row_height = 38;
constexpr double label_base = 14;
constexpr double bar_top = 19;
constexpr double bar_height = 14;
constexpr double legend_height = 24;
constexpr double phone_width = 328;

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
  out += fmt::format("<text x=\"0\" y=\"{:.0f}\">{}</text>", top + label_base,
                     escape_html(cut_to_columns(label, label_room)));
  double x = 0;
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    const auto& cell = row.at(series.values[i]);
    const double length = std::max(0.0, figure(cell)) / series.most * longest_bar;
    if (length <= 0) continue;
    const auto& column = table.columns[series.values[i]];
    out += fmt::format(
        "<rect class=\"s{}\" x=\"{:.2f}%\" y=\"{:.0f}\" width=\"{:.2f}%\" height=\"{:.0f}\">"
        "<title>{}: {} {}</title></rect>",
        i, x, top + bar_top, length, bar_height, escape_html(label), escape_html(column.title),
        escape_html(shown(cell, column, zone)));
    x += length;
  }
  out += fmt::format("<text x=\"{:.2f}%\" dx=\"{}\" y=\"{:.0f}\">{}</text>\n", x, x > 0 ? 6 : 0,
                     top + bar_top + bar_height - 2, escape_html(show_sum(row, series, table, zone)));
}

/// How high the legend is: on a phone it may take several lines.
double append_legend(std::string& out, const Series& series, const Table& table) {
  double x = 0;
  double top = 4;
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    const auto title = cut_to_columns(table.columns[series.values[i]].title, 18);
    const double width = 30 + 7.5 * static_cast<double>(title.size());
    if (x > 0 && x + width > phone_width) {
      x = 0;
      top += legend_height;
    }
    out += fmt::format(
        "<rect class=\"s{}\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"12\" height=\"12\"/>"
        "<text x=\"{:.0f}\" y=\"{:.0f}\">{}</text>\n",
        i, x, top, x + 17, top + 11, escape_html(title));
    x += width;
  }
  return top + legend_height - 4;
}

}  // namespace

std::string svg_bars(const Table& table, const Chart& chart, const Zone& zone, std::string_view id) {
  const auto series = find_series(table, chart);
  if (!series) return "";
  std::string drawn;
  const double head = series->values.size() > 1 ? append_legend(drawn, *series, table) : 0;
  for (std::size_t i = 0; i < series->bars; ++i) {
    append_bar(drawn, i, head + row_height * static_cast<double>(i), *series, table, zone);
  }
  std::string out = fmt::format(
      "<svg role=\"img\" aria-labelledby=\"{0}-title {0}-desc\" width=\"100%\" height=\"{1:.0f}\" "
      "xmlns=\"http://www.w3.org/2000/svg\">\n<title id=\"{0}-title\">{2}</title>\n<desc "
      "id=\"{0}-desc\">{3}</desc>\n",
      escape_html(id), head + row_height * static_cast<double>(series->bars), escape_html(chart.title),
      escape_html(chart.description));
  out += drawn;
  out += "</svg>\n";
  if (table.rows.size() > series->bars) {
    out += fmt::format("<p class=\"notes\">The first {} of {} rows are drawn.</p>\n", series->bars,
                       table.rows.size());
  }
  return out;
}

}  // namespace crier::output
