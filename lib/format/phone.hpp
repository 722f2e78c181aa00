// A cell of an export as a telephone number: E.164 and the kind of its line, or the reason why it is none
// (R4, C2, C3). Mended is only what is certain; nothing is guessed, and no digit is added. Called by intake
// for each distinct value, from several threads at once.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace crier::format {

enum class LineType {
  mobile,
  landline,
  /// Numbering plans that do not tell (North America).
  mobile_or_landline,
  /// Freephone, premium, pager, personal and company-wide numbers.
  other,
};
std::string_view to_text(LineType line);

struct PhoneProblem {
  /// `invalid-phone` or `two-numbers`.
  std::string_view code;
  /// One sentence for people; it does not repeat the number.
  std::string sentence;
};

struct PhoneReading {
  /// `+447400900123`; empty where there is a problem.
  std::string e164;
  LineType line = LineType::other;
  /// An extension that stood behind the number and is no part of E.164.
  std::string extension;
  std::optional<PhoneProblem> problem;
};

/// Reads a cell by the habits of a country (ISO 3166, `GB`). Taken off: blanks and invisible characters,
/// labels
/// (`mob: `, `(home)`), a spreadsheet's apostrophe in front or `="…"` around, `.0` behind, an extension.
/// Numbers that Ofcom keeps for drama (07700 900xxx, 01632 960xxx) count as valid.
PhoneReading read_phone(std::string_view as_given, std::string_view country);

/// The short way alone, a fraction of a microsecond: for numbers spelled plainly in countries whose plan it
/// knows.
std::optional<PhoneReading> read_plain_phone(std::string_view as_given, std::string_view country);

/// The same without the short way for plainly spelled numbers: for the test that compares the two.
PhoneReading read_phone_by_library(std::string_view as_given, std::string_view country);

/// The country of a number in E.164 (`GB`), or empty where none is known: what a price goes by. Numbers that
/// begin alike are asked for once.
std::string country_of(std::string_view e164);

}  // namespace crier::format
