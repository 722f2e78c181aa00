// What servers say when they cannot deliver, as tables: codes first, words last (D9). Whoever meets a server
// that speaks otherwise adds a line here. Used by format/feedback for reports and for plain texts.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "format/feedback.hpp"

namespace crier::format {

/// What is known of one failure.
struct FailureSigns {
  /// RFC 3463, the report's own field; empty where there is none.
  std::string_view status;
  /// The server's answer or the notice's words.
  std::string_view text;
};

/// The class, and the status and code that decided it or are known.
struct FailureReading {
  BounceClass fault = BounceClass::soft;
  std::string status;
  int code = 0;
};
FailureReading read_failure(const FailureSigns& signs);

/// `5.1.1`, `4.2.2`, `5.7.509`: the first in a text, or empty.
std::string_view find_status(std::string_view text);
/// The first reply code from 400 to 599 that stands by itself, or 0.
int find_reply_code(std::string_view text);

/// Behind a line that holds one of these stands the mail that is returned. In lower case.
std::span<const std::string_view> original_marks();
/// Subjects, senders and opening words of notices that a mail was not delivered. In lower case.
bool is_bounce_subject(std::string_view lower);
bool is_bounce_sender(std::string_view lower);
bool has_bounce_words(std::string_view lower);
/// It is late, and the server goes on trying.
bool has_delay_words(std::string_view lower);
/// The mail has arrived after all.
bool has_delivered_words(std::string_view lower);
/// Somebody is away.
bool is_absence_subject(std::string_view lower);

}  // namespace crier::format
