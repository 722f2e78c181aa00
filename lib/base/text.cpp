#include "base/text.hpp"

#include <unicode/brkiter.h>
#include <unicode/coll.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <numeric>
#include <stdexcept>

namespace crier {
namespace {

icu::UnicodeString to_icu(std::string_view text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
}

void require(UErrorCode status, const char* what) {
  if (U_FAILURE(status)) throw std::runtime_error(std::string(what) + ": " + u_errorName(status));
}

icu::BreakIterator& grapheme_breaks() {
  thread_local const std::unique_ptr<icu::BreakIterator> breaks = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> made(
        icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
    require(status, "ICU has no rules for characters");
    return made;
  }();
  return *breaks;
}

/// Letters that do not decompose but that a reader without the keyboard for them writes as another.
void append_base_letter(icu::UnicodeString& out, UChar32 c) {
  switch (c) {
    case 0x0111:
      out.append(u'd');
      break;  // đ
    case 0x0142:
      out.append(u'l');
      break;  // ł
    case 0x00F8:
      out.append(u'o');
      break;  // ø
    case 0x0131:
      out.append(u'i');
      break;  // ı
    case 0x00E6:
      out.append(u'a').append(u'e');
      break;
    case 0x0153:
      out.append(u'o').append(u'e');
      break;
    case 0x2019:
    case 0x2018:
    case 0x02BC:
      out.append(u'\'');
      break;
    case 0x2010:
    case 0x2011:
    case 0x2013:
      out.append(u'-');
      break;
    default:
      out.append(c);
  }
}

bool is_invisible(UChar32 c) {
  return u_isUWhiteSpace(c) || c == 0x200B || c == 0x200C || c == 0x200D || c == 0x2060 || c == 0xFEFF ||
         c == 0x180E;
}

}  // namespace

bool is_ascii(std::string_view text) {
  // Whole messages are asked about: eight bytes at a step.
  while (text.size() >= 8) {
    std::uint64_t eight;
    std::memcpy(&eight, text.data(), 8);
    if ((eight & 0x8080808080808080ULL) != 0) return false;
    text.remove_prefix(8);
  }
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_utf8(std::string_view bytes) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto size = static_cast<int64_t>(bytes.size());
  int64_t i = 0;
  while (i < size) {
    // Exports of a hundred megabytes are nearly all ASCII: eight bytes at a step.
    std::uint64_t eight;
    if (size - i >= 8 && (std::memcpy(&eight, data + i, 8), (eight & 0x8080808080808080ULL) == 0)) {
      i += 8;
      continue;
    }
    if (data[i] < 0x80) {
      ++i;
      continue;
    }
    // U8_NEXT counts in 32 bits: decode one character at a time from a window of four bytes.
    const uint8_t* window = data + i;
    const auto left = static_cast<int32_t>(std::min<int64_t>(4, size - i));
    int32_t used = 0;
    UChar32 c;
    U8_NEXT(window, used, left, c);
    if (c < 0) return false;
    i += used;
  }
  return true;
}

std::size_t count_graphemes(std::string_view utf8) {
  const auto text = to_icu(utf8);
  auto& breaks = grapheme_breaks();
  breaks.setText(text);
  std::size_t count = 0;
  while (breaks.next() != icu::BreakIterator::DONE) ++count;
  return count;
}

std::size_t count_utf16_units(std::string_view utf8) {
  std::size_t units = 0;
  for (const char byte : utf8) {
    const auto c = static_cast<unsigned char>(byte);
    if ((c & 0xC0) == 0x80) continue;
    units += c >= 0xF0 ? 2 : 1;
  }
  return units;
}

namespace {

/// A character by itself, as wcwidth(3) has it: what joins the letter before it takes nothing.
std::size_t columns_of(UChar32 c) {
  const auto type = u_charType(c);
  if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) return 0;
  const auto jamo = u_getIntPropertyValue(c, UCHAR_HANGUL_SYLLABLE_TYPE);
  if (jamo == U_HST_VOWEL_JAMO || jamo == U_HST_TRAILING_JAMO) return 0;
  const auto width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

/// What a reader sees as one: a flag, a family, a thumb of some colour and a keycap are pictures of two
/// columns, however many characters they are made of; anything else is as wide as its parts.
std::size_t columns_of_cluster(const icu::UnicodeString& text, int32_t start, int32_t end) {
  constexpr UChar32 picture_wanted = 0xFE0F;
  constexpr UChar32 joiner = 0x200D;
  bool picture = false;
  std::size_t columns = 0;
  for (int32_t at = start; at < end; at = text.moveIndex32(at, 1)) {
    const auto c = text.char32At(at);
    picture |= c == picture_wanted || u_hasBinaryProperty(c, UCHAR_EMOJI_MODIFIER) ||
               u_hasBinaryProperty(c, UCHAR_REGIONAL_INDICATOR) ||
               (c == joiner && u_hasBinaryProperty(text.char32At(start), UCHAR_EXTENDED_PICTOGRAPHIC));
    columns += columns_of(c);
  }
  const bool several = text.moveIndex32(start, 1) < end;
  return picture && several ? 2 : columns;
}

}  // namespace

std::size_t display_columns(std::string_view utf8) {
  if (is_ascii(utf8)) return utf8.size();
  const auto text = to_icu(utf8);
  auto& breaks = grapheme_breaks();
  breaks.setText(text);
  std::size_t columns = 0;
  for (int32_t start = breaks.first(), end = breaks.next(); end != icu::BreakIterator::DONE;
       start = end, end = breaks.next()) {
    columns += columns_of_cluster(text, start, end);
  }
  return columns;
}

std::string fold(std::string_view utf8) {
  std::string folded;
  if (is_ascii(utf8)) {
    folded.reserve(utf8.size());
    for (const char c : trim_invisible(utf8)) {
      const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
      if (blank) {
        if (folded.back() != ' ') folded += ' ';
      } else {
        folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      }
    }
    return folded;
  }
  UErrorCode status = U_ZERO_ERROR;
  const auto* decompose = icu::Normalizer2::getNFKDInstance(status);
  require(status, "ICU has no decompositions");
  const auto trimmed = trim_invisible(utf8);
  const auto apart = decompose->normalize(to_icu(trimmed).foldCase(), status);
  require(status, "cannot decompose a text");
  icu::UnicodeString out;
  bool after_blank = false;
  for (int32_t i = 0; i < apart.length(); i = apart.moveIndex32(i, 1)) {
    const UChar32 c = apart.char32At(i);
    if (u_charType(c) == U_NON_SPACING_MARK) continue;
    const bool blank = is_invisible(c);
    if (!blank) {
      append_base_letter(out, c);
    } else if (!after_blank && u_isUWhiteSpace(c)) {
      out.append(u' ');
    }
    after_blank = blank && (after_blank || u_isUWhiteSpace(c));
  }
  return out.toUTF8String(folded);
}

std::string sort_key(std::string_view utf8) {
  thread_local const std::unique_ptr<icu::Collator> collator = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::Collator> made(icu::Collator::createInstance(icu::Locale::getRoot(), status));
    require(status, "ICU has no collation");
    return made;
  }();
  const auto text = to_icu(utf8);
  std::string key(64, '\0');
  auto need =
      collator->getSortKey(text, reinterpret_cast<uint8_t*>(key.data()), static_cast<int32_t>(key.size()));
  if (need > static_cast<int32_t>(key.size())) {
    key.resize(static_cast<std::size_t>(need));
    need = collator->getSortKey(text, reinterpret_cast<uint8_t*>(key.data()), need);
  }
  key.resize(static_cast<std::size_t>(std::max(need - 1, 0)));  // without the closing zero
  return key;
}

std::string to_lower(std::string_view utf8) {
  std::string lower;
  if (is_ascii(utf8)) {
    lower.assign(utf8);
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return lower;
  }
  return to_icu(utf8).toLower(icu::Locale::getRoot()).toUTF8String(lower);
}

std::string to_upper(std::string_view utf8) {
  std::string upper;
  if (is_ascii(utf8)) {
    upper.assign(utf8);
    for (char& c : upper) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
    return upper;
  }
  return to_icu(utf8).toUpper(icu::Locale::getRoot()).toUTF8String(upper);
}

std::string_view trim_invisible(std::string_view utf8) {
  const auto* data = reinterpret_cast<const uint8_t*>(utf8.data());
  int32_t begin = 0;
  int32_t end = static_cast<int32_t>(utf8.size());
  while (begin < end) {
    int32_t next = begin;
    UChar32 c;
    U8_NEXT(data, next, end, c);
    if (c < 0 || !is_invisible(c)) break;
    begin = next;
  }
  while (end > begin) {
    int32_t before = end;
    UChar32 c;
    U8_PREV(data, begin, before, c);
    if (c < 0 || !is_invisible(c)) break;
    end = before;
  }
  return utf8.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  for (;;) {
    const auto at = text.find(separator, start);
    parts.push_back(text.substr(start, at == std::string_view::npos ? at : at - start));
    if (at == std::string_view::npos) return parts;
    start = at + 1;
  }
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  std::string joined;
  for (const auto& part : parts) {
    if (!joined.empty()) joined += separator;
    joined += part;
  }
  return joined;
}

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  const auto sought = fold(word);
  const std::size_t limit = std::max<std::size_t>(1, sought.size() / 3);
  std::string best;
  std::size_t best_distance = limit + 1;
  for (const auto& candidate : candidates) {
    const auto other = fold(candidate);
    std::size_t distance;
    if (sought.size() >= 3 && other.starts_with(sought)) {
      distance = 1;
    } else {
      // Optimal string alignment: two letters that changed places count as one slip.
      const auto n = sought.size();
      const auto m = other.size();
      std::vector<std::size_t> before(m + 1), last(m + 1), now(m + 1);
      std::iota(last.begin(), last.end(), 0);
      for (std::size_t i = 1; i <= n; ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= m; ++j) {
          const std::size_t change = sought[i - 1] == other[j - 1] ? 0 : 1;
          now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + change});
          if (i > 1 && j > 1 && sought[i - 1] == other[j - 2] && sought[i - 2] == other[j - 1]) {
            now[j] = std::min(now[j], before[j - 2] + 1);
          }
        }
        before = last;
        last = now;
      }
      distance = last[m];
    }
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  const auto near = nearest(word, candidates);
  return near.empty() ? std::string() : "; did you mean '" + near + "'?";
}

namespace {

/// As exports write them besides BCP 47: ISO 639-2, and in words.
constexpr std::array<std::pair<std::string_view, std::string_view>, 24> language_words{{
    {"eng", "en"},        {"english", "en"},    {"spa", "es"},  {"spanish", "es"}, {"español", "es"},
    {"castellano", "es"}, {"chi", "zh"},        {"zho", "zh"},  {"cmn", "zh"},     {"chinese", "zh"},
    {"mandarin", "zh"},   {"中文", "zh"},       {"汉语", "zh"}, {"fre", "fr"},     {"fra", "fr"},
    {"french", "fr"},     {"ger", "de"},        {"deu", "de"},  {"german", "de"},  {"deutsch", "de"},
    {"por", "pt"},        {"portuguese", "pt"}, {"pol", "pl"},  {"polish", "pl"},
}};

std::string language_tag(std::string_view language) {
  auto tag = to_lower(trim_invisible(language));
  std::replace(tag.begin(), tag.end(), '_', '-');
  const auto first = tag.substr(0, tag.find_first_of("- ("));
  for (const auto& [word, code] : language_words) {
    if (first == word)
      return std::string(code) + (tag.size() > first.size() && tag[first.size()] == '-'
                                      ? tag.substr(first.size())
                                      : std::string());
  }
  return tag;
}

}  // namespace

std::optional<std::size_t> best_language(std::span<const std::string> languages, std::string_view wanted) {
  for (auto sought = language_tag(wanted); !sought.empty();) {
    for (std::size_t place = 0; place < languages.size(); ++place) {
      const auto one = language_tag(languages[place]);
      if (one == sought || one.starts_with(sought + "-")) return place;
    }
    const auto dash = sought.rfind('-');
    sought.resize(dash == std::string::npos ? 0 : dash);
  }
  return std::nullopt;
}

}  // namespace crier
