#include "format/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/stream_parser.hpp>
#include <cmath>

#include "base/error.hpp"

namespace crier::format {
namespace {

constexpr std::size_t short_line = 80;
constexpr std::size_t deepest = 64;

bool is_plain(const boost::json::value& value) {
  return !value.is_object() && !value.is_array();
}

void append_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void append_plain(std::string& out, const boost::json::value& value) {
  if (const auto* text = value.if_string()) {
    append_text(out, {text->data(), text->size()});
  } else if (const auto* number = value.if_double()) {
    // The shortest form that reads back the same: 1.2, where Boost.JSON writes 1.2E0.
    if (!std::isfinite(*number)) {
      out += "null";
    } else {
      const auto digits = fmt::format("{}", *number);
      out += digits;
      if (digits.find_first_not_of("-0123456789") == std::string::npos) out += ".0";
    }
  } else if (const auto* whole = value.if_int64()) {
    out += fmt::format("{}", *whole);
  } else if (const auto* natural = value.if_uint64()) {
    out += fmt::format("{}", *natural);
  } else if (const auto* truth = value.if_bool()) {
    out += *truth ? "true" : "false";
  } else {
    out += "null";
  }
}

class Writer {
 public:
  Writer(std::string& out, Layout layout) : out_(out), layout_(layout) {}

  void append(const boost::json::value& value, std::size_t level) {
    if (const auto* object = value.if_object()) {
      append_object(*object, level);
    } else if (const auto* array = value.if_array()) {
      append_array(*array, level);
    } else {
      append_plain(out_, value);
    }
  }

 private:
  void append_object(const boost::json::object& object, std::size_t level) {
    out_ += '{';
    bool first = true;
    for (const auto& [key, value] : object) {
      if (!first) out_ += ',';
      first = false;
      begin_line(level + 1);
      append_text(out_, {key.data(), key.size()});
      out_ += layout_ == Layout::compact ? ":" : ": ";
      append(value, level + 1);
    }
    if (!object.empty()) begin_line(level);
    out_ += '}';
  }

  void append_array(const boost::json::array& array, std::size_t level) {
    if (layout_ == Layout::indented && std::all_of(array.begin(), array.end(), is_plain)) {
      std::string line;
      for (const auto& value : array) {
        if (!line.empty()) line += ", ";
        append_plain(line, value);
        if (line.size() > short_line) break;
      }
      if (line.size() <= short_line) {
        out_ += '[' + line + ']';
        return;
      }
    }
    out_ += '[';
    bool first = true;
    for (const auto& value : array) {
      if (!first) out_ += ',';
      first = false;
      begin_line(level + 1);
      append(value, level + 1);
    }
    if (!array.empty()) begin_line(level);
    out_ += ']';
  }

  void begin_line(std::size_t level) {
    if (layout_ == Layout::compact) return;
    out_ += '\n';
    out_.append(2 * level, ' ');
  }

  std::string& out_;
  Layout layout_;
};

}  // namespace

std::string write_json(const boost::json::value& document, Layout layout) {
  std::string out;
  Writer(out, layout).append(document, 0);
  if (layout == Layout::indented) out += '\n';
  return out;
}

boost::json::value parse_json(std::string_view text, std::string_view what) {
  boost::json::parse_options options;
  options.max_depth = deepest;
  boost::json::stream_parser parser({}, options);
  boost::json::error_code error;
  const auto read = parser.write_some(text.data(), text.size(), error);
  const auto rest = text.substr(std::min(read, text.size()));
  const bool trailing = rest.find_first_not_of(" \t\r\n") != std::string_view::npos;
  if (!error && !trailing) parser.finish(error);
  if (!error && trailing) error = boost::json::error::extra_data;
  if (error) {
    const auto before = text.substr(0, std::min(read, text.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto line_start = before.rfind('\n');
    const auto column = before.size() - (line_start == std::string_view::npos ? 0 : line_start + 1) + 1;
    throw Error(Exit::refused_input, "bad-json",
                fmt::format("{} is not JSON: line {}, column {}: {}", what, line, column, error.message()),
                "Check that this is the right file or address, and that it is whole.");
  }
  return parser.release();
}

}  // namespace crier::format
