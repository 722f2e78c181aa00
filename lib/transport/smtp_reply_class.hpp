// Whose fault an SMTP refusal is (D4, D9): the one table that says which reply stops the channel, which
// counts against an address, which is tried again. Codes only: texts are for people.
#pragma once

#include <string_view>

#include "model/outcome.hpp"

namespace crier::transport {

/// What the server replied to. `session` is all before the first MAIL: banner, EHLO, STARTTLS.
enum class SmtpStage { session, auth, mail, rcpt, data, dot };

struct ReplyClass {
  Outcome::Verdict verdict;
  Outcome::Fault fault;
  std::string_view cause;
};

/// For a reply of 400 and above. The enhanced status wins over the code; a 4xx is always deferred; a fault of
/// ours is deferred too, so that it fails nobody.
ReplyClass classify_reply(SmtpStage stage, int code, std::string_view enhanced);

}  // namespace crier::transport
