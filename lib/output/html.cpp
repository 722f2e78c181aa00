#include "output/html.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "output/cell.hpp"
#include "output/chart.hpp"

namespace crier::output {
namespace {

/// From so many columns on a text gets room before its column gives way to the others.
constexpr std::size_t long_text = 22;

std::string class_of(const Cell& cell, const Column& column) {
  std::string classes = stands_right(column.kind) ? "n" : column.kind == ColumnKind::date ? "d" : "";
  if (const auto* text = std::get_if<std::string>(&cell);
      text != nullptr && classes.empty() && display_columns(*text) > long_text) {
    classes = "l";
  }
  if (figure(cell) > 0 && column.tone != Tone::plain) {
    static constexpr std::string_view names[] = {"", " good", " warning", " bad"};
    classes += names[static_cast<std::size_t>(column.tone)];
  }
  return classes.empty() ? "" : fmt::format(" class=\"{}\"", classes);
}

/// A time keeps its exact value for machines.
std::string inner(const Cell& cell, const Column& column, const Zone& zone) {
  const auto text = escape_html(shown(cell, column, zone));
  if (const auto* at = std::get_if<Instant>(&cell)) {
    return fmt::format("<time datetime=\"{}\">{}</time>", to_rfc3339(*at), text);
  }
  if (std::holds_alternative<std::monostate>(cell))
    return "<span class=\"none\" title=\"not known\">–</span>";
  return text;
}

void append_row(std::string& out, const std::vector<Cell>& row, const Table& table, const Zone& zone) {
  out += "<tr>";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const auto& column = table.columns[i];
    const auto& cell = row.at(i);
    const bool heads = i == 0;
    out += heads ? "<th scope=\"row\"" : "<td";
    out += class_of(cell, column);
    out += '>';
    out += inner(cell, column, zone);
    out += heads ? "</th>" : "</td>";
  }
  out += "</tr>\n";
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        const bool control = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F;
        safe += control ? ' ' : c;
      }
    }
  }
  return safe;
}

std::string_view page_style() {
  return R"(:root{color-scheme:light dark;--text:#1b1b1f;--back:#fff;--faint:#5d5f67;--line:#d5d7de;--band:#f4f5f8;
--good:#1a6b33;--warning:#8a5a00;--bad:#a11d1d;--bar0:#2f6fb5;--bar1:#c2571a;--bar2:#7b4fa3;--bar3:#5d6b7a}
@media screen and (prefers-color-scheme:dark){:root{--text:#e6e6ea;--back:#17181c;--faint:#a3a6b0;--line:#3b3d45;
--band:#202127;--good:#7ccf93;--warning:#e0b25c;--bad:#f28b82;--bar0:#7eb2ea;--bar1:#ee9a66;--bar2:#c3a0e3;--bar3:#9aa7b5}}
body{font:16px/1.45 system-ui,sans-serif;color:var(--text);background:var(--back);margin:0 auto;max-width:80rem;padding:1rem;
overflow-wrap:break-word}
h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.15rem;margin:2rem 0 .5rem}
.sub,.notes,.made{color:var(--faint)}.notes{padding-left:1.2rem}p.notes{padding:0}
.wide{overflow-x:auto;position:relative}.wide:focus-visible{outline:2px solid var(--bar0)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{padding:0;text-align:left}.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
tbody th{font-weight:normal}thead th{border-bottom:2px solid var(--line);vertical-align:bottom}
tbody tr:nth-child(even){background:var(--band)}
th.n,td.n{text-align:right;white-space:nowrap}.d,time{white-space:nowrap}.l{min-width:11rem}
.good{color:var(--good)}.warning{color:var(--warning)}.bad{color:var(--bad)}.none{color:var(--faint)}
svg{display:block;max-width:48rem;margin:.5rem 0 1rem}svg text{fill:var(--text);font:13px system-ui,sans-serif}
svg rect{stroke:var(--back);stroke-width:1}
svg .s0{fill:var(--bar0)}svg .s1{fill:var(--bar1)}svg .s2{fill:var(--bar2)}svg .s3{fill:var(--bar3)}
@media print{@page{size:landscape;margin:12mm}:root{color-scheme:light}body{max-width:none;padding:0;font-size:9.5px}
h2{break-after:avoid}svg{break-inside:avoid;print-color-adjust:exact}svg text{font-size:10px}
thead{display:table-header-group}tr{break-inside:avoid}.wide{overflow:visible}
th,td{padding:.15rem .3rem}.l{min-width:0;overflow-wrap:anywhere}th.n,td.n,time{white-space:normal}
tbody tr:nth-child(even){background:none}}
)";
}

std::string html_table(const Table& table, const Zone& zone) {
  std::string out = fmt::format(
      "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"{0}\">\n<table>\n"
      "<caption><span class=\"unseen\">{0}</span></caption>\n<thead><tr>",
      escape_html(table.title.empty() ? table.name : table.title));
  for (const auto& column : table.columns) {
    out += fmt::format("<th scope=\"col\"{}>{}</th>", stands_right(column.kind) ? " class=\"n\"" : "",
                       escape_html(column.title));
  }
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) append_row(out, row, table, zone);
  if (table.rows.empty())
    out += fmt::format("<tr><td colspan=\"{}\">(none)</td></tr>\n", table.columns.size());
  out += "</tbody>\n</table>\n</div>\n";
  if (table.notes.empty()) return out;
  out += "<ul class=\"notes\">\n";
  for (const auto& note : table.notes) out += fmt::format("<li>{}</li>\n", escape_html(note));
  return out + "</ul>\n";
}

std::string html_page(const Page& page, std::span<const Table> tables, const Zone& zone) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n"
      "<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<header>\n<h1>{}</h1>\n",
      escape_html(page.language), escape_html(page.title), page_style(), escape_html(page.title));
  if (!page.subtitle.empty()) out += fmt::format("<p class=\"sub\">{}</p>\n", escape_html(page.subtitle));
  out += "</header>\n<main>\n";
  std::size_t chart_number = 0;
  for (const auto& table : tables) {
    out +=
        fmt::format("<section>\n<h2>{}</h2>\n", escape_html(table.title.empty() ? table.name : table.title));
    for (const auto& chart : table.charts) {
      out += svg_bars(table, chart, zone, fmt::format("chart{}", ++chart_number));
    }
    out += html_table(table, zone) + "</section>\n";
  }
  const Column made{"made", "", ColumnKind::instant};
  out += fmt::format(
      "</main>\n<footer class=\"made\"><p>Made <time datetime=\"{}\">{}</time> ({})</p></footer>\n",
      to_rfc3339(page.made), shown(page.made, made, zone), escape_html(zone.name()));
  return out + "</body>\n</html>\n";
}

}  // namespace crier::output
