// A text message that came back from a phone (D12). Read by office/replies, kept by store/reply_store.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"

namespace crier {

/// What a word alone in a reply asks for; none: somebody has to read it.
enum class ReplyWord { none, stop, start, help };

constexpr std::string_view to_text(ReplyWord word) {
  constexpr std::array<std::string_view, 4> words{"", "stop", "start", "help"};
  return words[static_cast<std::size_t>(word)];
}

constexpr ReplyWord parse_reply_word(std::string_view text) {
  for (const auto word : {ReplyWord::stop, ReplyWord::start, ReplyWord::help}) {
    if (to_text(word) == text) return word;
  }
  return ReplyWord::none;
}

struct Reply {
  std::int64_t id = 0;
  /// `sms`.
  std::string channel;
  /// The gateway's own id, or empty.
  std::string gateway_id;
  /// E.164 where it is a number, else as it came.
  std::string sender;
  /// Our own number, as it came.
  std::string recipient;
  std::string text;
  ReplyWord word = ReplyWord::none;
  Instant received{};
  /// It was answered by itself.
  bool answered = false;
  /// Somebody has dealt with it: when and who. What a word asks for is done at once, by `crier`.
  std::optional<Instant> done;
  std::string done_by;
};

/// Whoever has the number that a reply came from.
struct ReplyPerson {
  std::int64_t person = 0;
  std::string code;
  std::string name;
  std::string school;
};

struct ReplyRow : Reply {
  std::vector<ReplyPerson> people;
};

}  // namespace crier
