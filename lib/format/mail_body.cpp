#include "format/mail_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/error.hpp"

namespace crier::format {
namespace {

constexpr std::size_t longest_line = 998;  // RFC 5322 2.1.1
constexpr std::size_t encoded_line = 76;   // RFC 2045 6.7, 6.8

constexpr std::string_view base64_signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view hex = "0123456789ABCDEF";

/// Any byte that is zero or not ASCII?
bool has_nul_or_high(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, text.data() + at, 8);
    constexpr std::uint64_t high = 0x8080808080808080ULL;
    // Where no byte is high, taking one from each lets exactly the zeros borrow into their high bit.
    if (((eight | (eight - 0x0101010101010101ULL)) & high) != 0) return true;
  }
  return std::any_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                     [](char c) { return c == '\0' || static_cast<unsigned char>(c) >= 0x80; });
}

bool is_plain_in_quoted_printable(char c) {
  return (c >= 0x21 && c <= 0x7E && c != '=') || c == ' ' || c == '\t';
}

std::size_t quoted_printable_size(std::string_view crlf_text) {
  std::size_t size = 0;
  for (const char c : crlf_text) size += is_plain_in_quoted_printable(c) || c == '\r' || c == '\n' ? 1 : 3;
  return size + size / encoded_line * 3;
}

void append_quoted_line(std::string& out, std::string_view line) {
  std::size_t column = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool last = i + 1 == line.size();
    const bool blank_at_end = last && (c == ' ' || c == '\t');
    const bool plain = is_plain_in_quoted_printable(c) && !blank_at_end;
    const std::size_t cost = plain ? 1 : 3;
    // One column is kept for the `=` of a soft break, unless the line ends here.
    if (column + cost > (last ? encoded_line : encoded_line - 1)) {
      out += "=\r\n";
      column = 0;
    }
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'=', hex[byte >> 4], hex[byte & 15]};
    }
    column += cost;
  }
  out += "\r\n";
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  const auto sign = [](std::uint32_t value, int shift) { return base64_signs[(value >> shift) & 63]; };
  std::size_t at = 0;
  for (; at + 3 <= bytes.size(); at += 3) {
    const auto value = static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at])) << 16 |
                       static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + 1])) << 8 |
                       static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + 2]));
    out += {sign(value, 18), sign(value, 12), sign(value, 6), sign(value, 0)};
  }
  const auto left = bytes.size() - at;
  if (left == 0) return;
  std::uint32_t value = static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at])) << 16;
  if (left == 2) value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + 1])) << 8;
  out += {sign(value, 18), sign(value, 12), left == 2 ? sign(value, 6) : '=', '='};
}

void append_base64_lines(std::string& out, std::string_view bytes) {
  constexpr std::size_t bytes_a_line = encoded_line / 4 * 3;
  out.reserve(out.size() + bytes.size() / 3 * 4 + bytes.size() / bytes_a_line * 2 + 8);
  for (std::size_t at = 0; at < bytes.size(); at += bytes_a_line) {
    append_base64(out, bytes.substr(at, bytes_a_line));
    out += "\r\n";
  }
}

void append_crlf_lines(std::string& out, std::string_view text) {
  const bool has_returns = text.find('\r') != std::string_view::npos;
  while (!text.empty()) {
    const auto end = std::min(has_returns ? text.find_first_of("\r\n") : text.find('\n'), text.size());
    out.append(text.data(), end);
    out += "\r\n";
    const bool pair = end + 1 < text.size() && text[end] == '\r' && text[end + 1] == '\n';
    text.remove_prefix(std::min(end + (pair ? 2 : 1), text.size()));
  }
}

void append_quoted_printable(std::string& out, std::string_view crlf_text) {
  while (!crlf_text.empty()) {
    const auto end = std::min(crlf_text.find("\r\n"), crlf_text.size());
    append_quoted_line(out, crlf_text.substr(0, end));
    crlf_text.remove_prefix(std::min(end + 2, crlf_text.size()));
  }
}

bool goes_as_7bit(std::string_view text) {
  if (has_nul_or_high(text)) return false;
  while (text.size() > longest_line) {
    const auto end = text.substr(0, longest_line + 1).find_last_of("\r\n");
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
  return true;
}

TextEncoding encoding_for(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    throw Error(Exit::usage, "bad-body", "the e-mail's text holds a NUL byte",
                "Give the text as plain UTF-8.");
  }
  if (goes_as_7bit(text)) return TextEncoding::as_7bit;
  std::string lines;
  lines.reserve(text.size() + text.size() / 16);
  append_crlf_lines(lines, text);
  return quoted_printable_size(lines) <= lines.size() / 3 * 4 + lines.size() / 57 * 2
             ? TextEncoding::quoted_printable
             : TextEncoding::base64;
}

bool may_follow(std::string_view text, TextEncoding encoding) {
  switch (encoding) {
    case TextEncoding::as_7bit:
      return goes_as_7bit(text);
    case TextEncoding::quoted_printable:
      return text.find('\0') == std::string_view::npos;
    case TextEncoding::base64:
      return text.empty();
  }
  return false;
}

void append_text_fields(std::string& out, std::string_view subtype, TextEncoding encoding) {
  constexpr std::string_view names[] = {"7bit", "quoted-printable", "base64"};
  out += "Content-Type: text/";
  out += subtype;
  out += "; charset=utf-8\r\nContent-Transfer-Encoding: ";
  out += names[static_cast<std::size_t>(encoding)];
  out += "\r\n\r\n";
}

void append_encoded(std::string& out, std::string_view text, TextEncoding encoding) {
  if (encoding == TextEncoding::as_7bit) {
    append_crlf_lines(out, text);
    return;
  }
  std::string lines;
  lines.reserve(text.size() + text.size() / 16);
  append_crlf_lines(lines, text);
  if (encoding == TextEncoding::quoted_printable) {
    append_quoted_printable(out, lines);
  } else {
    append_base64_lines(out, lines);
  }
}

void append_text_part(std::string& out, std::string_view subtype, std::string_view text) {
  const auto encoding = encoding_for(text);
  append_text_fields(out, subtype, encoding);
  append_encoded(out, text, encoding);
}

}  // namespace crier::format
