// Records of an XML report (I3): what is read, and what is refused with its line (I8).
#include "format/xml.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace crier;
using namespace crier::format;
using namespace std::string_view_literals;

namespace {

std::vector<XmlRecord> all(std::string_view bytes) {
  XmlRecords records("report.xml", bytes);
  std::vector<XmlRecord> found;
  while (records.next()) found.push_back(records.record());
  return found;
}

/// The message of the refusal; empty where the file is read.
std::string refusal(std::string_view bytes) {
  try {
    (void)all(bytes);
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::refused_input);
    CHECK_FALSE(error.hint().empty());
    return error.message();
  }
  return "";
}

bool has(const std::string& text, std::string_view part) {
  const bool found = text.find(part) != std::string::npos;
  if (!found) MESSAGE(text);
  return found;
}

/// `text`, ASCII and Latin letters, as UTF-16LE.
std::string utf16(std::string_view ascii) {
  std::string wide;
  for (const char c : ascii) wide += {c, '\0'};
  return wide;
}

}  // namespace

TEST_CASE("I3: records with their fields, values and lines") {
  const auto records = all(R"(<?xml version="1.0" encoding="utf-8"?>
<!-- a report -->
<SuperStarReport>
  <Record>
    <Legal_x0020_Surname>O'Hara &amp; S&#246;n</Legal_x0020_Surname>
    <House/>
    <Note><![CDATA[<b>5 < 6</b>]]></Note>
  </Record>

  <Record><House attribute="x">
Red</House></Record>
</SuperStarReport>
)");
  REQUIRE(records.size() == 2);
  CHECK(records[0].name == "Record");
  CHECK(records[0].line == 4);
  REQUIRE(records[0].fields.size() == 3);
  CHECK(records[0].fields[0].name == "Legal_x0020_Surname");
  CHECK(records[0].fields[0].value == "O'Hara & Sön");
  CHECK(records[0].fields[0].line == 5);
  CHECK(records[0].fields[1].value.empty());
  CHECK(records[0].fields[2].value == "<b>5 < 6</b>");
  CHECK(records[0].fault.empty());
  CHECK(records[1].line == 10);
  CHECK(records[1].fields[0].value == "\nRed");
}

TEST_CASE("I3: a root without records, and a description of the data in front of them") {
  CHECK(all("<SuperStarReport/>").empty());
  CHECK(all("<R><xs:schema xmlns:xs='x'><xs:element name='a'><xs:b>t</xs:b></xs:element></xs:schema>"
            "<Row><a>1</a></Row></R>")
            .size() == 1);
  XmlRecords failed("report.xml", "<CommandReporterError>Login failed</CommandReporterError>");
  CHECK_FALSE(failed.next());
  CHECK(failed.root() == "CommandReporterError");
  CHECK(failed.root_text() == "Login failed");
}

TEST_CASE("I3: a record that is more than fields says what and where") {
  const auto records =
      all("<R>\n<Row><a>1</a>\n<b><c>2</c></b></Row>\n<Row>text<a>1</a></Row><Row><a>1</a></Row></R>");
  REQUIRE(records.size() == 3);
  CHECK(has(records[0].fault, "the field b holds elements (<c>)"));
  CHECK(records[0].fault_line == 3);
  CHECK(has(records[1].fault, "text"));
  CHECK(records[2].fault.empty());
}

TEST_CASE("I3: names are unescaped, whatever the case of the digits, and an escaped underscore stays one") {
  CHECK(unescape_xml_name("Legal_x0020_Surname") == "Legal Surname");
  CHECK(unescape_xml_name("Home_x002F_Work") == "Home/Work");
  CHECK(unescape_xml_name("Home_x002f_Work") == "Home/Work");
  CHECK(unescape_xml_name("a_x005F_x0020_b") == "a_x0020_b");
  CHECK(unescape_xml_name("_x0031_st_x0020__x0020_x") == "1st  x");
  CHECK(unescape_xml_name("Zo_x00EB_") == "Zoë");
  CHECK(unescape_xml_name("_x0001F44D_") == "👍");
  for (const auto* plain : {"a_b", "_x", "_x00", "_x0020", "_xD83D_", "_xZZZZ_", "_x0000_", ""}) {
    CHECK(unescape_xml_name(plain) == plain);
  }
}

TEST_CASE("I3: UTF-8, UTF-16 and Windows-1252 as declared, with and without a mark") {
  const auto value = [](std::string_view bytes) { return all(bytes).at(0).fields.at(0).value; };
  CHECK(value("<R><Row><a>Zoë</a></Row></R>") == "Zoë");
  CHECK(value("\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8'?><R><Row><a>Zoë</a></Row></R>") == "Zoë");
  CHECK(value("<?xml version='1.0' encoding='Windows-1252'?><R><Row><a>Zo\xEB \x80</a></Row></R>") ==
        "Zoë €");
  CHECK(value("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><R><Row><a>Zo\xEB \x80</a></Row></R>") ==
        "Zoë €");
  CHECK(value("\xFF\xFE" + utf16("<?xml version='1.0' encoding='utf-16'?><R><Row><a>Z\xEB</a></Row></R>")) ==
        "Zë");
  CHECK(value(utf16("<R><Row><a>x</a></Row></R>")) == "x");
}

TEST_CASE("I3: where the bytes are certain they count, and the first line that says otherwise is told") {
  XmlRecords shell("r.xml", "<?xml version='1.0' encoding='utf-16'?><R><Row><a>Zoë</a></Row></R>");
  REQUIRE(shell.next());
  CHECK(shell.record().fields.at(0).value == "Zoë");
  CHECK(has(shell.encoding_remark(), "utf-16"));
  const auto bytes =
      "\xFF\xFE" + utf16("<?xml version='1.0' encoding='utf-8'?><R><Row><a>Z\xEB</a></Row></R>");
  XmlRecords redirected("r.xml", bytes);
  REQUIRE(redirected.next());
  CHECK(redirected.record().fields.at(0).value == "Zë");
  CHECK(has(redirected.encoding_remark(), "UTF-16"));
  XmlRecords plain("r.xml", "<?xml version='1.0' encoding='utf-8'?><R/>");
  CHECK(plain.encoding_remark().empty());
}

TEST_CASE("I8: an encoding that is unknown, or that the bytes are not, is refused") {
  CHECK(has(refusal("<?xml version='1.0' encoding='utf-7'?><R/>"), "'utf-7'"));
  CHECK(has(refusal("<?xml version='1.0' encoding='utf-8'?>\n<R>\n<Row><a>Zo\xEB</a></Row></R>"),
            "line 3: the bytes are not UTF-8"));
  CHECK(
      has(refusal("<?xml version='1.0' encoding='utf-16'?><R><Row><a>Zo\xEB</a></Row></R>"), "says utf-16"));
}

TEST_CASE(
    "I8: entities that explode, files of elsewhere and document types are refused before they are read") {
  const auto bomb = refusal(R"(<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<R><Row><a>&b;</a></Row></R>)");
  CHECK(has(bomb, "report.xml: line 2: the file declares a document type"));
  CHECK(has(refusal("<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><R><Row><a>&x;</a></Row></R>"),
            "document type"));
  CHECK(has(refusal("<!DOCTYPE r SYSTEM 'http://example.org/r.dtd'><R/>"), "document type"));
  CHECK(has(refusal("<R><Row><a>a&nbsp;b</a></Row></R>"), "&nbsp;"));
}

TEST_CASE("I8: a page in place of a report") {
  CHECK(has(refusal("<!DOCTYPE html>\n<html><body><p>Log in<br></body></html>"), "web page (HTML)"));
  CHECK(has(refusal("<html><head></head></html>"), "web page (HTML)"));
}

TEST_CASE("I8: wherever a report is cut it is refused, with its line") {
  const std::string whole = "<?xml version='1.0'?>\n<R>\n<Row><a>Zoë</a><b><![CDATA[x]]></b></Row>\n</R>";
  REQUIRE(refusal(whole).empty());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const auto message = refusal(whole.substr(0, size));
    CHECK_FALSE(message.empty());
    if (size > 40) CHECK(has(message, "line "));
    if (size > 40) CHECK(has(message, "cut off"));
  }
}

TEST_CASE("I8: other text, other files, two reports in one, a bare ampersand") {
  CHECK(has(refusal(""), "report.xml: the file is empty"));
  CHECK(has(refusal(" \n "), "the file is empty"));
  CHECK(has(refusal("Error: the report was not found\nmore"), "it begins 'Error: the report was not found'"));
  CHECK(has(refusal("PK\x03\x04zip"), "zip archive"));
  CHECK(has(refusal("<R/>\n<R/>"), "line 2: something stands behind the end"));
  CHECK(has(refusal("<R>\n<Row><a>Dyer & Son</a></Row></R>"), "line 2: a character"));
  CHECK(has(refusal("<R>\n<Row><a>x</b></Row></R>"), "line 2: an element is closed"));
}

TEST_CASE("I8: depth, fields and values have an end") {
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "<a>";
  CHECK(has(refusal(deep), "64 deep"));
  std::string wide = "<R><Row>";
  for (int i = 0; i < 3000; ++i) wide += "<a/>";
  CHECK(has(refusal(wide + "</Row></R>"), "2000 fields"));
  CHECK(has(refusal("<R><Row><a>" + std::string(100000, 'x') + "</a></Row></R>"), "65536 bytes"));
}

TEST_CASE("I3: a report of many records is read piece by piece") {
  std::string many = "\n\n<R>";
  for (int i = 0; i < 20000; ++i) many += "\n<Row><a>" + std::to_string(i) + "</a></Row>";
  many += "</R>";
  XmlRecords records("report.xml", many);
  REQUIRE(records.next());
  CHECK(records.record().line == 4);
  CHECK(records.offset() < many.size() / 2);
  std::int64_t last = 0;
  std::size_t count = 1;
  while (records.next()) {
    ++count;
    last = records.record().line;
  }
  CHECK(count == 20000);
  CHECK(last == 20003);
}
