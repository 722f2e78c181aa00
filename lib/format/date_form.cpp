#include "format/date_form.hpp"

#include <array>
#include <charconv>

#include "base/text.hpp"

namespace crier::format {
namespace {

constexpr std::array<std::string_view, 12> months{"january",   "february", "march",    "april",
                                                  "may",       "june",     "july",     "august",
                                                  "september", "october",  "november", "december"};

/// The run of one letter with which the form begins: `YYYY` of `YYYY-MM`.
std::string_view first_run(std::string_view form) {
  std::size_t length = 1;
  while (length < form.size() && form[length] == form[0]) ++length;
  return form.substr(0, length);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes `least` to `most` digits off the front; -1 where they are not there.
int take_number(std::string_view& text, std::size_t least, std::size_t most) {
  std::size_t length = 0;
  while (length < most && length < text.size() && is_digit(text[length])) ++length;
  if (length < least) return -1;
  int value = -1;
  std::from_chars(text.data(), text.data() + length, value);
  text.remove_prefix(length);
  return value;
}

/// Takes an English name of a month, whole or of three letters, off the front; 0 where none is there.
int take_month(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() &&
         ((text[length] >= 'a' && text[length] <= 'z') || (text[length] >= 'A' && text[length] <= 'Z'))) {
    ++length;
  }
  const auto word = to_lower(text.substr(0, length));
  for (std::size_t i = 0; i < months.size(); ++i) {
    if (word != months[i] && word != months[i].substr(0, 3) && !(word == "sept" && i == 8)) continue;
    text.remove_prefix(length);
    return static_cast<int>(i) + 1;
  }
  return 0;
}

}  // namespace

std::optional<DateForm> DateForm::parse(std::string_view form) {
  int years = 0;
  int month_parts = 0;
  int day_parts = 0;
  for (auto rest = form; !rest.empty();) {
    const auto run = first_run(rest);
    switch (run[0]) {
      case 'Y':
        if (run.size() != 4 && run.size() != 2) return std::nullopt;
        ++years;
        break;
      case 'M':
        if (run.size() > 4) return std::nullopt;
        ++month_parts;
        break;
      case 'D':
        if (run.size() > 2) return std::nullopt;
        ++day_parts;
        break;
      case '*':
        if (rest.size() != 1) return std::nullopt;
        break;
      default:
        break;
    }
    rest.remove_prefix(run.size());
  }
  if (years != 1 || month_parts != 1 || day_parts != 1) return std::nullopt;
  DateForm read;
  read.form_ = std::string(form);
  return read;
}

std::optional<Date> DateForm::read(std::string_view text) const {
  int year = 0;
  int month = 0;
  int day = 0;
  for (std::string_view rest = form_; !rest.empty();) {
    const auto run = first_run(rest);
    rest.remove_prefix(run.size());
    if (run[0] == 'Y') {
      year = take_number(text, run.size(), run.size());
      if (year < 0) return std::nullopt;
      if (run.size() == 2) year += year >= 70 ? 1900 : 2000;
    } else if (run[0] == 'M') {
      month = run.size() > 2 ? take_month(text) : take_number(text, 1, 2);
      if (month <= 0) return std::nullopt;
    } else if (run[0] == 'D') {
      day = take_number(text, 1, 2);
      if (day <= 0) return std::nullopt;
    } else if (run == "*") {
      text = {};
    } else {
      if (!text.starts_with(run)) return std::nullopt;
      text.remove_prefix(run.size());
    }
  }
  const Date date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                  std::chrono::day(static_cast<unsigned>(day))};
  if (!text.empty() || !date.ok()) return std::nullopt;
  return date;
}

std::optional<Date> read_iso_date(std::string_view text) {
  if (text.size() > 10 && (text[10] == 'T' || text[10] == ' ')) text = text.substr(0, 10);
  return parse_date(text);
}

}  // namespace crier::format
