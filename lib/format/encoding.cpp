#include "format/encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/error.hpp"
#include "base/text.hpp"

namespace crier::format {
namespace {

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";
constexpr std::string_view utf16le_mark = "\xFF\xFE";
constexpr std::string_view utf16be_mark = "\xFE\xFF";
constexpr char32_t replacement = 0xFFFD;

/// 0x80 to 0x9F; the rest of Windows-1252 is Latin-1.
constexpr std::array<char32_t, 32> windows1252_high = {
    0x20AC,      replacement, 0x201A, 0x0192, 0x201E, 0x2026,      0x2020, 0x2021,
    0x02C6,      0x2030,      0x0160, 0x2039, 0x0152, replacement, 0x017D, replacement,
    replacement, 0x2018,      0x2019, 0x201C, 0x201D, 0x2022,      0x2013, 0x2014,
    0x02DC,      0x2122,      0x0161, 0x203A, 0x0153, replacement, 0x017E, 0x0178};

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

Error broken(Encoding encoding, std::size_t byte) {
  return {Exit::refused_input, "bad-encoding",
          fmt::format("the text is not {}: byte {} begins no character", to_text(encoding), byte + 1),
          "The file was cut or changed on its way: export it again, as UTF-8 if the program offers it."};
}

enum class ByteOrder { little, big };

std::string decode_utf16(std::string_view bytes, Encoding encoding, ByteOrder order) {
  const auto unit = [&](std::size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const auto second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<char32_t>(order == ByteOrder::little ? first | second << 8 : first << 8 | second);
  };
  std::string text;
  text.reserve(bytes.size() / 2 + bytes.size() / 16);
  if (bytes.size() % 2 != 0) throw broken(encoding, bytes.size() - 1);
  for (std::size_t at = 0; at < bytes.size(); at += 2) {
    const char32_t c = unit(at);
    if (c < 0xD800 || c > 0xDFFF) {
      append_utf8(text, c);
      continue;
    }
    const bool leads = c < 0xDC00 && at + 2 < bytes.size();
    const char32_t trail = leads ? unit(at + 2) : 0;
    if (trail < 0xDC00 || trail > 0xDFFF) throw broken(encoding, at);
    append_utf8(text, 0x10000 + ((c - 0xD800) << 10) + (trail - 0xDC00));
    at += 2;
  }
  return text;
}

std::string decode_windows1252(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 16);
  for (const char byte : bytes) {
    const auto c = static_cast<unsigned char>(byte);
    append_utf8(text, c >= 0x80 && c < 0xA0 ? windows1252_high[c - 0x80] : char32_t{c});
  }
  return text;
}

/// UTF-16 without its mark: every second byte of the beginning is NUL, as in any text that is mostly Latin.
std::optional<Encoding> unmarked_utf16(std::string_view bytes) {
  constexpr std::size_t looked_at = 64;
  const auto beginning = bytes.substr(0, std::min(looked_at, bytes.size() / 2 * 2));
  if (beginning.size() < 8) return std::nullopt;
  std::array<std::size_t, 2> nuls{};
  for (std::size_t i = 0; i < beginning.size(); ++i) nuls[i % 2] += beginning[i] == '\0';
  const auto most = beginning.size() / 2;
  if (nuls[1] * 10 >= most * 8 && nuls[0] == 0) return Encoding::utf16le;
  if (nuls[0] * 10 >= most * 8 && nuls[1] == 0) return Encoding::utf16be;
  return std::nullopt;
}

std::string_view without(std::string_view mark, std::string_view bytes) {
  return bytes.starts_with(mark) ? bytes.substr(mark.size()) : bytes;
}

}  // namespace

std::string_view to_text(Encoding encoding) {
  switch (encoding) {
    case Encoding::utf8:
      return "UTF-8";
    case Encoding::utf8_with_mark:
      return "UTF-8 with byte order mark";
    case Encoding::utf16le:
      return "UTF-16LE";
    case Encoding::utf16be:
      return "UTF-16BE";
    case Encoding::windows1252:
      return "Windows-1252";
  }
  return "";
}

Encoding sniff_encoding(std::string_view bytes) {
  if (bytes.starts_with(utf16le_mark)) return Encoding::utf16le;
  if (bytes.starts_with(utf16be_mark)) return Encoding::utf16be;
  if (const auto unmarked = unmarked_utf16(bytes)) return *unmarked;
  if (!is_utf8(bytes)) return Encoding::windows1252;
  return bytes.starts_with(utf8_mark) ? Encoding::utf8_with_mark : Encoding::utf8;
}

std::string decode(std::string_view bytes, Encoding encoding) {
  switch (encoding) {
    case Encoding::utf8:
    case Encoding::utf8_with_mark: {
      if (!is_utf8(bytes)) {
        throw Error(Exit::refused_input, "bad-encoding", "the text is not UTF-8",
                    "Name its encoding in the settings of this import, or export it as UTF-8.");
      }
      return std::string(without(utf8_mark, bytes));
    }
    case Encoding::utf16le:
      return decode_utf16(without(utf16le_mark, bytes), encoding, ByteOrder::little);
    case Encoding::utf16be:
      return decode_utf16(without(utf16be_mark, bytes), encoding, ByteOrder::big);
    case Encoding::windows1252:
      return decode_windows1252(bytes);
  }
  return {};
}

std::optional<std::string_view> name_foreign_format(std::string_view bytes) {
  using namespace std::string_view_literals;
  struct Magic {
    std::string_view start;
    std::string_view name;
  };
  static constexpr std::array known{
      Magic{"PK\x03\x04"sv, "an Excel workbook (.xlsx) or another zip archive"sv},
      Magic{"PK\x05\x06"sv, "an empty zip archive"sv},
      Magic{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, "an old Excel or other Office file (.xls, .doc)"sv},
      Magic{"\x1F\x8B"sv, "a gzip file"sv},
      Magic{"BZh"sv, "a bzip2 file"sv},
      Magic{"7z\xBC\xAF\x27\x1C"sv, "a 7-Zip archive"sv},
      Magic{"\xFD"
            "7zXZ"sv,
            "an xz file"sv},
      Magic{"Rar!\x1A\x07"sv, "a RAR archive"sv},
      Magic{"%PDF-"sv, "a PDF document"sv},
      Magic{"\x89PNG\r\n"sv, "a picture (PNG)"sv},
      Magic{"\xFF\xD8\xFF"sv, "a picture (JPEG)"sv},
      Magic{"SQLite format 3\0"sv, "an SQLite database"sv},
  };
  for (const auto& magic : known) {
    if (bytes.starts_with(magic.start)) return magic.name;
  }
  return std::nullopt;
}

}  // namespace crier::format
