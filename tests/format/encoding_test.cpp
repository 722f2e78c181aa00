#include "format/encoding.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace crier;
using namespace crier::format;
using namespace std::string_view_literals;

TEST_CASE("I2: encodings are told apart and named") {
  CHECK(to_text(sniff_encoding("a,b\n")) == "UTF-8");
  CHECK(to_text(sniff_encoding("Zoë")) == "UTF-8");
  CHECK(to_text(sniff_encoding("\xEF\xBB\xBFname")) == "UTF-8 with byte order mark");
  CHECK(to_text(sniff_encoding("\xFF\xFE"
                               "a\0"sv)) == "UTF-16LE");
  CHECK(to_text(sniff_encoding("\xFE\xFF\0a"sv)) == "UTF-16BE");
  CHECK(to_text(sniff_encoding("a long name of Zo\xEB and more of it")) == "Windows-1252");
}

TEST_CASE("C1: the same text with and without a mark, in UTF-8 and both UTF-16s") {
  const std::string text = "Zoë 王 👍";
  CHECK(decode(text, Encoding::utf8) == text);
  CHECK(decode("\xEF\xBB\xBF" + text, Encoding::utf8_with_mark) == text);
  CHECK(decode("\xFF\xFEZ\0o\0\xEB\0 \0\x8B\x73 \0\x3D\xD8\x4D\xDC"sv, Encoding::utf16le) == text);
  CHECK(decode("\xFE\xFF\0Z\0o\0\xEB\0 \x73\x8B\0 \xD8\x3D\xDC\x4D"sv, Encoding::utf16be) == text);
  CHECK(decode("Zo\xEB \x80\x99\x81", Encoding::windows1252) == "Zoë €™\uFFFD");
}

TEST_CASE("I8: a text that is cut in a character is refused whole") {
  CHECK_THROWS_AS(decode("\xFF\xFE"
                         "a\0b"sv,
                         Encoding::utf16le),
                  Error);
  CHECK_THROWS_AS(decode("\x3D\xD8"sv, Encoding::utf16le), Error);
  CHECK_THROWS_AS(decode("\x3D\xD8"
                         "a\0"sv,
                         Encoding::utf16le),
                  Error);
  CHECK_THROWS_AS(decode("Zo\xEB", Encoding::utf8), Error);
}

TEST_CASE("I8: a file that is no text is called by its name") {
  CHECK(name_foreign_format("PK\x03\x04rest") == "an Excel workbook (.xlsx) or another zip archive");
  CHECK(name_foreign_format("\x1F\x8B\x08") == "a gzip file");
  CHECK_FALSE(name_foreign_format("name,email\n"));
  CHECK_FALSE(name_foreign_format(""));
}
