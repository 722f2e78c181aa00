#include "format/phone.hpp"

#include <fmt/format.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <unordered_map>

#include "base/text.hpp"
#include "format/phone_text.hpp"

namespace crier::format {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

PhoneReading invalid(std::string sentence) {
  PhoneReading reading;
  reading.problem = PhoneProblem{"invalid-phone", std::move(sentence)};
  return reading;
}

/// Numbers that Ofcom promises to give to nobody, so that films, examples and tests may use them; the library
/// does not know them.
std::optional<LineType> british_drama_number(const PhoneNumber& number) {
  if (number.country_code() != 44) return std::nullopt;
  const auto national = number.national_number();
  if (national / 1000 == 7'700'900) return LineType::mobile;
  if (national / 1000 == 1'632'960) return LineType::landline;
  return std::nullopt;
}

/// None: not a valid number. One question to the library where IsValidNumber and GetNumberType would ask the
/// same two.
std::optional<LineType> line_of(const PhoneNumber& number) {
  switch (PhoneNumberUtil::GetInstance()->GetNumberType(number)) {
    case PhoneNumberUtil::MOBILE:
      return LineType::mobile;
    case PhoneNumberUtil::FIXED_LINE:
      return LineType::landline;
    case PhoneNumberUtil::FIXED_LINE_OR_MOBILE:
      return LineType::mobile_or_landline;
    case PhoneNumberUtil::UNKNOWN:
      return british_drama_number(number);
    default:
      return LineType::other;
  }
}

std::string why_impossible(const PhoneNumber& number) {
  switch (PhoneNumberUtil::GetInstance()->IsPossibleNumberWithReason(number)) {
    case PhoneNumberUtil::TOO_SHORT:
      return "the number is too short";
    case PhoneNumberUtil::TOO_LONG:
      return "the number is too long";
    case PhoneNumberUtil::INVALID_COUNTRY_CODE:
      return "no country has this code";
    default:
      return "no such number is given to anybody";
  }
}

std::string why_unreadable(PhoneNumberUtil::ErrorType error, std::string_view country) {
  switch (error) {
    case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
      return fmt::format("no country has this code, and '{}' is no country whose numbers are known", country);
    case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
    case PhoneNumberUtil::TOO_SHORT_NSN:
      return "the number is too short";
    case PhoneNumberUtil::TOO_LONG_NSN:
      return "the number is too long";
    default:
      return "there is no telephone number in it";
  }
}

std::string foreign_sentence(std::string_view character) {
  if (character == "O" || character == "o") return "a letter O stands where a 0 belongs";
  if (character == "l" || character == "I") return "a letter stands where a 1 belongs";
  return fmt::format("the character '{}' belongs in no telephone number", character);
}

/// `+00 44 …` is written by people who know that the number is international.
std::string with_single_prefix(std::string_view number) {
  std::string text(number);
  if (text.starts_with("+00")) text.erase(1, 2);
  return text;
}

/// The island areas of the North American plan: there the seventh digit may decide too.
bool is_island(std::uint64_t national) {
  static constexpr std::array<std::uint64_t, 27> areas{242, 246, 264, 268, 284, 340, 345, 441, 473,
                                                       649, 658, 664, 670, 671, 684, 721, 758, 767,
                                                       784, 787, 809, 829, 849, 868, 869, 876, 939};
  return std::binary_search(areas.begin(), areas.end(), national / 10'000'000);
}

/// What the library says of numbers of ten digits, kept by their first six: of British mobiles and in the
/// United States and Canada it never looks at the last four (a test compares). One byte a prefix, filled as
/// numbers come.
template <std::uint64_t first_prefix, std::size_t prefixes>
class KnownLines {
 public:
  std::optional<LineType> line_of(const PhoneNumber& number) {
    // A drama number shares its prefix with none that is given out, but only a thousand of them are kept for
    // it.
    if (const auto drama = british_drama_number(number)) return drama;
    auto& slot = lines_[number.national_number() / 10'000 - first_prefix];
    const auto kept = slot.load(std::memory_order_relaxed);
    if (kept == no_line) return std::nullopt;
    if (kept != unknown) return static_cast<LineType>(kept - 1);
    const auto line = format::line_of(number);
    slot.store(line ? static_cast<std::uint8_t>(static_cast<int>(*line) + 1) : no_line,
               std::memory_order_relaxed);
    return line;
  }

 private:
  static constexpr std::uint8_t unknown = 0;
  static constexpr std::uint8_t no_line = 255;
  std::array<std::atomic<std::uint8_t>, prefixes> lines_{};
};

std::optional<LineType> line_of_plain(const PlainNumber& plain) {
  static KnownLines<700'000, 100'000> british;
  static KnownLines<200'000, 800'000> american;
  PhoneNumber number;
  number.set_country_code(plain.country_code);
  number.set_national_number(plain.national);
  if (plain.country_code == 44) return british.line_of(number);
  return is_island(plain.national) ? line_of(number) : american.line_of(number);
}

}  // namespace

std::string_view to_text(LineType line) {
  switch (line) {
    case LineType::mobile:
      return "mobile";
    case LineType::landline:
      return "landline";
    case LineType::mobile_or_landline:
      return "mobile-or-landline";
    case LineType::other:
      return "other";
  }
  return "";
}

std::optional<PhoneReading> read_plain_phone(std::string_view as_given, std::string_view country) {
  const auto plain = plain_number(trim_invisible(as_given), country);
  if (plain.national == 0) return std::nullopt;
  const auto line = line_of_plain(plain);
  if (!line) return std::nullopt;
  PhoneReading reading;
  reading.e164 = fmt::format("+{}{}", plain.country_code, plain.national);
  reading.line = *line;
  return reading;
}

PhoneReading read_phone(std::string_view as_given, std::string_view country) {
  if (auto plain = read_plain_phone(as_given, country)) return std::move(*plain);
  return read_phone_by_library(as_given, country);
}

PhoneReading read_phone_by_library(std::string_view as_given, std::string_view country) {
  const auto text = trim_invisible(as_given);
  if (text.empty()) return invalid("the cell is empty");
  if (is_scientific(text)) {  // C3
    return invalid("a spreadsheet wrote the number in its scientific form, and digits are lost");
  }
  if (holds_two_numbers(text)) {
    PhoneReading reading;
    reading.problem = PhoneProblem{"two-numbers", "there are two numbers in one cell"};
    return reading;
  }
  const auto taken = take_off_labels(text);
  if (const auto foreign = foreign_character(taken.number); !foreign.empty()) {
    return invalid(foreign_sentence(foreign));
  }
  const auto* library = PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  const auto error = library->Parse(with_single_prefix(taken.number), std::string(country), &number);
  if (error != PhoneNumberUtil::NO_PARSING_ERROR) return invalid(why_unreadable(error, country));
  const auto line = line_of(number);
  if (!line) return invalid(why_impossible(number));
  PhoneReading reading;
  library->Format(number, PhoneNumberUtil::E164, &reading.e164);
  reading.line = *line;
  reading.extension = taken.extension;
  return reading;
}

std::string country_of(std::string_view e164) {
  // A calling code that several countries share is told apart by the next digits.
  constexpr std::size_t telling_digits = 8;
  thread_local std::unordered_map<std::string, std::string> known;
  const std::string prefix(e164.substr(0, telling_digits));
  if (const auto found = known.find(prefix); found != known.end()) return found->second;
  const auto* library = PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  std::string country;
  if (library->Parse(std::string(e164), "ZZ", &number) == PhoneNumberUtil::NO_PARSING_ERROR) {
    library->GetRegionCodeForNumber(number, &country);
    if (country.size() != 2 || country == "ZZ") {
      library->GetRegionCodeForCountryCode(number.country_code(), &country);
    }
    if (country.size() != 2 || country == "ZZ") country.clear();
  }
  known.emplace(prefix, country);
  return country;
}

}  // namespace crier::format
