#include "message/sms.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "format/phone.hpp"

namespace crier::message {
namespace {

/// More characters than this are counted, not listed.
constexpr std::size_t most_listed = 10;

std::string for_whom(std::string_view code) {
  return code.empty() ? std::string() : fmt::format(" to {}", code);
}

[[noreturn]] void refuse_characters(const std::vector<std::string>& characters, std::string_view code) {
  auto listed = characters;
  if (listed.size() > most_listed) listed.resize(most_listed);
  throw Error(
      Exit::refused_by_rule, "not-gsm7",
      fmt::format("the text message{} has characters that the GSM alphabet has not: {}{}", for_whom(code),
                  join(listed, " "), characters.size() > most_listed ? " …" : ""),
      "Write it without them, or set policy under [school.sms] to \"automatic\". Nothing was queued.");
}

}  // namespace

SmsText prepare_sms(std::string_view text, const config::SmsRules& rules, std::string_view code) {
  SmsText made{std::string(text), format::count_sms(text)};
  if (made.count.encoding == format::SmsEncoding::ucs2 && rules.policy != config::SmsPolicy::automatic) {
    auto plain = format::transliterate_to_gsm7(text);
    if (rules.policy == config::SmsPolicy::refuse) {
      refuse_characters(
          plain.without_equal.empty() ? format::characters_beyond_gsm7(text) : plain.without_equal, code);
    }
    // What has no equal keeps the whole text in UCS-2: then the letters may stay as they are.
    if (plain.without_equal.empty()) made = {plain.text, format::count_sms(plain.text)};
  }
  if (made.count.segments > static_cast<std::size_t>(rules.max_segments)) {
    throw Error(
        Exit::refused_by_rule, "limit",
        fmt::format("the text message{} has {} parts ({} {}); {} are allowed", for_whom(code),
                    made.count.segments, made.count.units,
                    made.count.encoding == format::SmsEncoding::gsm7 ? "characters of the GSM alphabet"
                                                                     : "units, not in the GSM alphabet",
                    rules.max_segments),
        "Shorten it, or raise max_segments under [school.sms]. Nothing was queued.");
  }
  return made;
}

SmsText sms_as_it_goes(std::string_view text, config::SmsRules rules) {
  rules.max_segments = 255;
  if (rules.policy == config::SmsPolicy::refuse) rules.policy = config::SmsPolicy::automatic;
  return prepare_sms(text, rules, "");
}

std::int64_t price_of_segment(const std::map<std::string, std::int64_t>& price, std::string_view e164) {
  if (price.empty()) return 0;
  const bool by_default_alone = price.size() == 1 && price.begin()->first == "default";
  const auto by_country = by_default_alone ? price.end() : price.find(format::country_of(e164));
  const auto found = by_country == price.end() ? price.find("default") : by_country;
  return found == price.end() ? 0 : found->second;
}

}  // namespace crier::message
