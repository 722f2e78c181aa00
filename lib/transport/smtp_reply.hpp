// What an SMTP server says: bytes → replies, with a bound on everything, since the other side may be broken
// or hostile. No I/O here. Read by transport/smtp_session.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace crier::transport {

struct Reply {
  int code = 0;
  /// The text of its lines without code, separated by '\n', as received.
  std::string lines;

  bool positive() const { return code >= 200 && code < 300; }
  bool refusal() const { return code >= 400; }
  /// RFC 3463 status at the head of the text (`5.1.1`), or empty.
  std::string_view enhanced() const;
  /// The text in one line for people: lines joined by ` / `, the enhanced status of each taken off, UTF-8,
  /// without control characters, at most 1,000 bytes.
  std::string one_line() const;
};

/// Any bytes as one line of UTF-8 without control characters, at most `limit` bytes; never cut within a
/// character.
std::string printable(std::string_view bytes, std::size_t limit = 1000);

class ReplyParser {
 public:
  static constexpr std::size_t line_limit = 4096;
  static constexpr int lines_limit = 200;

  /// nonsense: no SMTP reply begins or goes on like that (no code, codes of one reply differ, a NUL, a line
  /// or a reply without end); `complaint()` says which. Nothing more can be read after it.
  enum class Progress { complete, more, nonsense };

  /// Where to put bytes that arrive, and how many came. Never empty after `next` said `more`.
  std::span<char> room();
  void added(std::size_t count) { end_ += count; }
  /// Takes one whole reply off. `reply` may be changed before it is complete.
  Progress next(Reply& reply);
  /// Bytes that belong to no reply taken so far.
  std::string_view unread() const { return {buffer_.data() + begin_, end_ - begin_}; }
  const std::string& complaint() const { return complaint_; }
  /// The beginning of the line that was no reply, as printable text; empty for other complaints. It may hold
  /// anything that the server was told.
  const std::string& offending() const { return offending_; }

 private:
  Progress nonsense(std::string complaint);
  Progress take_line(std::string_view line, Reply& reply);

  std::array<char, 2 * line_limit> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  /// Lines of the reply under way; 0 between replies.
  int lines_ = 0;
  std::string complaint_;
  std::string offending_;
};

}  // namespace crier::transport
