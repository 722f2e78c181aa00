#include "delivery/feedback.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "format/email_address.hpp"
#include "message/return_path.hpp"
#include "store/identity_store.hpp"

namespace crier::delivery {
namespace {

using format::BounceClass;
using Action = format::ReportedRecipient::Action;

/// Clocks that differ: a report may bear a time before its message's. More than this it is another's.
constexpr std::chrono::minutes usual_slack{5};
constexpr std::chrono::hours most_slack{24};

std::string key_of(std::string_view address) {
  const auto email = format::parse_email(address);
  return email ? email->compare_key : to_lower(address);
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// `<job.delivery.store@host>`, as message/rendering writes it.
std::optional<store::SentDelivery> by_message_id(store::Connection& connection, std::string_view id) {
  if (!id.starts_with('<')) return std::nullopt;
  id.remove_prefix(1);
  const auto parts = split(id.substr(0, id.find('@')), '.');
  if (parts.size() != 3) return std::nullopt;
  const auto job = number(parts[0]);
  const auto delivery = number(parts[1]);
  if (!job || !delivery) return std::nullopt;
  auto found = store::sent_delivery(connection, *delivery);
  if (!found || found->job != *job) return std::nullopt;
  // The same numbers stand in every store, and in a copy of this one.
  const auto uuid = store::store_uuid(connection, found->message);
  if (uuid.empty() || to_lower(parts[2]) != to_lower(std::string_view(uuid).substr(0, 16)))
    return std::nullopt;
  return found;
}

std::optional<store::SentDelivery> by_return_path(store::Connection& connection, std::string_view address,
                                                  const FeedbackMarks& marks) {
  const auto id = marks.key.empty() ? std::nullopt : message::delivery_in(address);
  if (!id) return std::nullopt;
  auto found = store::sent_delivery(connection, *id);
  if (!found) return std::nullopt;
  const auto uuid = store::store_uuid(connection, found->message);
  if (!message::is_return_path(marks.key, uuid, address)) return std::nullopt;
  return found;
}

/// The message that had just been sent to this address at that time.
std::optional<store::SentDelivery> by_address(store::Connection& connection, std::string_view address,
                                              Instant at, std::optional<std::chrono::seconds> longest_way) {
  const auto key = key_of(address);
  std::optional<store::SentDelivery> ahead;
  for (auto& one : store::deliveries_of_holders(connection, key)) {
    if (key_of(one.address) != key) continue;
    if (*one.first_try <= at + usual_slack) {
      if (longest_way && at - *one.first_try > *longest_way) break;
      return one;
    }
    if (*one.first_try <= at + most_slack) ahead = std::move(one);
  }
  return ahead;
}

/// How much a recipient's line says, for a report about one delivery that names several addresses.
int weight(const format::ReportedRecipient& one) {
  if (one.action == Action::delayed) return 0;
  return one.fault == BounceClass::hard ? 2 : 1;
}

const format::ReportedRecipient* weightiest(const format::Feedback& feedback) {
  if (!feedback.recipients.empty()) {
    return &*std::ranges::max_element(feedback.recipients, {}, weight);
  }
  return feedback.unnamed ? &*feedback.unnamed : nullptr;
}

/// The whole report is about this delivery: our e-mails have one recipient each.
MatchedFeedback about(store::SentDelivery delivery, const format::Feedback& feedback, MatchedBy by) {
  MatchedFeedback matched;
  format::ReportedRecipient recipient;
  if (const auto* one = weightiest(feedback)) recipient = *one;
  if (recipient.address.empty()) recipient.address = delivery.address;
  matched.reports.push_back({std::move(recipient), std::move(delivery), by});
  return matched;
}

/// It names our bounce address, and the check is not ours.
bool is_forged(const FeedbackMarks& marks, std::string_view address) {
  const auto& own = marks.rules.address;
  const auto local = to_lower(std::string_view(own).substr(0, own.rfind('@'))) + "+";
  return !own.empty() && message::delivery_in(address) && to_lower(address).starts_with(local) &&
         to_lower(address).ends_with(to_lower(std::string_view(own).substr(own.rfind('@'))));
}

void add_unmatched(MatchedFeedback& matched, const format::Feedback& feedback, std::string_view reason,
                   std::string_view remark) {
  if (matched.reports.empty()) {
    for (const auto& one : feedback.recipients) matched.reports.push_back({one, std::nullopt, {}});
  }
  matched.reason = reason;
  matched.remark = remark;
}

/// `550 5.1.1 User unknown` → the words: code and status stand beside them.
std::string_view without_codes(const format::ReportedRecipient& recipient) {
  std::string_view text = recipient.diagnostic;
  for (const auto& code : {std::to_string(recipient.code), recipient.status}) {
    if (code.empty() || !text.starts_with(code)) continue;
    text.remove_prefix(code.size());
    while (text.starts_with(' ') || text.starts_with('-')) text.remove_prefix(1);
  }
  return text;
}

}  // namespace

std::string_view to_text(MatchedBy how) {
  switch (how) {
    case MatchedBy::return_path:
      return "return-path";
    case MatchedBy::message_id:
      return "message-id";
    case MatchedBy::address:
      return "address";
  }
  return "";
}

MatchedFeedback match_feedback(store::Connection& connection, const format::Feedback& feedback,
                               const FeedbackMarks& marks, Instant now) {
  MatchedFeedback matched;
  for (const auto& address : feedback.return_paths) {
    if (auto delivery = by_return_path(connection, address, marks)) {
      return about(std::move(*delivery), feedback, MatchedBy::return_path);
    }
  }
  if (std::ranges::any_of(feedback.return_paths, [&](const auto& one) { return is_forged(marks, one); })) {
    add_unmatched(matched, feedback, "forged-return-path", "its return path was not made by this store");
    return matched;
  }
  for (const auto& id : feedback.message_ids) {
    if (auto delivery = by_message_id(connection, id)) {
      return about(std::move(*delivery), feedback, MatchedBy::message_id);
    }
  }
  if (feedback.recipients.empty()) {
    add_unmatched(matched, feedback, "no-recipient", "it names neither a delivery nor a recipient");
    return matched;
  }
  // A complaint may come long after; a bounce does not.
  const auto longest_way = feedback.kind == format::FeedbackKind::complaint
                               ? std::nullopt
                               : std::optional(marks.rules.longest_way);
  bool found = false;
  for (const auto& one : feedback.recipients) {
    MatchedReport report{one, std::nullopt, MatchedBy::address};
    for (const auto& address : {one.address, one.original}) {
      if (address.empty() || report.delivery) continue;
      // A clock that is ahead of ours.
      const auto at = std::min(feedback.at.value_or(now), now);
      report.delivery = by_address(connection, address, at, longest_way);
    }
    found = found || report.delivery;
    matched.reports.push_back(std::move(report));
  }
  if (!found)
    add_unmatched(matched, feedback, "no-delivery", "nothing was sent to whom it names shortly before it");
  return matched;
}

bool take_bounce(store::Connection& connection, const format::Feedback& feedback, const MatchedReport& report,
                 Instant now) {
  const auto& recipient = report.recipient;
  if (!report.delivery || recipient.action == Action::delayed) return false;
  const auto& delivery = *report.delivery;
  // Sent again since, perhaps to a corrected address: this is about the earlier time.
  const bool rerun = delivery.attempts > delivery.round;
  if (rerun && delivery.first_try && feedback.at.value_or(now) < *delivery.first_try) return false;
  // What was sent before it was corrected comes back late: it names the address of then.
  const auto named = key_of(delivery.address);
  if (rerun && key_of(recipient.address) != named && key_of(recipient.original) != named) return false;
  Outcome outcome;
  outcome.verdict = Outcome::Verdict::rejected;
  const bool hard = recipient.fault == BounceClass::hard;
  outcome.fault = hard ? Outcome::Fault::recipient : Outcome::Fault::passing;
  outcome.cause = hard ? "bounced" : "bounced-soft";
  outcome.host = recipient.host;
  outcome.code = recipient.code;
  outcome.enhanced = recipient.status;
  outcome.text = without_codes(recipient);
  return store::fail_returned(connection, delivery, outcome, now);
}

}  // namespace crier::delivery
