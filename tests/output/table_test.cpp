#include "output/table.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "base/text.hpp"
#include "format/json.hpp"
#include "output/cell.hpp"

using namespace crier;
using namespace crier::output;

namespace {

const Instant at = from_millis(1795593600000);  // 2026-11-25 08:00 UTC

Table jobs() {
  Table table;
  table.name = "jobs";
  table.title = "Jobs";
  table.columns = {{"id", "ID", ColumnKind::count},
                   {"subject", "Subject", ColumnKind::text},
                   {"failed", "Failed", ColumnKind::count, "", Tone::bad},
                   {"cost", "Cost", ColumnKind::money, "GBP"},
                   {"reached", "Reached", ColumnKind::percent},
                   {"created", "Created", ColumnKind::instant}};
  table.rows = {{std::int64_t{31}, "School Closure", std::int64_t{3}, std::int64_t{1234}, 96.4444, at},
                {std::int64_t{7}, "王小明, \"hi\"", std::int64_t{0}, std::monostate(), std::monostate(), at}};
  table.notes = {"Figures of the last 7 days."};
  return table;
}

}  // namespace

TEST_CASE("S1: a terminal shows aligned columns, counts at the right, times in the zone") {
  TerminalStyle style;
  style.zone = Zone("America/New_York");
  CHECK(terminal_table(jobs(), style) ==
        "Jobs\n"
        "ID  Subject         Failed       Cost  Reached  Created\n"
        "31  School Closure       3  12.34 GBP   96.4 %  2026-11-25 03:00\n"
        " 7  王小明, \"hi\"         0          –        –  2026-11-25 03:00\n"
        "Figures of the last 7 days.\n");
}

TEST_CASE("S1: a narrow terminal cuts the widest texts and never an address") {
  auto table = jobs();
  table.columns[3] = {"address", "Address", ColumnKind::address};
  table.rows[0][3] = "a.very.long.address@example.org";
  table.rows[0][1] = std::string("A subject that goes on and on and on");
  TerminalStyle style;
  style.columns = 90;
  const auto text = terminal_table(table, style);
  for (const auto line : split(text, '\n')) CHECK(display_columns(line) <= 90);
  CHECK(text.find("a.very.long.address@example.org") != std::string::npos);
  CHECK(text.find("…") != std::string::npos);
  style.columns = 0;
  CHECK(terminal_table(table, style).find("on and on and on") != std::string::npos);
}

TEST_CASE("S1: texts are cut between characters, as wide as a terminal shows them") {
  CHECK(cut_to_columns("王小明", 6) == "王小明");
  CHECK(cut_to_columns("王小明", 5) == "王小…");
  CHECK(cut_to_columns("王小明", 4) == "王…");
  CHECK(cut_to_columns("abc", 1) == "…");
  CHECK(cut_to_columns("abc", 0) == "");
}

TEST_CASE("S1: columns stand below one another, whatever letters the texts are of") {
  struct Row {
    std::string text;
    std::size_t columns;
  };
  // East Asian, a combining accent, a flag, a family, a thumb of some colour, a keycap, Arabic, Hebrew with
  // points, Hangul as syllables and as letters, Devanagari, Thai with a vowel that has a place of its own.
  const std::vector<Row> rows{{"王小明", 6},   {"Re\u0301ne\u0301", 4},
                              {"🇬🇧", 2},       {"👩‍👩‍👧‍👦", 2},
                              {"👍🏽", 2}, {"1️⃣", 2},
                              {"محمد", 4},     {"שָׁלוֹם", 4},
                              {"한국", 4},     {"\u1112\u1161\u11ab", 2},
                              {"हिन्दी", 5},    {"น้ำ", 2},
                              {"Ａ", 2},       {"ﬁn", 2},
                              {"☎", 1}};
  Table table;
  table.columns = {{"name", "Name"}, {"count", "Count", ColumnKind::count}};
  for (const auto& row : rows) {
    CHECK_MESSAGE(display_columns(row.text) == row.columns, row.text);
    table.rows.push_back({row.text, std::int64_t{1}});
  }
  const auto shown_table = terminal_table(table, {});
  for (const auto line : split(std::string_view(shown_table).substr(0, shown_table.size() - 1), '\n'))
    CHECK_MESSAGE(display_columns(line) == 13, std::string(line));
}

TEST_CASE("S1: what a reader sees as one is not cut in two") {
  CHECK(cut_to_columns("🇬🇧🇫🇷🇩🇪", 5) == "🇬🇧🇫🇷…");
  CHECK(cut_to_columns("🇬🇧🇫🇷🇩🇪", 4) == "🇬🇧…");
  CHECK(cut_to_columns("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 3) ==
        "👩‍👩‍👧‍👦…");
  CHECK(cut_to_columns("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2) == "…");
  CHECK(cut_to_columns("Re\u0301ne\u0301e", 3) == "Re\u0301…");
}

TEST_CASE("S1: what comes from outside cannot turn the rest of a line") {
  Table table;
  table.columns = {{"name", "Name"}, {"next", "Next"}};
  table.rows = {{std::string("a\u202Eb\u2066c\u2028d"), std::string("x")}};
  CHECK(terminal_table(table, {}) == "Name     Next\na b c d  x\n");
}

TEST_CASE("S1: a terminal that is too narrow does without the least important columns, and says so") {
  auto table = jobs();
  table.notes.clear();
  const std::vector<std::string_view> least{"cost", "nothing", "reached", "created"};
  TerminalStyle style;
  style.columns = 52;
  const auto narrow = without_columns(table, style, least);
  REQUIRE(narrow.columns.size() == 5);
  CHECK(narrow.rows[0].size() == 5);
  CHECK(narrow.notes.back().find("Cost") != std::string::npos);
  const auto text = terminal_table({narrow.name, "", narrow.columns, narrow.rows}, style);
  for (const auto line : split(text, '\n')) CHECK(display_columns(line) <= 52);
  style.columns = 100;
  CHECK(without_columns(table, style, least).columns.size() == 6);
  style.columns = 0;
  CHECK(without_columns(table, style, least).columns.size() == 6);
}

TEST_CASE("S1: what comes from outside cannot move the cursor") {
  Table table;
  table.columns = {{"name", "Name"}};
  table.rows = {{std::string("a\x1b[2Jb\r\nc\u009b!")}};
  const auto text = terminal_table(table, {});
  CHECK(text == "Name\na [2Jb  c !\n");
}

TEST_CASE("S7: CSV has snake_case heads, exact values and UTC times") {
  CHECK(csv_table(jobs()) ==
        "id,subject,failed,cost,reached,created\r\n"
        "31,School Closure,3,12.34,96.44,2026-11-25T08:00:00Z\r\n"
        "7,\"王小明, \"\"hi\"\"\",0,,,2026-11-25T08:00:00Z\r\n");
}

TEST_CASE("S3: a text that a spreadsheet would work out stays a text in CSV, a number keeps its plus") {
  Table table;
  table.name = "rows";
  table.columns = {{"name", "Name"}, {"phone", "Phone"}, {"count", "Count", ColumnKind::count}};
  table.rows = {{std::string("=cmd|' /C calc'!A0"), std::string("+447700900123"), std::int64_t{-3}},
                {std::string("@SUM(A1)"), std::string("+44 (0)7700 900123"), std::int64_t{1}},
                {std::string("-2+3+cmd"), std::string("0770"), std::int64_t{1}}};
  CHECK(csv_table(table) ==
        "name,phone,count\r\n"
        "'=cmd|' /C calc'!A0,+447700900123,-3\r\n"
        "'@SUM(A1),+44 (0)7700 900123,1\r\n"
        "'-2+3+cmd,0770,1\r\n");
  CsvRows rows({{"name", "Name"}}, 10);
  rows.cell("=1+1");
  rows.end_row();
  CHECK(rows.text() == "name\r\n'=1+1\r\n");
  CHECK(format::write_json(json_table(table), format::Layout::compact).find("\"=cmd|") != std::string::npos);
}

TEST_CASE("S7: JSON has every key in every row, null where nothing is known") {
  CHECK(
      format::write_json(json_table(jobs()), format::Layout::compact) ==
      R"({"title":"Jobs","jobs":[{"id":31,"subject":"School Closure","failed":3,"cost":12.34,"reached":96.44,)"
      R"("created":"2026-11-25T08:00:00Z"},{"id":7,"subject":"王小明, \"hi\"","failed":0,"cost":null,)"
      R"("reached":null,"created":"2026-11-25T08:00:00Z"}],"notes":["Figures of the last 7 days."]})");
}

TEST_CASE("S3: an empty report is a report") {
  auto table = jobs();
  table.rows.clear();
  CHECK(terminal_table(table, {}).find("(none)") != std::string::npos);
  CHECK(csv_table(table) == "id,subject,failed,cost,reached,created\r\n");
}

TEST_CASE("S3: figures are shown as people say them") {
  const auto zone = Zone::utc();
  const auto show = [&](const Cell& cell, ColumnKind kind) { return shown(cell, {"x", "X", kind}, zone); };
  CHECK(show(std::int64_t{999}, ColumnKind::bytes) == "999 B");
  CHECK(show(std::int64_t{1'234'567}, ColumnKind::bytes) == "1.2 MB");
  CHECK(show(std::int64_t{999'999}, ColumnKind::bytes) == "1.0 MB");
  CHECK(show(std::int64_t{-5}, ColumnKind::money) == "-0.05");
  CHECK(show(1.25, ColumnKind::seconds) == "1.2 s");
  CHECK(show(std::int64_t{3 * 3600 + 120}, ColumnKind::seconds) == "3 h 2 min");
  CHECK(show(true, ColumnKind::text) == "yes");
}

TEST_CASE("S7: NO_COLOR and the person's choice decide about colours") {
  CHECK(parse_color_choice("auto") == ColorChoice::automatic);
  CHECK_FALSE(parse_color_choice("sometimes"));
  const auto always = Paint::for_stream(ColorChoice::always, os::Stream::out);
  CHECK(always(Meaning::bad, "x") == "\x1b[31mx\x1b[0m");
  CHECK(Paint::for_stream(ColorChoice::never, os::Stream::out)(Meaning::bad, "x") == "x");
  ::setenv("NO_COLOR", "1", 1);
  CHECK_FALSE(Paint::for_stream(ColorChoice::automatic, os::Stream::out).on());
  ::unsetenv("NO_COLOR");
  TerminalStyle style;
  style.paint = always;
  const auto text = terminal_table(jobs(), style);
  CHECK(text.find("\x1b[31m3\x1b[0m") != std::string::npos);
  CHECK(text.find("\x1b[31m0") == std::string::npos);
}
