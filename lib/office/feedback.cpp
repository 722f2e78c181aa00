#include "office/feedback.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/error.hpp"
#include "delivery/blocking.hpp"
#include "delivery/feedback.hpp"
#include "format/feedback.hpp"
#include "format/mail_parts.hpp"
#include "intake/mailbox.hpp"
#include "office/links.hpp"
#include "office/permission.hpp"
#include "store/feedback_store.hpp"
#include "store/message_store.hpp"
#include "store/secret_store.hpp"

namespace crier::office {
namespace {

using format::FeedbackKind;

/// So many mails to a transaction: short, and few of them.
constexpr std::size_t group_size = 200;

struct ReadMail {
  std::string file;
  std::string digest;
  format::Feedback feedback;
};

std::string_view word_of(FeedbackKind kind) {
  switch (kind) {
    case FeedbackKind::bounce:
      return "bounce";
    case FeedbackKind::complaint:
      return "complaint";
    case FeedbackKind::auto_reply:
      return "auto-reply";
    case FeedbackKind::unsubscribe:
      return "unsubscribe";
    case FeedbackKind::other:
      return "other";
  }
  return "";
}

/// A mail is the same with other line ends, and with or without a blank line behind it.
std::string digest_of(std::string_view bytes) {
  auto text = format::with_plain_line_ends(bytes);
  while (text.ends_with('\n')) text.pop_back();
  return store::sha256_hex(text);
}

class Reading {
 public:
  explicit Reading(const Office& office) : office_(office), sight_(address_sight(office)) {
    require(office, Act::import);
    marks_.key = store::link_key(office.store).value_or("");
    marks_.rules = office.settings.bounces;
  }

  void take(const std::string& file, std::string_view bytes) {
    ++report_.read;
    group_.push_back({file, digest_of(bytes), format::read_feedback(bytes)});
    if (group_.size() >= group_size) write_group();
  }

  void pass(const std::string& file, const std::string& why) {
    ++report_.unreadable;
    report_.left.push_back({file, "unreadable", why});
  }

  FeedbackReport finish() {
    write_group();
    return std::move(report_);
  }

 private:
  void write_group();
  void take_reports(const ReadMail& mail);
  void take_unsubscribe(const ReadMail& mail);
  void list(const ReadMail& mail, const delivery::MatchedReport& report);
  void leave(const ReadMail& mail, std::string_view reason, std::string_view remark) {
    report_.left.push_back({mail.file, std::string(reason), std::string(remark)});
  }

  const Office& office_;
  AddressSight sight_;
  delivery::FeedbackMarks marks_;
  FeedbackReport report_;
  std::vector<ReadMail> group_;
};

void Reading::list(const ReadMail& mail, const delivery::MatchedReport& report) {
  const bool complaint = mail.feedback.kind == FeedbackKind::complaint;
  const bool hard = report.recipient.fault == format::BounceClass::hard &&
                    report.recipient.action == format::ReportedRecipient::Action::failed;
  ++(complaint ? report_.complaint : hard ? report_.hard : report_.soft);
  ReportedAddress one;
  one.file = mail.file;
  one.recipient = shown_address(sight_, report.recipient.address);
  one.fault = complaint ? "complaint" : hard ? "hard" : "soft";
  if (report.delivery) {
    one.delivery = report.delivery->id;
    one.matched_by = to_text(report.by);
  }
  report_.recipients.push_back(std::move(one));
}

void Reading::take_reports(const ReadMail& mail) {
  const auto now = office_.clock.now();
  const auto matched = delivery::match_feedback(office_.store, mail.feedback, marks_, now);
  std::optional<std::int64_t> about;
  for (const auto& report : matched.reports) {
    list(mail, report);
    if (!report.delivery) continue;
    about = report.delivery->id;
    if (mail.feedback.kind == FeedbackKind::bounce) {
      report_.failed += delivery::take_bounce(office_.store, mail.feedback, report, now);
    } else if (delivery::block_for_complaint(
                   office_.store, report.delivery->address,
                   fmt::format("complaint about message {}", report.delivery->message), now)) {
      ++report_.blocked;
      record(office_, "block", fmt::format("person {}", report.delivery->person),
             fmt::format("a complaint about message {}", report.delivery->message));
    }
  }
  if (matched.reason.empty()) {
    store::note_feedback(office_.store, mail.digest, word_of(mail.feedback.kind), about, now);
  } else {
    ++report_.unmatched;
    leave(mail, matched.reason, matched.remark);
  }
}

/// The token is its reader's leave, wherever it comes from (M8); its act has a transaction of its own.
void Reading::take_unsubscribe(const ReadMail& mail) {
  try {
    open_link(office_, mail.feedback.token, LinkUse::opt_out);
  } catch (const Error& error) {
    if (error.exit() != Exit::refused_input && error.exit() != Exit::nothing_there) throw;
    ++report_.unmatched;
    leave(mail, "bad-token", error.message());
    return;
  }
  ++report_.unsubscribe;
  store::Transaction transaction(office_.store);
  store::note_feedback(office_.store, mail.digest, "unsubscribe", std::nullopt, office_.clock.now());
  transaction.commit();
}

void Reading::write_group() {
  const auto group = std::exchange(group_, {});
  const auto failed_before = report_.failed;
  const auto blocked_before = report_.blocked;
  std::vector<const ReadMail*> unsubscribes;
  {
    store::Transaction transaction(office_.store);
    for (const auto& mail : group) {
      if (store::is_feedback_known(office_.store, mail.digest)) {
        ++report_.ignored;
        ++report_.again;
        continue;
      }
      switch (mail.feedback.kind) {
        case FeedbackKind::bounce:
        case FeedbackKind::complaint:
          take_reports(mail);
          break;
        case FeedbackKind::auto_reply:
          ++report_.auto_reply;
          break;
        case FeedbackKind::unsubscribe:
          unsubscribes.push_back(&mail);
          break;
        case FeedbackKind::other:
          ++report_.ignored;
          leave(mail, "not-feedback", mail.feedback.remark);
          break;
      }
    }
    report_.blocked += static_cast<std::int64_t>(
        delivery::weigh_faults(office_.store, marks_.rules, office_.actor, office_.clock.now()).size());
    if (report_.failed > failed_before || report_.blocked > blocked_before) {
      record(office_, "import", "bounces",
             fmt::format("{} mails: {} deliveries came back, {} addresses blocked", group.size(),
                         report_.failed - failed_before, report_.blocked - blocked_before));
    }
    transaction.commit();
  }
  for (const auto* mail : unsubscribes) take_unsubscribe(*mail);
}

}  // namespace

FeedbackReport import_bounces(const Office& office, const std::filesystem::path& path) {
  Reading reading(office);
  intake::read_mailbox(
      path, [&](const std::string& file, std::string_view bytes) { reading.take(file, bytes); },
      [&](const std::string& file, const std::string& why) { reading.pass(file, why); });
  return reading.finish();
}

FeedbackReport import_bounces(const Office& office, const std::string& name, std::string_view bytes) {
  Reading reading(office);
  intake::read_mailbox_text(
      name, bytes, [&](const std::string& file, std::string_view mail) { reading.take(file, mail); });
  return reading.finish();
}

}  // namespace crier::office
