// Text messages as networks count them (M1, facts.md): the GSM 7-bit alphabet packed exactly, else UCS-2; how
// many parts a text has, what each holds, and the nearest text that the alphabet can write.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crier::format {

enum class SmsEncoding { gsm7, ucs2 };

struct SmsCount {
  SmsEncoding encoding = SmsEncoding::gsm7;
  /// Septets, or UTF-16 units.
  std::size_t units = 0;
  /// 0 for an empty text.
  std::size_t segments = 0;
};

/// Whether the alphabet with its extension holds a character, and how many septets it costs (1 or 2).
std::optional<int> gsm7_cost(char32_t character);

/// Neither an escape pair nor a surrogate pair is parted: 160 septets or 70 units alone, 153 or 67 in each of
/// several parts.
SmsCount count_sms(std::string_view utf8);

/// The parts, as UTF-8.
std::vector<std::string> split_sms(std::string_view utf8);

/// The characters that the alphabet does not have, each once.
std::vector<std::string> characters_beyond_gsm7(std::string_view utf8);

struct Transliteration {
  std::string text;
  /// Characters that the alphabet does not have and nothing stands for, each once: they are still in the
  /// text.
  std::vector<std::string> without_equal;
};

/// Dashes, quotation marks, ellipses, no-break spaces and tabs become plain, invisible characters go, letters
/// lose the accents that the alphabet does not have.
Transliteration transliterate_to_gsm7(std::string_view utf8);

}  // namespace crier::format
