#include "format/csv.hpp"

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <filesystem>

#include "base/os.hpp"

using namespace crier;
using namespace crier::format;
namespace fs = std::filesystem;

namespace {

using Row = std::vector<std::string>;

std::vector<Row> read_all(std::string_view text, Dialect dialect = {}) {
  CsvReader reader(text, dialect);
  std::vector<Row> rows;
  while (reader.next()) rows.emplace_back(reader.fields().begin(), reader.fields().end());
  return rows;
}

struct Faulty {
  std::int64_t row_line;
  CsvFault fault;
};

std::vector<Faulty> faults_of(std::string_view text) {
  CsvReader reader(text);
  std::vector<Faulty> faults;
  while (reader.next()) {
    if (reader.fault()) faults.push_back({reader.line(), *reader.fault()});
  }
  return faults;
}

}  // namespace

TEST_CASE("I2: cells come out as they were put in, whatever ends the lines") {
  const std::vector<Row> rows{{"a", "b"}, {"1", ""}, {"", "2"}};
  CHECK(read_all("a,b\n1,\n,2\n") == rows);
  CHECK(read_all("a,b\r\n1,\r\n,2") == rows);
  CHECK(read_all("a,b\r1,\r,2\r") == rows);
  CHECK(read_all("a,b\r\n1,\n,2\r") == rows);
  CHECK(read_all("a\tb\n1\t\n\t2", {'\t', '"'}) == rows);
}

TEST_CASE("I2: quoted cells hold delimiters, line breaks and doubled quotes") {
  CHECK(read_all("\"a,b\",\"say \"\"hi\"\"\",\"1\r\n2\"\nx,\"\",\"\"\"\"\n") ==
        std::vector<Row>{{"a,b", "say \"hi\"", "1\r\n2"}, {"x", "", "\""}});
}

TEST_CASE("I2: unescaped cells of one row do not disturb each other") {
  const std::string cell = "\"" + std::string(300, 'x') + "\"\"\"";
  std::string text;
  for (int i = 0; i < 50; ++i) text += (i > 0 ? "," : "") + cell;
  const auto rows = read_all(text);
  REQUIRE(rows.size() == 1);
  REQUIRE(rows[0].size() == 50);
  for (const auto& value : rows[0]) CHECK(value == std::string(300, 'x') + "\"");
}

TEST_CASE("C1: a byte order mark is no part of the first header") {
  CsvReader reader(
      "\xEF\xBB\xBF"
      "email,given\r\nann@example.org,Ann\r\n");
  const auto header = read_header(reader);
  REQUIRE(header);
  CHECK(header->names == Row{"email", "given"});
  CHECK(header->column("Email") == 0);
}

TEST_CASE("I2: blank lines are no rows, an empty quoted cell is one") {
  CHECK(read_all("\n\na,b\n\r\n\"\"\n\n1,2\n\n") == std::vector<Row>{{"a", "b"}, {""}, {"1", "2"}});
  CHECK(read_all("").empty());
  CHECK(read_all("\n").empty());
}

TEST_CASE("C15: a row is named by the line on which it begins") {
  CsvReader reader("name,address\n\"Ann\",\"1\n2\r\n3\r4\"\n\nBob,x\nCid,y\n");
  std::vector<std::int64_t> lines;
  while (reader.next()) lines.push_back(reader.line());
  CHECK(lines == std::vector<std::int64_t>{1, 2, 7, 8});
}

TEST_CASE("I8: a quote inside a plain cell is a fault of that row only") {
  const std::string text = "a,b\n1,5\" pipe\n2,ok\n";
  const auto faults = faults_of(text);
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].row_line == 2);
  CHECK(faults[0].fault.kind == CsvFault::Kind::quote_in_plain_cell);
  CHECK(faults[0].fault.column == 1);
  CHECK(read_all(text)[2] == Row{"2", "ok"});
}

TEST_CASE("I8: text behind a closing quote is a fault of that row only") {
  const std::string text = "a,b\n\"x\"y,2\n3,4\n";
  const auto faults = faults_of(text);
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].fault.kind == CsvFault::Kind::text_after_quote);
  CHECK(faults[0].fault.line == 2);
  CHECK(faults[0].fault.column == 0);
  CHECK(read_all(text) == std::vector<Row>{{"a", "b"}, {"xy", "2"}, {"3", "4"}});
}

TEST_CASE("I8: a quote that is never closed costs its line and names it") {
  const std::string text = "a,b\n1,\"open\n2,x\n3,y\n";
  const auto faults = faults_of(text);
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].fault.kind == CsvFault::Kind::unclosed_quote);
  CHECK(faults[0].fault.line == 2);
  CHECK(faults[0].fault.column == 1);
  const auto rows = read_all(text);
  REQUIRE(rows.size() == 4);
  CHECK(rows[2] == Row{"2", "x"});
  CHECK(rows[3] == Row{"3", "y"});
  const auto cut = faults_of("a\n1\n\"cut in the mid");
  REQUIRE(cut.size() == 1);
  CHECK(cut[0].row_line == 3);
}

TEST_CASE("I8: a NUL byte is a fault, in a plain cell and in a quoted one") {
  using namespace std::string_view_literals;
  const auto faults = faults_of("a,b\n1,x\0y\n\"p\0q\",2\n3,4\n"sv);
  REQUIRE(faults.size() == 2);
  CHECK(faults[0].fault.kind == CsvFault::Kind::nul_byte);
  CHECK(faults[0].row_line == 2);
  CHECK(faults[0].fault.column == 1);
  CHECK(faults[1].row_line == 3);
  CHECK(faults[1].fault.column == 0);
}

TEST_CASE("I1: header cells are trimmed, compared without case, and duplicates named once") {
  CsvReader reader(" SourcedId ,\u200bemail,EMAIL,Email,,\n");
  const auto header = read_header(reader);
  REQUIRE(header);
  CHECK(header->names == Row{"SourcedId", "email", "EMAIL", "Email", "", ""});
  CHECK(header->column("sourcedid") == 0);
  CHECK(header->column(" eMail") == 1);
  CHECK_FALSE(header->column("phone"));
  CHECK(header->duplicates == Row{"email"});
  CsvReader nothing("\n\n");
  CHECK_FALSE(read_header(nothing));
}

TEST_CASE("I2: the delimiters of a header are told, those in quotes are not counted") {
  CHECK(header_delimiters("a;b;c,d\n,,,,,\n") == ";,");
  CHECK(header_delimiters("\n\"a,b\"\tc\n") == "\t");
  CHECK(header_delimiters("one\n") == "");
}

TEST_CASE("S3: what the writer writes the reader reads") {
  std::string text;
  CsvWriter writer(text);
  const std::vector<std::vector<std::string_view>> rows{
      {"name", "phone"}, {"O\"Hara, Ann", "+447400900123"}, {"two\nlines", "07400900123"}, {" blank ", ""}};
  for (const auto& row : rows) writer.row(row);
  writer.cell("");
  writer.end_row();
  CHECK(
      text ==
      "name,phone\r\n\"O\"\"Hara, Ann\",+447400900123\r\n\"two\nlines\",07400900123\r\n blank ,\r\n\"\"\r\n");
  const auto back = read_all(text);
  REQUIRE(back.size() == 5);
  CHECK(back[1] == Row{"O\"Hara, Ann", "+447400900123"});
  CHECK(back[4] == Row{""});
}

TEST_CASE("I2: every text over a small alphabet is read to its end, block borders or not") {
  // All texts of 7 signs, shifted over the border of two 64-byte blocks, must give the same rows as at the
  // start.
  static constexpr std::string_view signs = "a,\"\n\r";
  for (int code = 0; code < 78125; code += 7) {
    std::string text;
    for (int rest = code, i = 0; i < 7; ++i, rest /= 5) text += signs[static_cast<std::size_t>(rest % 5)];
    const auto plain = read_all(text);
    auto shifted = read_all(std::string(60, 'x') + "\n" + text);
    REQUIRE(shifted.size() == plain.size() + 1);
    shifted.erase(shifted.begin());
    REQUIRE(shifted == plain);
  }
}

TEST_CASE("I2: the spectrum of CSV parses to its JSON") {
  const fs::path folder = CRIER_SOURCE_DIR "/../shared/corpus/csv/spectrum";
  if (!fs::exists(folder)) {
    MESSAGE("skipped: no corpus here");
    return;
  }
  int files = 0;
  for (const auto& entry : fs::directory_iterator(folder / "csvs")) {
    if (entry.path().stem() == "location_coordinates") continue;  // its JSON holds another person's number
    const auto json = folder / "json" / entry.path().filename().replace_extension(".json");
    const auto expected = boost::json::parse(os::read_file(json)).as_array();
    const auto bytes = os::read_file(entry.path());
    CsvReader reader(bytes);
    const auto header = read_header(reader);
    REQUIRE(header);
    std::size_t row = 0;
    while (reader.next()) {
      REQUIRE_MESSAGE(row < expected.size(), entry.path().string());
      const auto& object = expected[row++].as_object();
      for (std::size_t i = 0; i < header->names.size(); ++i) {
        const auto& value = object.at(header->names[i]).as_string();
        CHECK_MESSAGE(reader.fields()[i] == std::string_view(value), entry.path().string());
      }
    }
    CHECK_MESSAGE(row == expected.size(), entry.path().string());
    ++files;
  }
  CHECK(files == 11);
}

TEST_CASE("I2: line ends, faults and blank lines of real files") {
  const fs::path folder = CRIER_SOURCE_DIR "/../shared/corpus/csv";
  if (!fs::exists(folder)) {
    MESSAGE("skipped: no corpus here");
    return;
  }
  // file, encoding, line ends, header cells, rows after the header, note
  const auto list = os::read_file(folder / "expected.tsv");
  CsvReader expected(list, {'\t', '\0'});
  REQUIRE(read_header(expected));
  int files = 0;
  while (expected.next()) {
    const auto fields = expected.fields();
    const std::string encoding(fields[1]);
    if (encoding != "ascii" && encoding != "utf-8" && encoding != "utf-8-bom") continue;
    const std::string name(fields[0]);
    if (name == "csvkit/sniff_limit.csv") continue;  // semicolons: its map says so
    const auto bytes = os::read_file(folder / name);
    CsvReader reader(bytes, {name.ends_with(".tsv") ? '\t' : ',', '"'});
    const auto header = read_header(reader);
    const std::size_t cells = header ? header->names.size() : 0;
    int rows = header ? 0 : -1;
    while (reader.next()) ++rows;
    CHECK_MESSAGE(cells == std::stoul(std::string(fields[3])), name);
    CHECK_MESSAGE(rows == std::stoi(std::string(fields[4])), name);
    ++files;
  }
  CHECK(files > 60);
  const auto many = os::read_file(folder / "csvlint/invalid_many_rows.csv");
  const auto faults = faults_of(many);
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].row_line == 4);
  const auto coordinates = os::read_file(folder / "spectrum/csvs/location_coordinates.csv");
  CHECK(faults_of(coordinates).at(0).fault.column == 1);  // 37\u00b036'37.8"N
}
