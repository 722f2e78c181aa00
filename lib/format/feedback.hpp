// A mail that came back, read: a bounce (RFC 3464, or the text of a server that knows nothing of it), a
// complaint (RFC 5965), an auto-reply (RFC 3834), a wish to hear no more (the mailto form of
// List-Unsubscribe), or something else. Between the mailbox and delivery/feedback, which finds the delivery
// that it is about.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"

namespace crier::format {

enum class FeedbackKind { bounce, complaint, auto_reply, unsubscribe, other };

/// Whose fault a failure is (D9). hard: the address is lost: nobody of that name, a closed mailbox, no such
/// domain. soft: whatever else, a full mailbox, the network, a policy.
enum class BounceClass { hard, soft };

struct ReportedRecipient {
  /// The address that failed, as the report writes it.
  std::string address;
  /// The one that was written to before somebody forwarded it; empty where the report does not say.
  std::string original;
  /// delayed: the server goes on trying, nothing has failed yet.
  enum class Action { failed, delayed } action = Action::failed;
  BounceClass fault = BounceClass::soft;
  /// RFC 3463 `5.1.1`, or empty.
  std::string status;
  /// The reply's code, 0 where there is none.
  int code = 0;
  /// What the server said in one line: UTF-8, at most 1,000 bytes.
  std::string diagnostic;
  /// Which server said it, or empty.
  std::string host;
};

struct Feedback {
  FeedbackKind kind = FeedbackKind::other;
  /// Bounces and complaints: whom it names, none twice. Nobody where only the mail that it returns tells.
  std::vector<ReportedRecipient> recipients;
  /// A bounce that names nobody: what it says all the same, without an address.
  std::optional<ReportedRecipient> unnamed;
  /// Where the mail came to and under which sender the returned one had left: a return path of ours is among
  /// them (`bounces+17-x@…`).
  std::vector<std::string> return_paths;
  /// Of the mail that is returned or answered, in angle brackets, the likeliest first.
  std::vector<std::string> message_ids;
  /// unsubscribe: the sealed token.
  std::string token;
  /// When the mail was written; none where it does not say.
  std::optional<Instant> at;
  /// Why it is of kind `other`, in a few words for people; else empty.
  std::string remark;
};

/// Reads a whole mail. Never throws for what is in it; time and memory grow with its size alone, of which no
/// more than `longest_mail` bytes are looked at.
Feedback read_feedback(std::string_view mail);

}  // namespace crier::format
