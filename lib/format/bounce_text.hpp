// Notices of servers that write in words alone (qmail, exim, sendmail of old, Exchange, gateways): where the
// notice ends and the returned mail begins, whom it names, what it says of each. A step of format/feedback;
// what the words mean stands in format/bounce_words.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "format/feedback.hpp"

namespace crier::format {

/// A text in two: what the server says, and the mail that it returns (empty where there is none).
struct NoticeAndOriginal {
  std::string_view notice;
  std::string_view original;
};
NoticeAndOriginal part_notice(std::string_view text);

/// Whom a notice names as failed. `own` are addresses of the sender and of the server, which notices name
/// too. Rather nobody than somebody whom it does not clearly name.
std::vector<ReportedRecipient> read_notice(std::string_view notice, std::span<const std::string> own);

/// What a notice says of this address.
ReportedRecipient read_failure_of(std::string_view address, std::string_view notice);

}  // namespace crier::format
