#include "format/mail_header.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "format/mail_body.hpp"

namespace crier::format {
namespace {

constexpr std::size_t wished_line = 78;        // RFC 5322 2.1.1
constexpr std::size_t longest_raw_word = 900;  // well below the 998 of RFC 5322
constexpr std::size_t encoded_line = 76;       // RFC 2047 2
constexpr std::size_t longest_encoded = 75;
constexpr std::string_view b_start = "=?utf-8?b?";
constexpr std::string_view q_start = "=?utf-8?q?";
constexpr std::string_view word_end = "?=";

Error bad_header(std::string_view name, std::string_view why) {
  return {Exit::usage, "bad-header", fmt::format("the e-mail's '{}' {}", name, why),
          "Write it on one line, without control characters."};
}

void refuse_line_ends(std::string_view name, std::string_view value) {
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    throw bad_header(name, "holds a line break or a NUL");
  }
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

/// RFC 5322 atext.
bool is_atom_sign(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_plain_in_q(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '!' || c == '*' ||
         c == '+' || c == '-' || c == '/';
}

std::size_t q_cost(std::string_view text) {
  std::size_t cost = 0;
  for (const char c : text) cost += is_plain_in_q(c) || c == ' ' ? 1 : 3;
  return cost;
}

void append_q(std::string& out, std::string_view text) {
  static constexpr std::string_view hex = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_plain_in_q(c)) {
      out += c;
    } else if (c == ' ') {
      out += '_';
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'=', hex[byte >> 4], hex[byte & 15]};
    }
  }
}

std::size_t character_bytes(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return end - at;
}

/// Appends the text as encoded words, the first one beginning at `column`; returns the column behind the
/// last.
std::size_t append_encoded_words(std::string& out, std::string_view text, std::size_t column) {
  const bool as_q = q_cost(text) <= (text.size() + 2) / 3 * 4;
  const std::size_t frame = b_start.size() + word_end.size();
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t room =
        std::min(longest_encoded, encoded_line - std::min(column, encoded_line - 30)) - frame;
    std::size_t end = start;
    std::size_t q_used = 0;
    while (end < text.size()) {
      const auto bytes = character_bytes(text, end);
      const auto q_next = q_used + q_cost(text.substr(end, bytes));
      const auto b_next = (end + bytes - start + 2) / 3 * 4;
      if ((as_q ? q_next : b_next) > room) break;
      q_used = q_next;
      end += bytes;
    }
    const auto before = out.size();
    out += as_q ? q_start : b_start;
    as_q ? append_q(out, text.substr(start, end - start))
         : append_base64(out, text.substr(start, end - start));
    out += word_end;
    column += out.size() - before;
    start = end;
    if (start < text.size()) {
      out += "\r\n ";
      column = 1;
    }
  }
  return column;
}

/// Appends ASCII words, folded before a blank where the line would grow too long; returns the column.
std::size_t append_folded(std::string& out, std::string_view text, std::size_t column) {
  for (std::size_t start = 0; start < text.size();) {
    const auto word = std::min(text.find_first_not_of(' ', start), text.size());
    const auto end = std::min(text.find(' ', word), text.size());
    const auto piece = text.substr(start, end - start);
    if (start > 0 && column + piece.size() > wished_line) {
      out += "\r\n";
      column = 0;
    }
    out += piece;
    column += piece.size();
    start = end;
  }
  return column;
}

bool has_long_word(std::string_view text) {
  std::size_t length = 0;
  for (const char c : text) {
    length = c == ' ' ? 0 : length + 1;
    if (length > longest_raw_word) return true;
  }
  return false;
}

bool goes_raw(std::string_view text) {
  return is_printable(text) && text.find("=?") == std::string_view::npos && !has_long_word(text) &&
         !text.starts_with(' ') && !text.ends_with(' ');
}

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

void check_address(std::string_view field, std::string_view address) {
  const auto at = address.rfind('@');
  const bool framed =
      at != std::string_view::npos && at > 0 && at + 1 < address.size() && address.size() <= 512;
  const bool quoted_local = framed && address.front() == '"' && address[at - 1] == '"' && at > 1;
  const auto bad = std::find_if(address.begin(), address.end(), [&](char c) {
    const bool separates = c == ' ' || c == ',' || c == ';' || c == '<' || c == '>' || c == '(' || c == ')';
    return (c >= 0 && c < 0x20) || c == 0x7F || (separates && !quoted_local) || c == '\\';
  });
  if (!framed || bad != address.end()) throw bad_header(field, "is not an e-mail address");
}

void check_field_name(std::string_view name) {
  const bool good = !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return c > 0x20 && c < 0x7F && c != ':';
  });
  if (!good) throw bad_header(name, "is not a name for a header field");
}

}  // namespace

void append_text_field(std::string& out, std::string_view name, std::string_view text) {
  check_field_name(name);
  refuse_line_ends(name, text);
  out += name;
  out += ": ";
  const auto column = name.size() + 2;
  goes_raw(text) ? append_folded(out, text, column) : append_encoded_words(out, text, column);
  out += "\r\n";
}

void append_mailbox_field(std::string& out, std::string_view name, std::string_view display_name,
                          std::string_view address) {
  check_field_name(name);
  refuse_line_ends(name, display_name);
  check_address(name, address);
  out += name;
  out += ": ";
  std::size_t column = name.size() + 2;
  if (display_name.empty()) {
    out += address;
    out += "\r\n";
    return;
  }
  const bool atoms = std::all_of(display_name.begin(), display_name.end(),
                                 [](char c) { return is_atom_sign(c) || c == ' '; });
  const bool plain = atoms && display_name.find("  ") == std::string_view::npos;
  const auto phrase = plain ? std::string(display_name) : quoted(display_name);
  column = goes_raw(display_name) && !has_long_word(phrase) ? append_folded(out, phrase, column)
                                                            : append_encoded_words(out, display_name, column);
  out += column + address.size() + 3 > wished_line ? "\r\n <" : " <";
  out += address;
  out += ">\r\n";
}

void append_message_id(std::string& out, std::string_view id) {
  if (id.starts_with('<') && id.ends_with('>')) id = id.substr(1, id.size() - 2);
  const bool good =
      id.size() >= 3 && id.size() <= 900 && id.find('@') != std::string_view::npos &&
      std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '<' && c != '>'; });
  if (!good) throw bad_header("Message-ID", "is not of the form name@host");
  out += "Message-ID: <";
  out += id;
  out += ">\r\n";
}

void append_file_name(std::string& out, std::string_view file_name) {
  refuse_line_ends("filename", file_name);
  if (is_printable(file_name) && file_name.size() <= 60) {
    out += "; filename=" + quoted(file_name);
    return;
  }
  out += ";\r\n filename*=utf-8''";
  for (const char c : file_name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_';
    plain ? out += c : out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
}

}  // namespace crier::format
