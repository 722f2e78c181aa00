// The map of a CSV export (I2): what it says, and how a wrong one is told.
#include "config/map_file.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

namespace crier::config {
namespace {

/// What the map is refused with.
std::string refusal(std::string_view toml) {
  try {
    (void)parse_map(toml, "map.toml");
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::usage);
    CHECK_FALSE(error.hint().empty());
    return error.message();
  }
  return "accepted";
}

constexpr std::string_view good = R"(school = "HAR"
delimiter = "tab"
[[file]]
name = "Pupil*.csv"
kind = "people"
[file.columns]
code = "Adno"
kind = { value = "pupil" }
given = ["First", "Middle"]
year = 7
email = { column = "Emails", split = ";", take = 2 }
birth_date = { column = "DOB", date = "DD/MM/YYYY" }
status = { column = "Status", map = { "On Roll" = "active", "LEFT" = "leaver", "?" = "" }, default = "active" }
[[file]]
name = "att.csv"
kind = "attendance"
header = false
delimiter = ";"
encoding = "windows-1252"
complete = false
optional = true
skip = 2
[file.columns]
pupil = 1
day = 2
absent = { column = 3, map = { N = "true", "/" = "false" } }
)";

}  // namespace

TEST_CASE("I2: a map says which file holds what, and how a fact is made from a row") {
  const auto map = parse_map(good, "map.toml");
  REQUIRE(map.entries.size() == 2);
  const auto& pupils = map.entries[0];
  CHECK(pupils.kind == MapKind::people);
  CHECK(pupils.delimiter == '\t');
  CHECK(pupils.matches("pupils.CSV"));
  CHECK(pupils.matches("Pupil-2026.csv"));
  CHECK_FALSE(pupils.matches("my pupils.csv"));
  CHECK(pupils.value("school")->constant == "HAR");
  CHECK(pupils.value("given")->columns.size() == 2);
  CHECK(std::get<std::int64_t>(pupils.value("year")->columns.front()) == 7);
  CHECK(pupils.value("email")->take == 2);
  CHECK(pupils.value("status")->words.at("on roll") == "active");
  CHECK(pupils.value("status")->words.at("?").empty());
  CHECK(pupils.value("status")->otherwise == "active");
  CHECK(pupils.value("birth_date")->date->read("25/11/2010") == parse_date("2010-11-25"));
  CHECK(pupils.value("family") == nullptr);
  const auto& attendance = map.entries[1];
  CHECK(attendance.delimiter == ';');
  CHECK(attendance.encoding == format::Encoding::windows1252);
  CHECK(attendance.header == Header::none);
  CHECK(attendance.telling == Telling::additions);
  CHECK(attendance.presence == Presence::optional);
  CHECK(attendance.skip == 2);
  CHECK(attendance.value("school") == nullptr);
}

TEST_CASE("I2: another map is another digest, the same map the same") {
  CHECK(parse_map(good, "a.toml").digest == parse_map(good, "b.toml").digest);
  CHECK(parse_map(good, "a.toml").digest != parse_map(std::string(good) + "\n", "a.toml").digest);
}

TEST_CASE("I2: a map that is wrong is refused with its line and the nearest word") {
  const auto with = [](std::string_view columns) {
    return std::string("[[file]]\nname = \"p.csv\"\nkind = \"people\"\n[file.columns]\n") +
           std::string(columns);
  };
  CHECK(refusal("") == "map.toml:1: the map describes no file");
  CHECK(refusal("[[fiel]]\nname = \"a\"\n").find("map.toml:1: unknown key 'fiel'; did you mean 'file'?") ==
        0);
  CHECK(refusal("[[file]]\nname = \"p.csv\"\nkind = \"poeple\"\n").find("map.toml:3: 'kind'") == 0);
  CHECK(refusal("[[file]]\nname = \"p.csv\"\nkind = \"people\"\n").find("[file.columns] is missing") !=
        std::string::npos);
  CHECK(refusal(with("kind = { value = \"pupil\" }\n")).find("needs id or code") != std::string::npos);
  CHECK(refusal(with("code = \"A\"\n")).find("needs kind") != std::string::npos);
  CHECK(refusal(with("code = \"A\"\nkind = { value = \"pupils\" }\n")).find("did you mean 'pupil'") !=
        std::string::npos);
  CHECK(
      refusal(with("code = \"A\"\nkind = 2\nfamiliy = \"B\"\n")).find("map.toml:7: unknown key 'familiy'") ==
      0);
  CHECK(refusal(with("code = 0\nkind = 2\n")).find("map.toml:5") == 0);
  CHECK(refusal(with("code = { column = 1, value = \"x\" }\nkind = 2\n")).find("either column or value") !=
        std::string::npos);
  CHECK(refusal(with("code = { column = 1, take = 2 }\nkind = 2\n")).find("without split") !=
        std::string::npos);
  CHECK(refusal(with("code = 1\nkind = 2\nbirth_date = { column = 3, date = \"DD/MM\" }\n"))
            .find("not a form of dates") != std::string::npos);
  CHECK(
      refusal(with("code = 1\nkind = 2\nfamily = { column = 3, date = \"DD/MM/YYYY\" }\n")).find("no date") !=
      std::string::npos);
  CHECK(
      refusal("[[file]]\nname = \"p.csv\"\nkind = \"people\"\nheader = false\n[file.columns]\ncode = \"A\"\n"
              "kind = 2\n")
          .find("has no header") != std::string::npos);
  CHECK(refusal("[[file]]\nname = \"x/p.csv\"\nkind = \"people\"\n").find("'name'") != std::string::npos);
  CHECK(refusal("[[file]]\nname = \"a.csv\"\nkind = \"attendance\"\nschool = \"HAR\"\n[file.columns]\n"
                "pupil = 1\nday = 2\nabsent = 3\n")
            .find("no meaning for attendance") != std::string::npos);
  CHECK(
      refusal("delimiter = \"::\"\n[[file]]\nname = \"p.csv\"\nkind = \"people\"\n[file.columns]\ncode = 1\n"
              "kind = 2\n")
          .find("map.toml:1: 'delimiter'") == 0);
  CHECK(refusal("[[file]\n").find("map.toml:1:") == 0);
  CHECK(refusal("\xff").find("is not UTF-8") != std::string::npos);
}

TEST_CASE("I2: dates are read by the form that the map gives, and only so") {
  const auto read = [](std::string_view form, std::string_view text) {
    const auto date = format::DateForm::parse(form).value().read(text);
    return date ? to_iso(*date) : "none";
  };
  CHECK(read("DD/MM/YYYY", "04/02/2000") == "2000-02-04");
  CHECK(read("M/D/YYYY", "4/2/2000") == "2000-04-02");
  CHECK(read("M/D/YYYY", "11/12/1999") == "1999-11-12");
  CHECK(read("DD-MMM-YY", "25-Nov-10") == "2010-11-25");
  CHECK(read("D MMMM YYYY", "5 September 1998") == "1998-09-05");
  CHECK(read("YYYYMMDD", "20261125") == "2026-11-25");
  CHECK(read("DD/MM/YYYY*", "04/02/2000 00:00:00") == "2000-02-04");
  CHECK(read("DD/MM/YYYY", "04/02/2000 00:00:00") == "none");
  CHECK(read("DD/MM/YYYY", "31/02/2000") == "none");
  CHECK(read("DD/MM/YYYY", "04/02/00") == "none");
  CHECK(read("DD/MM/YYYY", "") == "none");
  CHECK(read("YY.MM.DD", "70.01.02") == "1970-01-02");
  CHECK_FALSE(format::DateForm::parse("DD/MM"));
  CHECK_FALSE(format::DateForm::parse("DD/MM/YYYY/DD"));
  CHECK_FALSE(format::DateForm::parse("* DD/MM/YYYY"));
  CHECK(format::read_iso_date("2026-11-25T08:00:00Z") == parse_date("2026-11-25"));
  CHECK_FALSE(format::read_iso_date("25/11/2026"));
}

}  // namespace crier::config
