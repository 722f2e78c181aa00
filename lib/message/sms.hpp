// A text message by the school's rules (M1, D8): its text after transliteration, its parts, and what it
// costs. Between the words of a message and the plan, after merging: each recipient's text is counted by
// itself.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "format/gsm7.hpp"

namespace crier::message {

struct SmsText {
  std::string text;
  format::SmsCount count;
};

/// Throws Error(refused_by_rule): "not-gsm7" with the characters where the rules refuse what the alphabet
/// does not have, "limit" with the count where the text has more parts than the school allows. `code` names
/// the recipient in the message; empty: none.
SmsText prepare_sms(std::string_view text, const config::SmsRules& rules, std::string_view code);

/// Words that were let in when they were queued, or that a schedule wrote: as they go, whatever the rules
/// refuse.
SmsText sms_as_it_goes(std::string_view text, config::SmsRules rules);

/// Hundredths of points of one part to this number: by its country, else the default, else 0.
std::int64_t price_of_segment(const std::map<std::string, std::int64_t>& price, std::string_view e164);

}  // namespace crier::message
