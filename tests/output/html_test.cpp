#include "output/html.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <vector>

#include "base/text.hpp"
#include "output/chart.hpp"

using namespace crier;
using namespace crier::output;

namespace {

Table channels() {
  Table table;
  table.name = "channels";
  table.title = "Messages & channels";
  table.columns = {{"channel", "Channel"},
                   {"complete", "Complete", ColumnKind::count, "", Tone::good},
                   {"failed", "Failed", ColumnKind::count, "", Tone::bad},
                   {"last", "Last", ColumnKind::instant}};
  table.rows = {{std::string("<script>alert('x')</script>"), std::int64_t{300}, std::int64_t{100},
                 from_millis(1795593600000)},
                {std::string("SMS"), std::int64_t{20}, std::int64_t{0}, std::monostate()}};
  table.charts = {{"Messages by channel", "E-mail carries most.", {"channel"}, {"complete", "failed"}}};
  return table;
}

std::string page_of(const Table& table) {
  const std::vector<Table> tables{table};
  return html_page({"Delivery \"report\"", "All <schools>", "en", from_millis(1795593600000)}, tables,
                   Zone("Europe/London"));
}

/// Start and end tags must match; those of HTML's void elements have no end.
bool is_balanced(std::string_view html) {
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
    const auto end = html.find('>', at);
    if (end == std::string_view::npos) return false;
    const auto tag = html.substr(at + 1, end - at - 1);
    const auto name = std::string(tag.substr(0, tag.find_first_of(" \n")));
    if (tag.starts_with('!') || name == "meta" || tag.ends_with('/')) continue;
    if (!tag.starts_with('/')) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name.substr(1)) {
      return false;
    } else {
      open.pop_back();
    }
  }
  return open.empty();
}

}  // namespace

TEST_CASE("S3: the page is whole, names its language and needs nothing from outside") {
  const auto page = page_of(channels());
  CHECK(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
  CHECK(is_balanced(page));
  for (const char* outside : {"src=", "href=", "url(", "@import", "<script", "<link"}) {
    CHECK_MESSAGE(page.find(outside) == std::string::npos, outside);
  }
  CHECK(page.find("prefers-color-scheme:dark") != std::string::npos);
  CHECK(page.find("@media print") != std::string::npos);
}

TEST_CASE("S3: what people wrote stays text in the page") {
  const auto page = page_of(channels());
  CHECK(page.find("<title>Delivery &quot;report&quot;</title>") != std::string::npos);
  CHECK(page.find("All &lt;schools&gt;") != std::string::npos);
  CHECK(page.find("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;") != std::string::npos);
  CHECK(escape_html(std::string("a\0b\x1b", 4)) == "a b ");
}

TEST_CASE("S3: tables say what heads what, times keep their exact value") {
  const auto html = html_table(channels(), Zone("Europe/London"));
  CHECK(html.find("<caption><span class=\"unseen\">Messages &amp; channels</span></caption>") !=
        std::string::npos);
  CHECK(html.find("<th scope=\"col\" class=\"n\">Complete</th>") != std::string::npos);
  CHECK(html.find("<th scope=\"row\">SMS</th>") != std::string::npos);
  CHECK(html.find("<td class=\"n bad\">100</td>") != std::string::npos);
  CHECK(html.find("<time datetime=\"2026-11-25T08:00:00Z\">2026-11-25 08:00</time>") != std::string::npos);
}

TEST_CASE("S3: bars have title and description and their lengths are in proportion") {
  const auto table = channels();
  const auto svg = svg_bars(table, table.charts[0], Zone::utc(), "c1");
  CHECK(svg.find("role=\"img\" aria-labelledby=\"c1-title c1-desc\"") != std::string::npos);
  CHECK(svg.find("<title id=\"c1-title\">Messages by channel</title>") != std::string::npos);
  CHECK(svg.find("<desc id=\"c1-desc\">E-mail carries most.</desc>") != std::string::npos);
  CHECK(is_balanced(svg));
  const auto length_of = [&](std::string_view shown) {
    const auto bar = svg.rfind("<rect", svg.find(fmt::format(" {}</title></rect>", shown)));
    const auto width = svg.find("width=\"", bar) + 7;
    return std::stod(svg.substr(width, 8));
  };
  CHECK(length_of("Complete 300") == doctest::Approx(3 * length_of("Failed 100")).epsilon(0.01));
  CHECK(length_of("Complete 300") == doctest::Approx(15 * length_of("Complete 20")).epsilon(0.01));
  CHECK(svg.find(">400</text>") != std::string::npos);  // the whole bar's figure
}

TEST_CASE("S3: a chart of nothing is not drawn, one of many rows says so") {
  auto table = channels();
  auto chart = table.charts[0];
  for (auto& row : table.rows) row[1] = row[2] = std::int64_t{0};
  CHECK(svg_bars(table, chart, Zone::utc(), "c").empty());
  chart.value_columns = {"none"};
  CHECK(svg_bars(channels(), chart, Zone::utc(), "c").empty());
  table = channels();
  while (table.rows.size() < 50) table.rows.push_back(table.rows[1]);
  CHECK(svg_bars(table, table.charts[0], Zone::utc(), "c").find("The first 40 of 50 rows") !=
        std::string::npos);
}
