#include "base/local_text.hpp"

#include <unicode/datefmt.h>
#include <unicode/listformatter.h>
#include <unicode/numfmt.h>
#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace crier {
namespace {

/// ICU's formatters are dear to make and cheap to use; used by one thread at a time.
struct Formatters {
  std::unique_ptr<icu::DateFormat> date;
  std::unique_ptr<icu::NumberFormat> money;
  std::unique_ptr<icu::NumberFormat> number;
  std::unique_ptr<icu::ListFormatter> list;
};

const Formatters& formatters(std::string_view locale) {
  thread_local std::map<std::string, Formatters, std::less<>> known;
  if (const auto found = known.find(locale); found != known.end()) return found->second;
  UErrorCode status = U_ZERO_ERROR;
  const auto icu_locale = icu::Locale::forLanguageTag(std::string(locale), status);
  Formatters made;
  made.date.reset(icu::DateFormat::createDateInstance(icu::DateFormat::kLong, icu_locale));
  if (made.date) made.date->adoptTimeZone(icu::TimeZone::createTimeZone("Etc/UTC"));
  status = U_ZERO_ERROR;
  made.money.reset(icu::NumberFormat::createCurrencyInstance(icu_locale, status));
  status = U_ZERO_ERROR;
  made.number.reset(icu::NumberFormat::createInstance(icu_locale, status));
  if (made.number) {
    made.number->setMinimumFractionDigits(2);
    made.number->setMaximumFractionDigits(2);
  }
  status = U_ZERO_ERROR;
  made.list.reset(icu::ListFormatter::createInstance(icu_locale, status));
  return known.emplace(std::string(locale), std::move(made)).first->second;
}

std::string utf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

}  // namespace

std::string locale_of(std::string_view language, std::string_view country) {
  std::string locale(language.empty() ? "en" : language);
  for (auto& c : locale) {
    if (c == '_') c = '-';
  }
  if (locale.find('-') == std::string::npos && country.size() == 2) locale += "-" + std::string(country);
  return locale;
}

std::string local_date(Date date, std::string_view locale) {
  const auto& with = formatters(locale);
  if (!with.date) return to_iso(date);
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  icu::UnicodeString text;
  with.date->format(static_cast<UDate>(std::chrono::duration_cast<Millis>(days).count()), text);
  return utf8(text);
}

std::string local_money(std::int64_t hundredths, std::string_view currency, std::string_view locale) {
  const auto& with = formatters(locale);
  const auto amount = static_cast<double>(hundredths) / 100;
  icu::UnicodeString text;
  if (currency.size() == 3 && with.money) {
    UErrorCode status = U_ZERO_ERROR;
    auto code = icu::UnicodeString::fromUTF8(std::string(currency));
    with.money->setCurrency(code.getTerminatedBuffer(), status);
    with.money->format(amount, text);
  } else if (with.number) {
    with.number->format(amount, text);
  }
  return utf8(text);
}

std::string local_list(std::span<const std::string> names, std::string_view locale) {
  const auto& with = formatters(locale);
  std::vector<icu::UnicodeString> items;
  items.reserve(names.size());
  for (const auto& name : names) items.push_back(icu::UnicodeString::fromUTF8(name));
  icu::UnicodeString text;
  UErrorCode status = U_ZERO_ERROR;
  if (with.list) with.list->format(items.data(), static_cast<std::int32_t>(items.size()), text, status);
  return utf8(text);
}

}  // namespace crier
