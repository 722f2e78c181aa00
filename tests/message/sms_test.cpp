#include "message/sms.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace crier;
using namespace crier::message;
using config::SmsPolicy;

namespace {

std::string refusal(std::string_view text, const config::SmsRules& rules) {
  try {
    (void)prepare_sms(text, rules, "C-9");
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::refused_by_rule);
    return error.code() + ": " + error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("M1: a school's policy decides what becomes of characters beyond the GSM alphabet") {
  const std::string text = "Don’t forget: Łódź";
  const auto automatic = prepare_sms(text, {SmsPolicy::automatic, 6}, "");
  CHECK(automatic.text == text);
  CHECK(automatic.count.encoding == format::SmsEncoding::ucs2);
  const auto plain = prepare_sms(text, {SmsPolicy::transliterate, 6}, "");
  CHECK(plain.text == "Don't forget: Lodz");
  CHECK(plain.count.encoding == format::SmsEncoding::gsm7);
  CHECK(prepare_sms("学 Łódź", {SmsPolicy::transliterate, 6}, "").text == "学 Łódź");
  const auto refused = refusal(text, {SmsPolicy::refuse, 6});
  CHECK(refused.starts_with("not-gsm7: "));
  CHECK(refused.find("C-9") != std::string::npos);
  CHECK(refused.find("’ Ł ó ź") != std::string::npos);
  CHECK(refusal("Plain.", {SmsPolicy::refuse, 6}).empty());
}

TEST_CASE("M1: more parts than the school allows are refused with the count") {
  CHECK(prepare_sms(std::string(918, 'a'), {SmsPolicy::automatic, 6}, "").count.segments == 6);
  const auto refused = refusal(std::string(919, 'a'), {SmsPolicy::automatic, 6});
  CHECK(refused.starts_with("limit: "));
  CHECK(refused.find("7 parts") != std::string::npos);
  CHECK(refused.find("6 are allowed") != std::string::npos);
}

TEST_CASE("D8: a part costs by the number's country, else the default, else nothing") {
  const std::map<std::string, std::int64_t> price{{"default", 300}, {"GB", 100}, {"CN", 50}};
  CHECK(price_of_segment(price, "+447400123456") == 100);
  CHECK(price_of_segment(price, "+8613800138000") == 50);
  CHECK(price_of_segment(price, "+33612345678") == 300);
  CHECK(price_of_segment({{"GB", 100}}, "+33612345678") == 0);
  CHECK(price_of_segment({{"default", 100}}, "+33612345678") == 100);
  CHECK(price_of_segment({}, "+33612345678") == 0);
}
