#include "format/phone_text.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/text.hpp"

namespace crier::format {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_digit));
}

/// Words that people write beside a number to say whose or where it is.
bool is_label(std::string_view word) {
  static constexpr std::array<std::string_view, 32> labels{
      "mob",   "mobile", "m",      "tel",    "telephone", "t",      "phone",    "ph",
      "cell",  "home",   "h",      "work",   "w",         "office", "landline", "sms",
      "text",  "mum",    "mom",    "mother", "dad",       "father", "parent",   "guardian",
      "carer", "nan",    "granny", "gran",   "emergency", "day",    "evening",  "number"};
  const auto lower = to_lower(word);
  return std::find(labels.begin(), labels.end(), lower) != labels.end();
}

bool is_label_sign(char c) {
  return is_letter(c) || is_blank(c) || c == '.' || c == '\'' || c == '/' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::string_view take_off_front(std::string_view text) {
  // How exports keep a spreadsheet from taking the number for a number: '07… and ="07…".
  if (text.starts_with('\'')) text.remove_prefix(1);
  if (text.size() > 3 && text.starts_with("=\"") && text.ends_with('"')) {
    text = trim_invisible(text.substr(2, text.size() - 3));
  }
  const auto colon = text.find(':');
  if (colon != std::string_view::npos && colon > 0 && colon <= 32 &&
      std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), is_label_sign)) {
    return trim_invisible(text.substr(colon + 1));
  }
  const auto end =
      static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_letter) - text.begin());
  if (end > 0 && end < text.size() && is_label(text.substr(0, end))) {
    auto rest = text.substr(end);
    if (rest.starts_with('.')) rest.remove_prefix(1);
    return trim_invisible(rest);
  }
  return text;
}

std::string_view take_off_back(std::string_view text) {
  if (text.ends_with(')')) {
    const auto open = text.rfind('(');
    if (open != std::string_view::npos && open > 0) {
      const auto inside = text.substr(open + 1, text.size() - open - 2);
      if (!inside.empty() && std::all_of(inside.begin(), inside.end(), is_label_sign)) {
        return trim_invisible(text.substr(0, open));
      }
    }
  }
  std::size_t start = text.size();
  while (start > 0 && is_letter(text[start - 1])) --start;
  if (start > 0 && start < text.size() && is_label(text.substr(start))) {
    auto rest = trim_invisible(text.substr(0, start));
    if (rest.ends_with('-') && !rest.ends_with("--")) rest.remove_suffix(1);
    return trim_invisible(rest);
  }
  return text;
}

/// `.0` of a number that a program took for a fraction, and a full stop or comma that ends a sentence.
std::string_view take_off_tail(std::string_view text) {
  if (text.size() > 8 && text.ends_with(".0") && count_digits(text) == text.size() - 1) text.remove_suffix(2);
  if (text.size() > 1 && (text.back() == '.' || text.back() == ',') && is_digit(text[text.size() - 2])) {
    text.remove_suffix(1);
  }
  return text;
}

PhoneText take_off_extension(std::string_view text) {
  std::size_t end = text.size();
  if (text.ends_with(')')) --end;
  std::size_t digits = end;
  while (digits > 0 && is_digit(text[digits - 1])) --digits;
  const auto extension = text.substr(digits, end - digits);
  std::size_t word_end = digits;
  while (word_end > 0 &&
         (is_blank(text[word_end - 1]) || text[word_end - 1] == '.' || text[word_end - 1] == ':')) {
    --word_end;
  }
  std::size_t word = word_end;
  while (word > 0 && is_letter(text[word - 1])) --word;
  const auto lower = to_lower(text.substr(word, word_end - word));
  const bool says_so = lower == "ext" || lower == "extn" || lower == "extension" || lower == "x";
  if (!says_so || extension.empty() || extension.size() > 7) return {text, {}};
  auto number = trim_invisible(text.substr(0, word));
  while (!number.empty() && (number.back() == ',' || number.back() == '(' || number.back() == '-')) {
    number = trim_invisible(number.substr(0, number.size() - 1));
  }
  return {number, extension};
}

bool is_word_between(std::string_view word) {
  const auto lower = to_lower(word);
  return lower != "x" && lower != "ext" && lower != "extn" && lower != "extension";
}

std::uint64_t value_of(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

std::uint64_t plain_british_mobile(std::string_view text, std::string_view country) {
  const bool plus = text.front() == '+';
  if (plus) text.remove_prefix(1);
  if (text.empty() || !is_digit(text.front())) return 0;
  std::array<char, 24> digits{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      digits[count++] = c;
    } else if (c == '(') {
      const bool after_code = (plus && count == 2) || (!plus && count == 4);
      if (!after_code || !text.substr(i).starts_with("(0)")) return 0;
      i += 2;
    } else if (c != ' ' && c != '-') {
      return 0;
    } else if (i > 0 && (text[i - 1] == ' ' || text[i - 1] == '-')) {
      return 0;
    }
  }
  std::string_view number(digits.data(), count);
  const bool british = country == "GB";
  if (plus) {
    if (!number.starts_with("44")) return 0;
    number.remove_prefix(2);
  } else if (!british) {
    return 0;
  } else if (number.starts_with("0044")) {
    number.remove_prefix(4);
  } else if (number.size() == 11 && number.starts_with("07")) {
    number.remove_prefix(1);
  } else if (number.size() == 12 && number.starts_with("447")) {
    number.remove_prefix(2);
  }
  if (number.size() != 10 || number.front() != '7') return 0;
  return value_of(number);
}

/// Ten digits as 3-3-4, whatever stands between these groups, and the 1 before them.
std::uint64_t plain_american(std::string_view text, std::string_view country) {
  const bool plus = text.starts_with('+');
  if (plus) text.remove_prefix(1);
  if (!plus && country != "US" && country != "CA") return 0;
  std::array<char, 24> digits{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool prefixed = count > 0 && digits[0] == '1';
    const std::size_t own = count - (prefixed ? 1 : 0);
    if (is_digit(c)) {
      digits[count++] = c;
    } else if (c == '(') {
      if (own != 0 || text.size() - i < 5 || text[i + 4] != ')') return 0;
      if (!std::all_of(text.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                       text.begin() + static_cast<std::ptrdiff_t>(i) + 4, is_digit)) {
        return 0;
      }
    } else if (c == ')') {
      if (own != 3 || i < 4 || text[i - 4] != '(') return 0;
    } else if (c == ' ' || c == '-' || c == '.') {
      const bool between = (own == 0 && prefixed) || own == 3 || own == 6;
      if (!between || !(is_digit(text[i - 1]) || text[i - 1] == ')')) return 0;
    } else {
      return 0;
    }
  }
  std::string_view number(digits.data(), count);
  if (number.starts_with('1')) {
    number.remove_prefix(1);
  } else if (plus) {
    return 0;
  }
  if (number.size() != 10 || number.front() < '2') return 0;
  return value_of(number);
}

}  // namespace

PhoneText take_off_labels(std::string_view text) {
  text = take_off_front(trim_invisible(text));
  // A label may stand before or behind the extension.
  auto taken = take_off_extension(take_off_tail(take_off_back(text)));
  taken.number = take_off_tail(take_off_back(taken.number));
  return taken;
}

bool is_scientific(std::string_view text) {
  const auto e = text.find_first_of("eE");
  if (e == std::string_view::npos || e == 0 || e + 1 >= text.size()) return false;
  const auto mantissa = text.substr(text.starts_with('+') ? 1 : 0, e - (text.starts_with('+') ? 1 : 0));
  auto power = text.substr(e + 1);
  if (power.starts_with('+')) power.remove_prefix(1);
  return !mantissa.empty() && is_digit(mantissa.front()) &&
         std::all_of(mantissa.begin(), mantissa.end(),
                     [](char c) { return is_digit(c) || c == '.' || c == ','; }) &&
         !power.empty() && power.size() <= 2 && count_digits(power) == power.size();
}

bool holds_two_numbers(std::string_view text) {
  std::size_t numbers = 0;  // parts that can be a number of their own
  std::size_t tokens = 0;   // parts between blanks that can be nothing else
  std::size_t part = 0;
  std::size_t token = 0;
  const auto end_part = [&](std::size_t least) {
    if (part >= least) ++numbers;
    part = 0;
  };
  const auto end_token = [&] {
    if (token >= 10) ++tokens;
    token = 0;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      ++part;
      ++token;
    } else if (c == ';' || c == ',' || c == '|' || c == '&' || c == '\n' || c == '\r') {
      end_part(6);
      end_token();
    } else if (c == '/') {
      const auto rest = trim_invisible(text.substr(i + 1));
      if (part >= 7 && !rest.empty() && rest.size() <= 3 && count_digits(rest) == rest.size()) return true;
      end_part(7);
      end_token();
    } else if (is_letter(c)) {
      const auto start = i;
      while (i + 1 < text.size() && is_letter(text[i + 1])) ++i;
      if (is_word_between(text.substr(start, i + 1 - start))) end_part(7);
      end_token();
    } else if (is_blank(c) || c == '-') {
      end_token();
    }
  }
  end_part(6);
  end_token();
  return numbers >= 2 || tokens >= 2;
}

std::string_view foreign_character(std::string_view number) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(number.data());
  const auto size = static_cast<std::int32_t>(number.size());
  bool plus_allowed = true;
  for (std::int32_t at = 0; at < size;) {
    const auto start = at;
    UChar32 c;
    U8_NEXT(bytes, at, size, c);
    const bool plus = c == '+' || c == 0xFF0B;
    const bool inside = start > 0 && at < size;
    const bool dot = c == '.' && inside;
    const bool bracket = c == '(' || c == ')' || c == '[' || c == ']';
    const bool dash = c == '-' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212;
    const bool unseen = c > 0 && (u_isUWhiteSpace(c) || u_charType(c) == U_FORMAT_CHAR);
    const bool good = (c >= 0 && u_isdigit(c)) || (plus && plus_allowed) || dot || bracket ||
                      (inside && (dash || c == '/')) || unseen;
    if (!good) {
      return number.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(at - start));
    }
    if (!bracket && !unseen) plus_allowed = false;
  }
  return {};
}

PlainNumber plain_number(std::string_view text, std::string_view country) {
  if (text.empty() || text.size() > 24 || !is_digit(text.back())) return {};
  if (const auto national = plain_british_mobile(text, country); national != 0) return {44, national};
  return {1, plain_american(text, country)};
}

}  // namespace crier::format
