// Text as crier keeps it: UTF-8, checked once at the border. What a length counts is in its name.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace crier {

bool is_utf8(std::string_view bytes);
bool is_ascii(std::string_view text);

/// What a reader sees as characters: extended grapheme clusters (UAX 29, as the installed ICU has them).
std::size_t count_graphemes(std::string_view utf8);

/// UTF-16 code units: what a UCS-2 text message is charged by.
std::size_t count_utf16_units(std::string_view utf8);

/// How many columns a terminal needs: wide East Asian characters and emoji take two, combining marks none.
std::size_t display_columns(std::string_view utf8);

/// The form under which names are compared: case and accents removed (`Đặng` = `DANG` = `dang`), white space
/// runs as one blank. Two texts are the same to a reader if their folds are equal (interface.md: comparison
/// ignores case and accents).
std::string fold(std::string_view utf8);

/// A key whose byte order is a list's order: family names as a reader expects them (root collation).
std::string sort_key(std::string_view utf8);

/// Lower case by Unicode's rules without regard to language.
std::string to_lower(std::string_view utf8);

/// Upper case by Unicode's rules without regard to language.
std::string to_upper(std::string_view utf8);

/// Takes white space and characters that nobody sees (no-break space, zero-width space, byte order mark) off
/// both ends; what is inside stays.
std::string_view trim_invisible(std::string_view utf8);

std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);

/// The candidate that looks most like `word` (by edit distance on folded text), or empty where none is near.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// `; did you mean 'X'?`, or empty where no candidate is near.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

/// Which of the languages (BCP 47) a reader of `wanted` gets, by place: less and less of the tag is looked
/// for, so that `zh-Hant-TW` reads `zh-Hant` before `zh-Hans`; `zh_TW` and `zh-tw` are one, `spa` and
/// `Spanish` are `es`. Nothing where none fits.
std::optional<std::size_t> best_language(std::span<const std::string> languages, std::string_view wanted);

}  // namespace crier
