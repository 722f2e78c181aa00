#include "format/xml.hpp"

#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "format/encoding.hpp"

namespace crier::format {
namespace {

constexpr std::size_t bytes_at_once = std::size_t{1} << 16;
// No report of a school comes near these; a file that does was made to break its reader.
constexpr int most_depth = 64;
constexpr std::size_t most_value_bytes = std::size_t{1} << 16;
constexpr std::size_t most_fields = 2000;
constexpr std::size_t most_root_text = 2000;

constexpr const char* run_again = "Run the report in SIMS again, and take the file as it was written.";

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// What stands behind `encoding=` in the first line; empty where nothing.
std::string declared_encoding(std::string_view bytes) {
  if (!bytes.starts_with("<?xml")) return "";
  const auto line = bytes.substr(0, bytes.find("?>"));
  auto at = line.find("encoding");
  if (at == std::string_view::npos) return "";
  at = line.find_first_of("\"'", at);
  if (at == std::string_view::npos) return "";
  const auto stop = line.find(line[at], at + 1);
  if (stop == std::string_view::npos) return "";
  const auto name = line.substr(at + 1, stop - at - 1);
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return std::all_of(name.begin(), name.end(), fits) ? std::string(name) : "";
}

bool is_windows_1252(std::string_view encoding) {
  const auto word = to_lower(encoding);
  // Whoever writes ISO-8859-1 on Windows means this: the two differ where the former has no letters.
  return word == "windows-1252" || word == "cp1252" || word == "x-cp1252" || word == "iso-8859-1" ||
         word == "latin1";
}

/// The first words of a text, for a message.
std::string beginning(std::string_view text) {
  text = trim_invisible(text.substr(0, text.find_first_of("\r\n")));
  std::size_t size = std::min<std::size_t>(text.size(), 60);
  while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  const auto cut = text.substr(0, size);
  return is_utf8(cut) ? std::string(cut) + (size < text.size() ? "…" : "") : std::string("…");
}

std::optional<std::uint32_t> hex_number(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits) {
    const auto digit = c >= '0' && c <= '9'   ? c - '0'
                       : c >= 'a' && c <= 'f' ? c - 'a' + 10
                       : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                              : -1;
    if (digit < 0) return std::nullopt;
    value = value * 16 + static_cast<std::uint32_t>(digit);
  }
  return value;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0 | point >> 6);
    byte(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    byte(0xE0 | point >> 12);
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  } else {
    byte(0xF0 | point >> 18);
    byte(0x80 | (point >> 12 & 0x3F));
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  }
}

}  // namespace

struct XmlRecords::State {
  State(std::string_view file_name, std::string_view file_bytes) : name(file_name), bytes(file_bytes) {
    if (const auto foreign = name_foreign_format(bytes)) refuse(fmt::format("this is {}, not XML", *foreign));
    choose_encoding();
    parser = XML_ParserCreate(encoding.empty() ? nullptr : encoding.c_str());
    if (parser == nullptr) throw std::bad_alloc();
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, &State::on_start, &State::on_end);
    XML_SetCharacterDataHandler(parser, &State::on_text);
    XML_SetStartDoctypeDeclHandler(parser, &State::on_document_type);
    XML_SetUnknownEncodingHandler(parser, &State::on_encoding, this);
  }
  ~State() { XML_ParserFree(parser); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[noreturn]] void refuse(std::string message, std::string hint = run_again) const {
    throw Error(Exit::refused_input, "not-as-named", fmt::format("{}: {}", name, message), std::move(hint));
  }

  /// What the bytes say for certain counts more than the first line: a text that a shell wrote to a file has
  /// the shell's encoding, and the line of another.
  void choose_encoding() {
    const auto sniffed = sniff_encoding(bytes);
    if (sniffed == Encoding::utf16le || sniffed == Encoding::utf16be) {
      encoding = sniffed == Encoding::utf16le ? "UTF-16LE" : "UTF-16BE";
      const bool marked = bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
      if (marked) bytes.remove_prefix(2);
      std::string narrow;
      for (std::size_t i = sniffed == Encoding::utf16le ? 0 : 1; i < std::min<std::size_t>(bytes.size(), 400);
           i += 2)
        narrow += bytes[i];
      const auto declared = declared_encoding(narrow);
      if (!declared.empty() && !to_lower(declared).starts_with("utf-16")) remark(declared, "UTF-16");
      return require_markup(narrow);
    }
    const bool marked = bytes.starts_with("\xEF\xBB\xBF");
    if (marked) bytes.remove_prefix(3);
    while (!bytes.empty() && is_blank(bytes.front())) {
      first_line += bytes.front() == '\n';
      bytes.remove_prefix(1);
    }
    require_markup(bytes);
    const auto declared = declared_encoding(bytes);
    const auto word = to_lower(declared);
    if (marked) {
      encoding = "UTF-8";
      if (!declared.empty() && word != "utf-8") remark(declared, "UTF-8");
    } else if (word.starts_with("utf-16") || word == "unicode") {
      if (!is_utf8(bytes)) {
        refuse(fmt::format(
                   "its first line says {}, and the bytes are not: nobody can tell which letters they are",
                   declared),
               "Let SIMS's report runner write the file itself (/OUTPUT:FILE) instead of a shell.");
      }
      encoding = "UTF-8";
      if (!is_ascii(bytes)) remark(declared, "UTF-8");
    } else if (is_windows_1252(declared)) {
      encoding = "windows-1252";
    }
  }

  void remark(std::string_view declared, std::string_view found) {
    encoding_remark =
        fmt::format("Its first line says {}; by its bytes it is {}, and was read so.", declared, found);
  }

  void require_markup(std::string_view text) const {
    text = trim_invisible(text.substr(0, 400));
    if (text.empty() && bytes.empty()) refuse("the file is empty");
    if (text.starts_with('<')) return;
    refuse(fmt::format("this is no XML; it begins '{}'", beginning(text)));
  }

  /// Ends the parser from within; next() throws it.
  void stop(std::string message, std::string hint = run_again) {
    if (!refusal) {
      refusal = Error(Exit::refused_input, "not-as-named",
                      fmt::format("{}: line {}: {}", name, line(), message), std::move(hint));
    }
    XML_StopParser(parser, XML_FALSE);
  }

  std::int64_t line() const {
    return first_line + static_cast<std::int64_t>(XML_GetCurrentLineNumber(parser)) - 1;
  }

  void fault(std::string words) {
    if (!current.fault.empty()) return;
    current.fault = std::move(words);
    current.fault_line = line();
  }

  static void XMLCALL on_start(void* self, const XML_Char* element, const XML_Char**) {
    static_cast<State*>(self)->start(element);
  }
  static void XMLCALL on_end(void* self, const XML_Char*) { static_cast<State*>(self)->end(); }
  static void XMLCALL on_text(void* self, const XML_Char* text, int size) {
    static_cast<State*>(self)->take_text({text, static_cast<std::size_t>(size)});
  }
  static void XMLCALL on_document_type(void* self, const XML_Char* type, const XML_Char*, const XML_Char*,
                                       int) {
    auto& state = *static_cast<State*>(self);
    if (to_lower(type) == "html") return state.stop_at_page();
    state.stop("the file declares a document type or entities, which no report does");
  }
  static int XMLCALL on_encoding(void* self, const XML_Char* wanted, XML_Encoding* info) {
    if (!is_windows_1252(wanted)) return XML_STATUS_ERROR;
    static constexpr std::array<int, 32> upper{
        0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};
    (void)self;
    for (int byte = 0; byte < 256; ++byte) {
      info->map[byte] = byte >= 0x80 && byte < 0xA0 ? upper[static_cast<std::size_t>(byte - 0x80)] : byte;
    }
    info->data = nullptr;
    info->convert = nullptr;
    info->release = nullptr;
    return XML_STATUS_OK;
  }

  void stop_at_page() {
    stop("this is a web page (HTML), perhaps of a login, not a report",
         "Open the file in a browser to see what it says; then run the report again.");
  }

  void start(std::string_view element) {
    if (++depth > most_depth)
      return stop(fmt::format("elements lie in each other more than {} deep", most_depth));
    if (depth == 1) {
      root = element;
      if (to_lower(element) == "html") stop_at_page();
      return;
    }
    if (depth == 2) {
      // A data set may carry its own description in front.
      passes = element.ends_with(":schema");
      current = {std::string(element), line(), {}, "", 0};
      return;
    }
    if (passes) return;
    if (depth == 3) {
      if (current.fields.size() == most_fields)
        return stop(fmt::format("a record has more than {} fields", most_fields));
      current.fields.push_back({std::string(element), "", line()});
      return;
    }
    fault(fmt::format("the field {} holds elements (<{}>)", unescape_xml_name(current.fields.back().name),
                      element));
  }

  void take_text(std::string_view text) {
    const bool blank = std::all_of(text.begin(), text.end(), is_blank);
    if (depth == 1 || (depth == 2 && !passes && !blank)) {
      root_text += text.substr(0, most_root_text - std::min(most_root_text, root_text.size()));
      if (depth == 2) fault("text stands between its fields");
    } else if (depth == 3 && !passes) {
      auto& value = current.fields.back().value;
      if (value.size() + text.size() > most_value_bytes) {
        return stop(fmt::format("a field has more than {} bytes", most_value_bytes));
      }
      value += text;
    }
  }

  void end() {
    if (depth-- == 2 && !passes) ready.push_back(std::move(current));
  }

  /// One step of the parser; throws what it refuses.
  void parse_on() {
    const auto part = bytes.substr(at, bytes_at_once);
    const bool last = at + part.size() == bytes.size();
    const auto status =
        XML_Parse(parser, part.data(), static_cast<int>(part.size()), last ? XML_TRUE : XML_FALSE);
    at += part.size();
    ended = last;
    if (refusal) throw *refusal;
    if (status != XML_STATUS_OK) refuse_malformed();
  }

  [[noreturn]] void refuse_malformed() const {
    const auto code = XML_GetErrorCode(parser);
    const auto where = fmt::format("line {}", line());
    switch (code) {
      case XML_ERROR_NO_ELEMENTS:
      case XML_ERROR_UNCLOSED_TOKEN:
      case XML_ERROR_PARTIAL_CHAR:
      case XML_ERROR_UNCLOSED_CDATA_SECTION:
        if (ended) {
          refuse(fmt::format("{}: the file ends in the middle: it was cut off, or is still being written",
                             where));
        }
        break;
      case XML_ERROR_UNKNOWN_ENCODING:
        refuse(fmt::format("{}: its first line names the encoding '{}', which is not read", where,
                           declared_encoding(bytes)),
               "Reports are UTF-8, UTF-16 or Windows-1252: correct the first line, or write the file again.");
      case XML_ERROR_INCORRECT_ENCODING:
        refuse(fmt::format("{}: the bytes are not of the encoding that the first line names", where));
      case XML_ERROR_INVALID_TOKEN:
        if (encoding != "windows-1252" && encoding.substr(0, 6) != "UTF-16" && !is_utf8(bytes)) {
          refuse(
              fmt::format("{}: the bytes are not UTF-8, which the file is by its first line", where),
              "Was it edited or joined by another program? Run the report again; a file of Windows-1252 must "
              "say so in its first line.");
        }
        refuse(fmt::format("{}: a character stands there that XML does not allow, such as a bare & or <",
                           where));
      case XML_ERROR_TAG_MISMATCH:
        refuse(fmt::format("{}: an element is closed that was not open: part of the file is missing", where));
      case XML_ERROR_JUNK_AFTER_DOC_ELEMENT:
        refuse(fmt::format("{}: something stands behind the end of the report", where),
               "Were two reports written into one file? Give each a file of its own.");
      case XML_ERROR_UNDEFINED_ENTITY:
        refuse(fmt::format("{}: a name such as &nbsp; stands there that XML does not know", where));
      default:
        break;
    }
    refuse(fmt::format("{}: it is not well-formed XML: {}", where, XML_ErrorString(code)));
  }

  std::string name;
  std::string_view bytes;
  std::string encoding;
  std::string encoding_remark;
  std::int64_t first_line = 1;
  XML_Parser parser = nullptr;
  std::size_t at = 0;
  bool ended = false;
  int depth = 0;
  bool passes = false;
  std::string root;
  std::string root_text;
  XmlRecord current;
  std::deque<XmlRecord> ready;
  XmlRecord given;
  std::optional<Error> refusal;
};

XmlRecords::XmlRecords(std::string_view name, std::string_view bytes)
    : state_(std::make_unique<State>(name, bytes)) {}

XmlRecords::~XmlRecords() = default;

bool XmlRecords::next() {
  auto& state = *state_;
  while (state.ready.empty() && !state.ended) state.parse_on();
  if (state.ready.empty()) return false;
  state.given = std::move(state.ready.front());
  state.ready.pop_front();
  return true;
}

const XmlRecord& XmlRecords::record() const {
  return state_->given;
}

const std::string& XmlRecords::root() const {
  return state_->root;
}

const std::string& XmlRecords::root_text() const {
  return state_->root_text;
}

std::size_t XmlRecords::offset() const {
  return state_->at;
}

const std::string& XmlRecords::encoding_remark() const {
  return state_->encoding_remark;
}

std::string unescape_xml_name(std::string_view name) {
  std::string meant;
  for (std::size_t at = 0; at < name.size();) {
    const auto rest = name.substr(at);
    std::size_t taken = 0;
    if (rest.starts_with("_x") || rest.starts_with("_X")) {
      for (const std::size_t digits : {4U, 8U}) {
        if (rest.size() < digits + 3 || rest[digits + 2] != '_') continue;
        const auto point = hex_number(rest.substr(2, digits));
        if (!point || *point == 0 || *point > 0x10FFFF || (*point >= 0xD800 && *point < 0xE000)) continue;
        append_utf8(meant, *point);
        taken = digits + 3;
        break;
      }
    }
    if (taken == 0) meant += name[at];
    at += taken == 0 ? 1 : taken;
  }
  return meant;
}

}  // namespace crier::format
