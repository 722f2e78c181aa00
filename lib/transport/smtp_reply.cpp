#include "transport/smtp_reply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/text.hpp"

namespace crier::transport {

namespace {

/// No reply that a person may want to read is longer; the rest of a longer one is dropped.
constexpr std::size_t kept_bytes = 16 * 1024;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The status at the head of a line with its end: `5.1.1`; 0 where there is none.
std::size_t enhanced_length(std::string_view line) {
  if (line.size() < 5 || (line[0] != '2' && line[0] != '4' && line[0] != '5') || line[1] != '.') return 0;
  std::size_t at = 2;
  for (int part = 0; part < 2; ++part) {
    const auto start = at;
    while (at < line.size() && is_digit(line[at])) ++at;
    if (at == start || at - start > 3) return 0;
    if (part == 0 && (at >= line.size() || line[at++] != '.')) return 0;
  }
  return at == line.size() || line[at] == ' ' ? at : 0;
}

/// The length of the UTF-8 character at the head, 0 where it is none.
std::size_t character_length(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  return length <= bytes.size() && is_utf8(bytes.substr(0, length)) ? length : 0;
}

/// C0 and C1 controls, and the separators that end a line elsewhere.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  if (character.size() == 2) return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
  return character == "\u2028" || character == "\u2029";
}

bool is_plain(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

}  // namespace

std::string printable(std::string_view bytes, std::size_t limit) {
  if (bytes.size() <= limit && is_plain(bytes)) return std::string(bytes);
  std::string text;
  while (!bytes.empty()) {
    const auto length = character_length(bytes);
    auto character = bytes.substr(0, std::max<std::size_t>(length, 1));
    bytes.remove_prefix(character.size());
    if (length == 0) character = "\uFFFD";
    if (is_control(character)) character = " ";
    if (text.size() + character.size() > limit) break;
    text += character;
  }
  return text;
}

std::string_view Reply::enhanced() const {
  const std::string_view text = lines;
  return text.substr(0, enhanced_length(text.substr(0, text.find('\n'))));
}

std::string Reply::one_line() const {
  std::string text;
  for (auto line : split(lines, '\n')) {
    line.remove_prefix(enhanced_length(line));
    while (line.starts_with(' ')) line.remove_prefix(1);
    while (line.ends_with(' ')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (!text.empty()) text += " / ";
    text += line;
  }
  return printable(text);
}

std::span<char> ReplyParser::room() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  return std::span(buffer_).subspan(end_);
}

ReplyParser::Progress ReplyParser::nonsense(std::string complaint) {
  complaint_ = std::move(complaint);
  return Progress::nonsense;
}

ReplyParser::Progress ReplyParser::next(Reply& reply) {
  for (;;) {
    const auto waiting = unread();
    const auto length = waiting.find('\n');
    if (std::min(length, waiting.size()) > line_limit) {
      return nonsense(fmt::format("a line of more than {} bytes", line_limit));
    }
    if (length == std::string_view::npos) return Progress::more;
    auto line = waiting.substr(0, length);
    if (line.ends_with('\r')) line.remove_suffix(1);
    begin_ += length + 1;
    const auto progress = take_line(line, reply);
    if (progress != Progress::more) return progress;
  }
}

ReplyParser::Progress ReplyParser::take_line(std::string_view line, Reply& reply) {
  if (line.find('\0') != std::string_view::npos) return nonsense("a NUL in a reply");
  const bool has_code = line.size() >= 3 && line[0] >= '2' && line[0] <= '5' && is_digit(line[1]) &&
                        is_digit(line[2]) && (line.size() == 3 || line[3] == ' ' || line[3] == '-');
  if (!has_code) {
    offending_ = printable(line, 80);
    return nonsense("not an SMTP reply");
  }
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (lines_ == 0) {
    reply.code = code;
    reply.lines.clear();
  } else if (code != reply.code) {
    return nonsense(fmt::format("a reply that begins with {} and goes on with {}", reply.code, code));
  }
  if (++lines_ > lines_limit) return nonsense(fmt::format("a reply of more than {} lines", lines_limit));
  const auto text = line.substr(std::min<std::size_t>(line.size(), 4));
  if (reply.lines.size() + text.size() < kept_bytes) {
    if (lines_ > 1) reply.lines += '\n';
    reply.lines += text;
  }
  if (line.size() > 3 && line[3] == '-') return Progress::more;
  lines_ = 0;
  return Progress::complete;
}

}  // namespace crier::transport
