#include "format/gsm7.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <string>
#include <unordered_map>

namespace crier::format {
namespace {

constexpr std::u32string_view basic =
    U"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    U"abcdefghijklmnopqrstuvwxyzäöñüà";
constexpr std::u32string_view extension = U"\f^{}\\[~]|€";

struct Limits {
  std::size_t alone;
  std::size_t of_several;
};
constexpr Limits gsm7_limits{160, 153};
constexpr Limits ucs2_limits{70, 67};

/// Whole characters of valid UTF-8: each with where it begins and ends.
template <typename Visit>
void each_character(std::string_view utf8, const Visit& visit) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(utf8.data());
  const auto length = static_cast<std::int32_t>(utf8.size());
  for (std::int32_t at = 0; at < length;) {
    const auto from = at;
    UChar32 character = 0;
    U8_NEXT(bytes, at, length, character);
    visit(character < 0 ? U'\uFFFD' : static_cast<char32_t>(character),
          utf8.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(at - from)));
  }
}

bool fits_gsm7(std::string_view utf8) {
  bool fits = true;
  each_character(utf8,
                 [&](char32_t character, std::string_view) { fits &= gsm7_cost(character).has_value(); });
  return fits;
}

std::size_t cost_of(char32_t character, SmsEncoding encoding) {
  if (encoding == SmsEncoding::gsm7) return static_cast<std::size_t>(gsm7_cost(character).value_or(1));
  return character > 0xFFFF ? 2 : 1;
}

/// Calls `part` for each part with its bytes' span; returns the units of all.
template <typename Part>
std::size_t each_part(std::string_view utf8, SmsEncoding encoding, const Part& part) {
  std::size_t units = 0;
  each_character(utf8, [&](char32_t character, std::string_view) { units += cost_of(character, encoding); });
  const auto& limits = encoding == SmsEncoding::gsm7 ? gsm7_limits : ucs2_limits;
  if (units <= limits.alone) {
    if (!utf8.empty()) part(utf8);
    return units;
  }
  std::size_t begin = 0, end = 0, used = 0;
  each_character(utf8, [&](char32_t character, std::string_view bytes) {
    const auto cost = cost_of(character, encoding);
    if (used + cost > limits.of_several) {
      part(utf8.substr(begin, end - begin));
      begin = end;
      used = 0;
    }
    used += cost;
    end += bytes.size();
  });
  part(utf8.substr(begin));
  return units;
}

/// What stands for a character that the alphabet does not have; nothing where the table knows none.
const std::unordered_map<char32_t, std::string_view>& plain_forms() {
  static const std::unordered_map<char32_t, std::string_view> forms{
      {U'–', "-"},  {U'—', "-"},  {U'−', "-"},  {U'‑', "-"},  {U'‐', "-"},       {U'…', "..."},
      {U'‘', "'"},  {U'’', "'"},  {U'‚', "'"},  {U'`', "'"},  {U'´', "'"},       {U'“', "\""},
      {U'”', "\""}, {U'„', "\""}, {U'«', "\""}, {U'»', "\""}, {U'\t', " "},      {U'Ł', "L"},
      {U'ł', "l"},  {U'Đ', "D"},  {U'đ', "d"},  {U'ð', "d"},  {U'Ð', "D"},       {U'þ', "th"},
      {U'Þ', "Th"}, {U'ı', "i"},  {U'œ', "oe"}, {U'Œ', "OE"}, {U'ẞ', "SS"},      {U'•', "-"},
      {U'·', "-"},  {U'′', "'"},  {U'″', "\""}, {U'×', "x"},  {U'\u2028', "\n"}, {U'\u2029', "\n"}};
  return forms;
}

/// The letter without what stands above and below it.
std::string base_letter(char32_t character) {
  UErrorCode status = U_ZERO_ERROR;
  const auto* normalizer = icu::Normalizer2::getNFKDInstance(status);
  if (U_FAILURE(status)) return "";
  const auto apart = normalizer->normalize(icu::UnicodeString(static_cast<UChar32>(character)), status);
  if (U_FAILURE(status)) return "";
  icu::UnicodeString kept;
  for (std::int32_t at = 0; at < apart.length(); at = apart.moveIndex32(at, 1)) {
    const auto part = apart.char32At(at);
    if (u_charType(part) == U_NON_SPACING_MARK) continue;
    if (!gsm7_cost(static_cast<char32_t>(part))) return "";
    kept.append(part);
  }
  std::string text;
  kept.toUTF8String(text);
  return text;
}

bool is_invisible(char32_t character) {
  const auto type = u_charType(static_cast<UChar32>(character));
  return type == U_FORMAT_CHAR || (type == U_NON_SPACING_MARK && character >= 0xFE00 && character <= 0xFE0F);
}

}  // namespace

std::optional<int> gsm7_cost(char32_t character) {
  if (character >= U'a' && character <= U'z') return 1;
  if (basic.find(character) != basic.npos) return 1;
  if (extension.find(character) != extension.npos) return 2;
  return std::nullopt;
}

SmsCount count_sms(std::string_view utf8) {
  SmsCount count;
  count.encoding = fits_gsm7(utf8) ? SmsEncoding::gsm7 : SmsEncoding::ucs2;
  count.units = each_part(utf8, count.encoding, [&](std::string_view) { ++count.segments; });
  return count;
}

std::vector<std::string> split_sms(std::string_view utf8) {
  std::vector<std::string> parts;
  each_part(utf8, fits_gsm7(utf8) ? SmsEncoding::gsm7 : SmsEncoding::ucs2,
            [&](std::string_view part) { parts.emplace_back(part); });
  return parts;
}

std::vector<std::string> characters_beyond_gsm7(std::string_view utf8) {
  std::vector<std::string> all;
  each_character(utf8, [&](char32_t character, std::string_view bytes) {
    if (!gsm7_cost(character) && std::find(all.begin(), all.end(), bytes) == all.end())
      all.emplace_back(bytes);
  });
  return all;
}

Transliteration transliterate_to_gsm7(std::string_view utf8) {
  Transliteration made;
  each_character(utf8, [&](char32_t character, std::string_view bytes) {
    if (gsm7_cost(character)) {
      made.text += bytes;
      return;
    }
    const auto form = plain_forms().find(character);
    if (form != plain_forms().end()) {
      made.text += form->second;
      return;
    }
    if (is_invisible(character)) return;
    if (u_charType(static_cast<UChar32>(character)) == U_SPACE_SEPARATOR) {
      made.text += ' ';
      return;
    }
    if (const auto base = base_letter(character); !base.empty()) {
      made.text += base;
      return;
    }
    made.text += bytes;
    const std::string written(bytes);
    if (std::find(made.without_equal.begin(), made.without_equal.end(), written) ==
        made.without_equal.end()) {
      made.without_equal.push_back(written);
    }
  });
  return made;
}

}  // namespace crier::format
