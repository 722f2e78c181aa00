// What stands around the list of a notice, in each language that crier writes notices in: greeting, ends,
// where to look for more. The words of a kind of notice are in the kind's own file.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace crier::schedule {

/// The languages of notices (BCP 47), in one order everywhere; the first is for whoever reads none of them.
inline constexpr std::array<std::string_view, 3> notice_languages{"en", "es", "zh-Hans"};
/// Which of them a reader gets, by place: `zh-CN` reads `zh-Hans`, an unknown language the first.
std::size_t notice_language(std::string_view wanted);

struct LetterWords {
  /// `title` and `family` may be empty, `name` is how the reader is called; all empty: a greeting without a
  /// name.
  std::string (*greeting)(std::string_view title, std::string_view family, std::string_view name);
  /// `Fri 27 Nov 2026`
  std::string (*date)(Date date);
  /// Of very many pupils: `23 in all, 14 pupils`.
  std::string (*of_pupils)(std::size_t findings, std::size_t pupils);
  /// `… and 3 more`
  std::string (*and_more)(std::size_t count);
  /// Before the portal's address, with a blank behind where the language has one.
  std::string_view more_in_portal;
  std::string_view details;
  std::string_view details_in_email;
  std::string_view details_in_inbox;
  std::string_view ask_the_school;
  std::string_view regards;
  std::string_view no_replies;
};

/// By the place in `notice_languages`.
const LetterWords& letter_words(std::size_t language);

}  // namespace crier::schedule
