#include "transport/smtp_reply_class.hpp"

#include <doctest/doctest.h>

#include <string>

namespace crier::transport {
namespace {

using enum Outcome::Verdict;
using enum Outcome::Fault;

struct Case {
  SmtpStage stage;
  int code;
  const char* enhanced;
  Outcome::Verdict verdict;
  Outcome::Fault fault;
  const char* cause;
};

TEST_CASE("D4, D9: whose fault a refusal is") {
  const Case cases[] = {
      {SmtpStage::rcpt, 550, "5.1.1", rejected, recipient, "refused-recipient"},
      {SmtpStage::rcpt, 550, "", rejected, recipient, "refused-recipient"},
      {SmtpStage::rcpt, 553, "", rejected, recipient, "refused-recipient"},
      {SmtpStage::rcpt, 550, "5.1.2", rejected, recipient, "refused-recipient"},
      {SmtpStage::rcpt, 556, "5.1.10", rejected, recipient, "refused-recipient"},
      {SmtpStage::rcpt, 550, "5.2.1", rejected, recipient, "refused-recipient"},
      {SmtpStage::dot, 550, "5.1.1", rejected, recipient, "refused-recipient"},
      // A full mailbox is alive.
      {SmtpStage::rcpt, 552, "5.2.2", rejected, passing, "mailbox-full"},
      {SmtpStage::rcpt, 552, "", deferred, passing, "try-later"},
      {SmtpStage::rcpt, 452, "4.2.2", deferred, passing, "try-later"},
      {SmtpStage::rcpt, 450, "4.7.1", deferred, passing, "try-later"},
      {SmtpStage::rcpt, 421, "4.7.0", deferred, passing, "service-closing"},
      // Ours: it fails nobody.
      {SmtpStage::rcpt, 554, "5.7.1", deferred, ours, "policy"},
      {SmtpStage::dot, 550, "5.7.26", deferred, ours, "policy"},
      {SmtpStage::mail, 530, "5.7.0", deferred, ours, "policy"},
      {SmtpStage::mail, 530, "", deferred, ours, "authentication"},
      {SmtpStage::auth, 535, "5.7.8", deferred, ours, "authentication"},
      {SmtpStage::auth, 454, "4.7.0", deferred, passing, "try-later"},
      {SmtpStage::mail, 550, "", deferred, ours, "sender-refused"},
      {SmtpStage::mail, 553, "5.1.8", deferred, ours, "sender-refused"},
      {SmtpStage::rcpt, 553, "5.1.8", deferred, ours, "sender-refused"},
      {SmtpStage::session, 554, "", deferred, ours, "session-refused"},
      {SmtpStage::session, 554, "5.7.1", deferred, ours, "session-refused"},
      // The message.
      {SmtpStage::mail, 552, "5.3.4", rejected, content, "too-large"},
      {SmtpStage::dot, 552, "", rejected, content, "too-large"},
      {SmtpStage::dot, 554, "5.6.0", rejected, content, "refused-content"},
      {SmtpStage::dot, 554, "", rejected, content, "refused-content"},
      // The network between.
      {SmtpStage::rcpt, 550, "5.4.4", rejected, passing, "no-route"},
      // The enhanced status says passing although the code does not.
      {SmtpStage::rcpt, 550, "4.2.1", deferred, passing, "try-later"},
  };
  for (const auto& expected : cases) {
    CAPTURE(static_cast<int>(expected.stage));
    CAPTURE(expected.code);
    CAPTURE(std::string(expected.enhanced));
    const auto got = classify_reply(expected.stage, expected.code, expected.enhanced);
    CHECK(got.verdict == expected.verdict);
    CHECK(got.fault == expected.fault);
    CHECK(std::string(got.cause) == expected.cause);
  }
}

TEST_CASE("D4: whatever the reply, a fault of ours fails nobody and a 4xx is tried again") {
  const char* statuses[] = {"",      "4.0.0", "5.0.0", "5.1.0", "5.1.1", "5.2.0", "5.3.0",
                            "5.4.0", "5.5.0", "5.6.0", "5.7.0", "5.7.1", "5.9.9"};
  for (int stage = 0; stage <= static_cast<int>(SmtpStage::dot); ++stage) {
    for (int code = 400; code < 600; ++code) {
      for (const auto* status : statuses) {
        const auto got = classify_reply(static_cast<SmtpStage>(stage), code, status);
        CHECK_FALSE(got.cause.empty());
        if (got.fault == ours || code < 500) CHECK(got.verdict == deferred);
        if (code < 500) CHECK(got.fault == passing);
        if (got.fault == recipient) CHECK(stage >= static_cast<int>(SmtpStage::rcpt));
      }
    }
  }
}

}  // namespace
}  // namespace crier::transport
