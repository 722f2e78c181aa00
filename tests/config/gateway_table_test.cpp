#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "base/error.hpp"
#include "config/settings.hpp"

using namespace crier;
using namespace crier::config;

namespace {

Settings parse(std::string_view toml) {
  return parse_settings(toml, "/srv/crier/crier.toml");
}

/// The Error that a text raises; a test that expects one fails where none comes.
Error refusal(std::string_view toml) {
  try {
    parse(toml);
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::usage);
    return error;
  }
  FAIL("accepted: " << toml);
  return Error(Exit::defect, "", "", "");
}

constexpr const char* account = "AC0123456789abcdef0123456789abcdef";

}  // namespace

TEST_CASE("D2: gateways that are asked over HTTP, each with what it needs") {
  ::setenv("GATEWAY_SECRET", "s3cret\n", 1);
  const auto kannel =
      parse(
          "[channel.sms]\nkind = \"kannel\"\nbase_url = \"http://127.0.0.1:13013/cgi-bin/sendsms\"\n"
          "user = \"school\"\npassword_env = \"GATEWAY_SECRET\"\nreceipts = \"http://127.0.0.1:8480/\"\n"
          "rather_twice = true\nper_second = 5\nprice = { default = 1.5 }")
          .channel(Channel::sms);
  CHECK(kannel.kind == ChannelKind::kannel);
  CHECK(kannel.gateway.url == "http://127.0.0.1:13013/cgi-bin/sendsms");
  CHECK(kannel.gateway.secret.reveal() == "s3cret");
  CHECK(kannel.gateway.receipts == "http://127.0.0.1:8480");
  CHECK(kannel.gateway.rather_twice);
  CHECK(kannel.connections == 4);
  CHECK(kannel.price.at("default") == 150);
  const auto twilio = parse("[channel.sms]\nkind = \"twilio\"\nuser = \"" + std::string(account) +
                            "\"\npassword_env = \"GATEWAY_SECRET\"")
                          .channel(Channel::sms);
  CHECK(twilio.gateway.url == "https://api.twilio.com");
  const auto wechat = parse(
                          "[channel.wechat]\nkind = \"wecom\"\ncorp_id = \"ww1\"\nagent_id = 1000002\n"
                          "secret_env = \"GATEWAY_SECRET\"")
                          .channel(Channel::wechat);
  CHECK(wechat.gateway.url == "https://qyapi.weixin.qq.com");
  CHECK(wechat.gateway.agent_id == 1000002);
  CHECK(wechat.gateway.audience == Gateway::Audience::parents);
  CHECK(wechat.gateway.duplicate_check == std::chrono::hours(4));
  // WeChat drops what is over its own limits without a word.
  CHECK(wechat.limits.per_recipient == 30);
  const auto own = parse(R"([channel.voice]
kind = "http"
url = "https://calls.example/v1/calls"
body = "json"
password_env = "GATEWAY_SECRET"
fields = { "call.to" = "{to}", "call.say" = "{text}", ref = "{id}" }
headers = { Authorization = "Bearer {password}" }
answer = { ok = "/state", ok_is = ["queued"], id = "/id", error = "/error/code", text = "/error/message" }
errors = { recipient = [404001, "bad-number"], passing = ["busy"] }
receipt = { status = "/state", delivered = ["Answered", 0], expired = "no-answer", error = "code" }
)")
                       .channel(Channel::voice);
  CHECK(own.gateway.request.body == RequestShape::Body::json);
  CHECK(own.gateway.request.fields.size() == 3);
  CHECK(own.gateway.answer.errors.at("404001") == GatewayFault::recipient);
  CHECK(own.gateway.answer.errors.at("busy") == GatewayFault::passing);
  CHECK(own.gateway.receipt.words.at("answered") == ReceiptState::delivered);
  CHECK(own.gateway.receipt.words.at("0") == ReceiptState::delivered);
  CHECK(own.gateway.receipt.words.at("no-answer") == ReceiptState::expired);
  CHECK(own.gateway.receipt.error == "code");
  CHECK_FALSE(own.gateway.has_reply_secret);
  CHECK_FALSE(own.gateway.answers);
  ::unsetenv("GATEWAY_SECRET");
}

TEST_CASE("D2: settings of a gateway that would leak, or could not work, are refused with the remedy") {
  const std::string kannel = "[channel.sms]\nkind = \"kannel\"\n";
  const std::string http = "[channel.sms]\nkind = \"http\"\nurl = \"https://sms.example/send\"\n";
  const std::string wecom = "[channel.wechat]\nkind = \"wecom\"\ncorp_id = \"ww1\"\n";
  const std::string fields = "fields = { to = \"{to}\", text = \"{text}\" }\n";
  const std::pair<std::string, std::string> cases[] = {
      {kannel, "base_url"},
      {kannel + "base_url = \"http://sms.example/\"\nuser = \"u\"\npassword_env = \"X\"", "readable"},
      {kannel + "base_url = \"http://127.0.0.1/\"\nuser = \"u\"", "no place for the password"},
      {kannel + "base_url = \"http://127.0.0.1/\"\nuser = \"u\"\npassword = \"p\"",
       "do not stand in the settings"},
      {"[channel.sms]\nkind = \"twilio\"\nuser = \"me\"\npassword_env = \"X\"", "no account SID"},
      {wecom + "secret_env = \"X\"", "agent_id"},
      {wecom + "agent_id = 1\nsecret_env = \"X\"\nduplicate_check = \"5h\"",
       "longer than WeChat Work remembers"},
      {http, "no field"},
      {http + "fields = { to = \"{to}\" }", "{text}"},
      {http + "fields = { to = \"{to}\", text = \"{txt}\" }", "'{txt}', which stands for nothing"},
      {http + "fields = { to = \"{to}\", text = \"{text}\", x = \"{\" }", "stands for nothing"},
      {http + fields + "method = \"GET\"\nbody = \"json\"", "cannot go with"},
      {http + fields + "answer = { ok = \"/x\" }", "stands alone"},
      {http + fields + "answer = { id = \"id\" }", "no place in a JSON document"},
      {http + fields + "answer = { status = [302] }", "status of success"},
      {http + fields + "receipt = { delivered = [\"x\"] }", "status"},
      {http + fields + "receipt = { status = \"s\", failed = [\"x\"] }", "no word that means delivered"},
      {http + fields + "receipt = { status = \"s\", delivered = [\"x\"], failed = [\"X\"] }", "stands under"},
      {http + fields + "receipt = { status = \"s\", delivered = [\"x\"], lost = [\"y\"] }", "lost"},
      {http + fields + "reply_words = { halt = [\"x\"] }", "halt"},
      {http + fields + "reply_words = { stop = [\"Basta\"], start = [\"basta\"] }", "stands under"},
      {http + fields + "reply = { sender = \"x\" }", "sender"},
      {http + fields + "reply_secret = \"x\"", "do not stand in the settings"},
      {http + fields + "errors = { nobody = [1] }", "nobody"}};
  for (const auto& [toml, words] : cases) {
    CAPTURE(toml);
    CHECK(refusal(toml).message().find(words) != std::string::npos);
  }
  ::setenv("X", "secret", 1);
  CHECK(parse(kannel +
              "base_url = \"http://sms.example/\"\nsecurity = \"none\"\nuser = \"u\"\npassword_env = \"X\"")
            .channel(Channel::sms)
            .gateway.url == "http://sms.example");
  ::unsetenv("X");
}
