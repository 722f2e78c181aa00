// The words that somebody may answer a text message with to hear no more, to hear again, or to ask who we are
// (D12), and what they are told then. One table of languages.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/reply.hpp"

namespace crier::message {

struct KnownWord {
  ReplyWord word = ReplyWord::none;
  /// In which the answer is, where the person's own is not known: `en`, `es`, `zh`.
  std::string_view language = "en";
  /// It says something else too (`yes`): it counts only where there is something for it to take back.
  bool is_common = false;
};

/// A text that is one of the words and nothing else: in any case, with or without accents, blanks and marks
/// around it. `more` are further words, in lower case, by what they ask for.
KnownWord known_word(std::string_view text, const std::map<std::string, ReplyWord>& more);

/// What the words of a settings' list are compared as.
std::string folded_word(std::string_view text);

/// Twilio's own words, which it answers itself.
bool is_answered_by_twilio(std::string_view text);

/// What a person is told, in one part of a text message where the school's name is short. Empty for `none`.
std::string answer_to(ReplyWord word, std::string_view language, std::string_view school);

}  // namespace crier::message
