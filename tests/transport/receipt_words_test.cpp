#include "transport/receipt_words.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace crier;
using namespace crier::transport;

namespace {

config::ChannelSettings channel(config::ChannelKind kind) {
  config::ChannelSettings made;
  made.kind = kind;
  return made;
}

Receipt kannel(const std::string& status, const std::string& text) {
  return *read_receipt(channel(config::ChannelKind::kannel), {{"status", status}, {"text", text}});
}

Receipt twilio(const std::string& status, const std::string& code = "") {
  return *read_receipt(channel(config::ChannelKind::twilio),
                       {{"MessageStatus", status}, {"ErrorCode", code}});
}

}  // namespace

TEST_CASE("D1: Kannel's delivery values, and whose fault a failure is by the network's report") {
  using Fault = Outcome::Fault;
  CHECK(kannel("1", "stat:DELIVRD").state == ReceiptState::delivered);
  CHECK(kannel("4", "").state == ReceiptState::buffered);
  CHECK(kannel("32", "").state == ReceiptState::buffered);
  CHECK(kannel("8", "ACK/").state == ReceiptState::accepted);
  CHECK(kannel("3", "").state == ReceiptState::unknown);
  CHECK(kannel("", "").state == ReceiptState::unknown);
  const auto unknown =
      kannel("2", "id:7 sub:001 dlvrd:000 submit date:2611251000 stat:UNDELIV err:001 text:");
  CHECK(unknown.state == ReceiptState::undelivered);
  CHECK(unknown.fault == Fault::recipient);
  CHECK(unknown.cause == "refused-recipient");
  CHECK(unknown.text.find("stat:UNDELIV err:001") != std::string::npos);
  CHECK(kannel("2", "stat:UNDELIV err:027").fault == Fault::passing);
  CHECK(kannel("2", "stat:UNDELIV err:100").fault == Fault::passing);
  CHECK(kannel("2", "stat:EXPIRED err:001").state == ReceiptState::expired);
  CHECK(kannel("2", "stat:EXPIRED err:001").fault == Fault::passing);
  CHECK(kannel("16", "NACK/0x0000000b/Invalid Destination Address").fault == Fault::recipient);
  CHECK(kannel("16", "NACK/0x00000058/Throttling error").fault == Fault::passing);
  CHECK_FALSE(read_receipt(channel(config::ChannelKind::kannel), {{"text", "stat:DELIVRD"}}));
}

TEST_CASE("D1: Twilio's states and codes") {
  using Fault = Outcome::Fault;
  for (const auto* word : {"accepted", "scheduled", "queued", "sending", "sent"})
    CHECK(twilio(word).state == ReceiptState::accepted);
  CHECK(twilio("delivered").state == ReceiptState::delivered);
  CHECK(twilio("read").state == ReceiptState::delivered);
  CHECK(twilio("canceled").state == ReceiptState::failed);
  CHECK(twilio("something-new").state == ReceiptState::unknown);
  CHECK(twilio("undelivered", "30005").fault == Fault::recipient);
  CHECK(twilio("undelivered", "30006").cause == "not-mobile");
  CHECK(twilio("undelivered", "30003").fault == Fault::passing);
  CHECK(twilio("undelivered", "99999").fault == Fault::passing);
  CHECK(twilio("undelivered", "99999").text == "undelivered 99999");
  CHECK(twilio("failed", "21610").opted_out);
  CHECK_FALSE(twilio("delivered", "21610").opted_out);
}

TEST_CASE("D1: a JSON document's values are found by pointer, and by name at the top") {
  const auto found = json_parameters(R"({"a":{"b":[1,{"c":"x"}],"n":null},"state":"up","ok":true})");
  REQUIRE(found);
  CHECK(value_of(*found, "/a/b/0") == "1");
  CHECK(value_of(*found, "/a/b/1/c") == "x");
  CHECK(value_of(*found, "state") == "up");
  CHECK(value_of(*found, "/ok") == "true");
  CHECK_FALSE(value_of(*found, "/a/n"));
  CHECK_FALSE(value_of(*found, "b"));
  for (const auto* bad : {"", "[]", "1", "{", "{\"a\":}", "\xff"}) CHECK_FALSE(json_parameters(bad));
}

TEST_CASE("D1: whatever a gateway says, reading it breaks nothing, and what is kept is one short line") {
  std::minstd_rand random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text = "stat:UNDELIV err:001 NACK/0x0000000b/";
    for (auto i = random() % 40; i > 0; --i) text[random() % text.size()] = static_cast<char>(random() % 256);
    if (round % 10 == 0) text += std::string(5000, 'x');
    const auto receipt = kannel(round % 2 == 0 ? "2" : "16", text);
    CHECK(receipt.text.size() <= 1000);
    CHECK(receipt.text.find('\n') == std::string::npos);
    (void)json_parameters(text);
  }
}
