#include "transport/smtp_reply_class.hpp"

#include <array>

namespace crier::transport {

namespace {

using Fault = Outcome::Fault;
using Verdict = Outcome::Verdict;

// Stages as a set, so that a row may hold for several.
constexpr unsigned bit(SmtpStage stage) {
  return 1U << static_cast<unsigned>(stage);
}
constexpr unsigned session = bit(SmtpStage::session);
constexpr unsigned auth = bit(SmtpStage::auth);
constexpr unsigned mail = bit(SmtpStage::mail);
constexpr unsigned rcpt = bit(SmtpStage::rcpt);
constexpr unsigned data = bit(SmtpStage::data);
constexpr unsigned dot = bit(SmtpStage::dot);
constexpr unsigned content = data | dot;
constexpr unsigned any = session | auth | mail | rcpt | data | dot;

/// Ours, refused by a 5xx, is deferred: delivery stops the channel and tells staff (D4). Fault::passing with
/// `rejected` means: this one fails, and nothing is counted against the address (D9).
struct EnhancedRow {
  unsigned stages;
  /// `5.1.1`, or a whole subject: `5.7.`.
  std::string_view status;
  Verdict verdict;
  Fault fault;
  std::string_view cause;
};

// RFC 3463 and the IANA list of enhanced status codes. The first row that fits counts.
constexpr std::array enhanced_rows{
    // The server says 5xx and 4.x.x: the more careful word counts.
    EnhancedRow{any, "4.", Verdict::deferred, Fault::passing, "try-later"},
    // Before the first MAIL and at AUTH nothing can be a recipient's or a message's fault.
    EnhancedRow{session, "5.", Verdict::deferred, Fault::ours, "session-refused"},
    EnhancedRow{auth, "5.", Verdict::deferred, Fault::ours, "authentication"},
    // X.1: addresses.
    EnhancedRow{any, "5.1.7", Verdict::deferred, Fault::ours, "sender-refused"},
    EnhancedRow{any, "5.1.8", Verdict::deferred, Fault::ours, "sender-refused"},
    EnhancedRow{mail, "5.1.", Verdict::deferred, Fault::ours, "sender-refused"},
    EnhancedRow{any, "5.1.9", Verdict::rejected, Fault::content, "refused-content"},
    EnhancedRow{any, "5.1.", Verdict::rejected, Fault::recipient, "refused-recipient"},
    // X.2: the mailbox. A full one is alive: never counted (D9).
    EnhancedRow{mail, "5.2.", Verdict::deferred, Fault::ours, "sender-refused"},
    EnhancedRow{any, "5.2.2", Verdict::rejected, Fault::passing, "mailbox-full"},
    EnhancedRow{any, "5.2.3", Verdict::rejected, Fault::content, "too-large"},
    EnhancedRow{any, "5.2.4", Verdict::rejected, Fault::passing, "mailing-list"},
    EnhancedRow{any, "5.2.", Verdict::rejected, Fault::recipient, "refused-recipient"},
    // X.3: the other system.
    EnhancedRow{any, "5.3.4", Verdict::rejected, Fault::content, "too-large"},
    EnhancedRow{any, "5.3.3", Verdict::rejected, Fault::content, "refused-content"},
    EnhancedRow{any, "5.3.", Verdict::rejected, Fault::passing, "refused-by-system"},
    // X.4: network and routing: not the address.
    EnhancedRow{any, "5.4.", Verdict::rejected, Fault::passing, "no-route"},
    // X.5: the protocol.
    EnhancedRow{any, "5.5.3", Verdict::deferred, Fault::passing, "try-later"},
    EnhancedRow{mail, "5.5.", Verdict::deferred, Fault::ours, "protocol"},
    EnhancedRow{any, "5.5.", Verdict::rejected, Fault::content, "protocol"},
    // X.6: the message's form. 5.6.7: a non-ASCII address that the next system cannot take.
    EnhancedRow{rcpt, "5.6.7", Verdict::rejected, Fault::recipient, "no-smtputf8"},
    EnhancedRow{any, "5.6.", Verdict::rejected, Fault::content, "refused-content"},
    // X.7: security and policy. 5.7.17 and 18: the mailbox or domain has another owner (RFC 7293).
    EnhancedRow{rcpt, "5.7.17", Verdict::rejected, Fault::recipient, "refused-recipient"},
    EnhancedRow{rcpt, "5.7.18", Verdict::rejected, Fault::recipient, "refused-recipient"},
    EnhancedRow{any, "5.7.8", Verdict::deferred, Fault::ours, "authentication"},
    EnhancedRow{any, "5.7.9", Verdict::deferred, Fault::ours, "authentication"},
    EnhancedRow{any, "5.7.11", Verdict::deferred, Fault::ours, "authentication"},
    EnhancedRow{any, "5.7.", Verdict::deferred, Fault::ours, "policy"},
};

struct CodeRow {
  unsigned stages;
  /// The first and the last code of a range.
  int from;
  int to;
  Verdict verdict;
  Fault fault;
  std::string_view cause;
};

// RFC 5321 4.2.3, 4954, 7504, for servers without enhanced status.
constexpr std::array code_rows{
    CodeRow{any, 421, 421, Verdict::deferred, Fault::passing, "service-closing"},
    CodeRow{any, 400, 499, Verdict::deferred, Fault::passing, "try-later"},
    CodeRow{session, 500, 599, Verdict::deferred, Fault::ours, "session-refused"},
    CodeRow{auth, 500, 599, Verdict::deferred, Fault::ours, "authentication"},
    CodeRow{any, 530, 530, Verdict::deferred, Fault::ours, "authentication"},
    CodeRow{any, 534, 535, Verdict::deferred, Fault::ours, "authentication"},
    CodeRow{any, 538, 538, Verdict::deferred, Fault::ours, "authentication"},
    CodeRow{mail, 552, 552, Verdict::rejected, Fault::content, "too-large"},
    CodeRow{mail, 500, 504, Verdict::deferred, Fault::ours, "protocol"},
    CodeRow{mail, 500, 599, Verdict::deferred, Fault::ours, "sender-refused"},
    CodeRow{rcpt, 550, 551, Verdict::rejected, Fault::recipient, "refused-recipient"},
    CodeRow{rcpt, 553, 553, Verdict::rejected, Fault::recipient, "refused-recipient"},
    CodeRow{rcpt, 556, 556, Verdict::rejected, Fault::recipient, "refused-recipient"},
    CodeRow{rcpt, 501, 501, Verdict::rejected, Fault::recipient, "refused-recipient"},
    // RFC 5321 4.5.3.1.10: a 552 to RCPT is to be taken as 452.
    CodeRow{rcpt, 552, 552, Verdict::deferred, Fault::passing, "try-later"},
    CodeRow{rcpt, 571, 571, Verdict::deferred, Fault::ours, "policy"},
    CodeRow{rcpt, 500, 599, Verdict::rejected, Fault::passing, "refused"},
    CodeRow{content, 552, 552, Verdict::rejected, Fault::content, "too-large"},
    CodeRow{content, 500, 599, Verdict::rejected, Fault::content, "refused-content"},
};

}  // namespace

ReplyClass classify_reply(SmtpStage stage, int code, std::string_view enhanced) {
  const auto stages = bit(stage);
  const bool enhanced_speaks = code >= 500 && (enhanced.starts_with('5') || enhanced.starts_with('4'));
  for (const auto& row : enhanced_rows) {
    if (!enhanced_speaks || (row.stages & stages) == 0) continue;
    const bool fits = row.status.ends_with('.') ? enhanced.starts_with(row.status) : enhanced == row.status;
    if (fits) return {row.verdict, row.fault, row.cause};
  }
  for (const auto& row : code_rows) {
    if ((row.stages & stages) != 0 && code >= row.from && code <= row.to) {
      return {row.verdict, row.fault, row.cause};
    }
  }
  return {Verdict::deferred, Fault::passing, "nonsense"};
}

}  // namespace crier::transport
