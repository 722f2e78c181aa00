#include "format/feedback.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "format/bounce_text.hpp"
#include "format/bounce_words.hpp"
#include "format/delivery_report.hpp"
#include "format/json_notice.hpp"
#include "format/mail_parts.hpp"

namespace crier::format {
namespace {

constexpr std::size_t most_listed = 50;
constexpr std::size_t longest_looked_at = 64U << 10;

/// A report taken apart: what is said in words, what in fields, what is returned.
struct Pieces {
  std::vector<MailPart> parts;
  /// The words of the server, up to the returned mail.
  std::string notice;
  /// The returned mail, or its header.
  std::string original;
  std::string report;     // message/delivery-status
  std::string complaint;  // message/feedback-report

  const MailFields& head() const { return parts.front().fields; }
};

bool is_enclosed_mail(const std::string& type) {
  return type == "message/rfc822" || type == "text/rfc822-headers" || type == "message/rfc822-headers" ||
         type == "text/rfc822" || type == "message/partial" || type == "message/global" ||
         type == "message/global-headers";
}

void add_words(Pieces& pieces, std::string_view text) {
  const auto [notice, original] = part_notice(text);
  if (pieces.notice.size() < longest_looked_at) pieces.notice.append(notice).append("\n");
  if (pieces.original.empty()) pieces.original = original;
}

bool is_report(std::string_view mail) {
  return read_content_type(read_fields(mail).fields.first("Content-Type")).type == "multipart/report";
}

Pieces take_apart(std::string_view mail) {
  Pieces pieces;
  pieces.parts = read_parts(mail);
  std::string html;
  for (const auto& part : pieces.parts) {
    const auto& type = part.content.type;
    if (type == "message/delivery-status" || type == "message/global-delivery-status") {
      if (pieces.report.empty()) pieces.report = part.body;  // the outer one counts
    } else if (type == "message/feedback-report") {
      if (pieces.complaint.empty()) pieces.complaint = part.body;
    } else if (is_enclosed_mail(type)) {
      if (pieces.original.empty()) pieces.original = part.body;
    } else if (type == "text/html") {
      html += text_of_html(std::string_view(part.body).substr(0, longest_looked_at));
    } else if (type.starts_with("text/")) {
      add_words(pieces, part.body);
    }
  }
  if (trim_invisible(pieces.notice).empty() && !html.empty()) add_words(pieces, html);
  return pieces;
}

void add_all(std::vector<std::string>& list, std::vector<std::string> more) {
  for (auto& one : more) {
    if (list.size() < most_listed && std::ranges::find(list, one) == list.end())
      list.push_back(std::move(one));
  }
}

/// `<a@b>` in a value; what stands without brackets counts too.
std::vector<std::string> ids_in(std::string_view value) {
  std::vector<std::string> ids;
  for (auto& one : addresses_in(value)) ids.push_back("<" + std::move(one) + ">");
  return ids;
}

/// What the returned mail's header tells; servers indent it, quote it with `>`, or put it among their words.
struct OriginalHead {
  std::vector<std::string> message_ids;
  std::vector<std::string> return_paths;
  std::vector<std::string> senders;
  std::vector<std::string> to;
  /// It went to a list, or to several.
  bool to_many = false;
};

OriginalHead read_original(std::string_view text) {
  OriginalHead head;
  text = text.substr(0, longest_looked_at);
  std::string_view name;
  for (auto line : split(text, '\n')) {
    const bool folded = line.starts_with(' ') || line.starts_with('\t');
    while (line.starts_with('>') || line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
    const auto colon = line.find(':');
    const auto lower = colon == std::string_view::npos || colon > 30 ? "" : to_lower(line.substr(0, colon));
    auto value = line;
    if (lower == "list-id" || lower == "list-post" || lower == "cc") head.to_many = true;
    if (lower == "message-id" || lower == "return-path" || lower == "from" || lower == "to" ||
        lower == "envelope-from" || lower == "sender" || lower == "x-envelope-to" ||
        lower == "x-original-to") {
      value = line.substr(colon + 1);
      name = lower == "message-id"                                ? "id"
             : lower == "return-path" || lower == "envelope-from" ? "path"
             : lower == "from" || lower == "sender"               ? "from"
                                                                  : "to";
    } else if (!lower.empty() || !folded) {
      name = {};
    }
    if (name == "id") add_all(head.message_ids, ids_in(value));
    if (name == "path") add_all(head.return_paths, addresses_in(value));
    if (name == "from") add_all(head.senders, addresses_in(value));
    if (name == "to") add_all(head.to, addresses_in(value));
  }
  return head;
}

std::vector<std::string> addresses_of(const MailFields& fields,
                                      std::initializer_list<std::string_view> names) {
  std::vector<std::string> all;
  for (const auto name : names) {
    for (const auto value : fields.all(name)) add_all(all, addresses_in(value));
  }
  return all;
}

bool comes_from_server(const MailFields& head) {
  return is_bounce_sender(to_lower(decode_words(head.first("From")))) ||
         is_bounce_sender(to_lower(head.first("Return-Path")));
}

/// RFC 3834, and what was in use before it.
bool is_auto_reply(const MailFields& head) {
  const auto submitted = to_lower(head.first("Auto-Submitted"));
  const auto subject = to_lower(decode_words(head.first("Subject")));
  const auto precedence = to_lower(head.first("Precedence"));
  return submitted.starts_with("auto-replied") || head.has("X-Autoreply") || head.has("X-Autorespond") ||
         head.has("X-Autoresponder") || head.has("X-Auto-Reply-From") || precedence == "auto_reply" ||
         to_lower(head.first("X-Apple-Action")).find("vacation") != std::string::npos ||
         is_absence_subject(subject);
}

/// Servers call their bounces auto-replied too (exim); the sender or the subject says what they are.
bool calls_itself_bounce(const MailFields& head) {
  return to_lower(head.first("From")).find("mailer-daemon") != std::string::npos ||
         is_bounce_subject(to_lower(decode_words(head.first("Subject"))));
}

/// `unsubscribe u17.12.Xk2v…`: as message/personal_link writes the mailto form.
std::string unsubscribe_token(const MailFields& head) {
  const auto subject = decode_words(head.first("Subject"));
  const auto plain = trim_invisible(subject);
  constexpr std::string_view word = "unsubscribe";
  if (to_lower(plain.substr(0, word.size())) == word) {
    const auto token = trim_invisible(plain.substr(word.size()));
    if (!token.empty() && token.find(' ') == std::string_view::npos) return std::string(token);
  }
  // Or `unsubscribe+TOKEN@…`, where the subject was lost.
  for (const auto& address : addresses_of(head, {"To", "Delivered-To", "X-Original-To"})) {
    const auto at = address.find('@');
    if (address.starts_with("unsubscribe+")) return address.substr(word.size() + 1, at - word.size() - 1);
  }
  return "";
}

ReportedRecipient complaint_of(const std::string& address) {
  ReportedRecipient one;
  one.address = address;
  return one;
}

void read_as_complaint(Feedback& feedback, const Pieces& pieces, const OriginalHead& original) {
  const auto report = read_complaint(pieces.complaint);
  if (report.type == "auth-failure" || report.type == "dmarc" || report.type == "not-spam") {
    feedback.remark = "a report of type '" + one_line(report.type, 40) + "', which is nobody's complaint";
    return;
  }
  feedback.kind = FeedbackKind::complaint;
  add_all(feedback.return_paths, report.return_paths);
  auto named = report.recipients;
  if (named.empty()) named = original.to;
  for (const auto& address : named) {
    const bool twice = std::ranges::any_of(
        feedback.recipients, [&](const auto& one) { return to_lower(one.address) == to_lower(address); });
    if (!twice) feedback.recipients.push_back(complaint_of(address));
  }
}

/// The whole notice is about one mail: words of delay hold for all whom it names.
void mark_delayed(std::vector<ReportedRecipient>& recipients, std::string_view notice) {
  if (!has_delay_words(to_lower(notice))) return;
  for (auto& one : recipients) {
    if (one.fault == BounceClass::hard) continue;
    one.action = ReportedRecipient::Action::delayed;
  }
}

void read_as_bounce(Feedback& feedback, const Pieces& pieces, const OriginalHead& original) {
  const auto& head = pieces.head();
  const auto subject = to_lower(decode_words(head.first("Subject")));
  const bool has_fields = !pieces.report.empty();
  const bool fields_in_words =
      !has_fields && to_lower(pieces.notice).find("final-recipient:") != std::string::npos;
  if (has_fields || fields_in_words) {
    const auto report = read_delivery_report(has_fields ? pieces.report : pieces.notice, pieces.notice);
    feedback.recipients = report.recipients;
    if (report.recipients.empty() && report.reached > 0) {
      feedback.remark = "a report that the mail has arrived";
      return;
    }
  }
  const auto failed = addresses_of(head, {"X-Failed-Recipients"});
  if (feedback.recipients.empty() && !has_fields && failed.empty()) {
    const bool server = comes_from_server(head);
    const auto words = to_lower(pieces.notice);
    if (has_delivered_words(words) && !has_bounce_words(words)) {
      feedback.remark = "a report that the mail has arrived";
      return;
    }
    // A person who writes about a bounce, or answers one, is no server.
    const bool answer = trim_invisible(subject).starts_with("re:");
    const bool by_subject = is_bounce_subject(subject);
    const bool by_words = has_bounce_words(words);
    if (!(server && (by_subject || by_words)) && !(by_subject && by_words && !answer)) {
      feedback.remark = "no bounce, complaint, auto-reply or unsubscribe mail";
      return;
    }
  }
  feedback.kind = FeedbackKind::bounce;
  if (!feedback.recipients.empty()) return;
  for (const auto& address : failed) feedback.recipients.push_back(read_failure_of(address, pieces.notice));
  if (feedback.recipients.empty()) {
    auto own = addresses_of(head, {"To", "Cc", "Delivered-To", "From", "Return-Path"});
    add_all(own, original.return_paths);
    add_all(own, original.senders);
    feedback.recipients = read_notice(pieces.notice, own);
  }
  // A gateway that wraps another server's report and says nothing itself: that one counts, and no further.
  if (feedback.recipients.empty() && is_report(pieces.original)) {
    const auto inner = take_apart(pieces.original);
    feedback.recipients = read_delivery_report(inner.report, inner.notice).recipients;
    const auto innermost = read_original(inner.original);
    feedback.message_ids = innermost.message_ids;
    add_all(feedback.return_paths, innermost.return_paths);
  }
  // Our mails go to one recipient each: whom the returned one was to is who failed.
  if (feedback.recipients.empty() && original.to.size() == 1 && !original.to_many) {
    feedback.recipients.push_back(read_failure_of(original.to.front(), pieces.notice));
  }
  if (feedback.recipients.empty()) {
    std::vector<ReportedRecipient> unnamed{read_failure_of("", pieces.notice)};
    mark_delayed(unnamed, pieces.notice);
    feedback.unnamed = std::move(unnamed.front());
    return;
  }
  mark_delayed(feedback.recipients, pieces.notice);
}

}  // namespace

Feedback read_feedback(std::string_view mail) {
  Feedback feedback;
  const auto pieces = take_apart(mail);
  const auto& head = pieces.head();
  feedback.at = read_mail_date(head.first("Date"));
  feedback.token = unsubscribe_token(head);
  if (!feedback.token.empty()) {
    feedback.kind = FeedbackKind::unsubscribe;
    return feedback;
  }
  const auto original = read_original(pieces.original);
  feedback.message_ids = original.message_ids;
  for (const auto name : {"In-Reply-To", "References"})
    add_all(feedback.message_ids, ids_in(head.first(name)));
  feedback.return_paths =
      addresses_of(head, {"To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "Cc"});
  add_all(feedback.return_paths, original.return_paths);
  if (read_json_notice(feedback, pieces.notice)) return feedback;
  const auto subject = to_lower(trim_invisible(decode_words(head.first("Subject"))));
  if (!pieces.complaint.empty() || subject.starts_with("complaint about message from")) {
    read_as_complaint(feedback, pieces, original);
    return feedback;
  }
  // An absence is told by its own signs first, unless a server reports in fields or names who failed.
  if (pieces.report.empty() && !head.has("X-Failed-Recipients") && is_auto_reply(head) &&
      !calls_itself_bounce(head)) {
    feedback.kind = FeedbackKind::auto_reply;
    return feedback;
  }
  read_as_bounce(feedback, pieces, original);
  return feedback;
}

}  // namespace crier::format
