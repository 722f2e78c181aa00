// Composing e-mails (RFC 5322), a hot path (design decision 11): a composer is made once per message with all
// that its recipients share, encoded there and then; compose() splices in what is one recipient's own.
// Between message/compose, which renders texts, and the SMTP transport or the outbox, which carries the
// bytes.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "format/mail_body.hpp"

namespace crier::format {

struct MailHeader {
  std::string name;
  std::string value;
};

struct MailAttachment {
  std::string file_name;
  /// `application/pdf`
  std::string type;
  std::string bytes;
};

/// Who writes: a program says so (RFC 3834), so that out-of-office replies stay away.
enum class MailOrigin { person, automatic };

/// What all recipients share.
struct MailContent {
  std::string from_name;
  std::string from_address;
  /// An address, or empty.
  std::string reply_to;
  std::string subject;
  /// UTF-8 with LF.
  std::string text;
  /// The same as HTML, or empty: the mail is plain text alone. What closes the page stands apart, for a
  /// recipient's own words may come before it.
  std::string html;
  std::string html_end;
  std::vector<MailAttachment> attachments;
  /// More fields: `List-Unsubscribe`, `X-…`.
  std::vector<MailHeader> headers;
  MailOrigin origin = MailOrigin::automatic;
  /// The zone in which Date is written.
  std::chrono::seconds date_offset{0};
};

/// What is one recipient's own. Empty texts: the shared ones.
struct MailRecipient {
  std::string_view to_name;
  std::string_view to_address;
  /// `name@host`, with or without angle brackets.
  std::string_view message_id;
  Instant date{};
  std::string_view own_subject = {};
  std::string_view own_text = {};
  std::string_view own_html = {};
  /// Put behind the shared plain text, as it is.
  std::string_view appended_text = {};
  /// Put behind the shared HTML, before its end.
  std::string_view appended_html = {};
  std::span<const MailHeader> headers = {};
};

class MailComposer {
 public:
  /// Throws Error(usage) where a header value holds a line break or NUL, an address is none, or the text
  /// holds a NUL.
  explicit MailComposer(MailContent content);

  /// The whole message, lines ended by CRLF, not dot-stuffed. May be called from several threads.
  std::string compose(const MailRecipient& recipient) const;

 private:
  void append_body(std::string& out, std::string_view text, std::string_view html) const;
  void append_alternatives(std::string& out, std::string_view text, std::string_view html) const;
  std::string encode_attachments() const;
  void encode_shared();
  bool may_splice(const MailRecipient& recipient) const;

  MailContent content_;
  std::string boundary_;
  std::string attachments_;    // ready, with the closing boundary
  std::string head_;           // the shared fields before the subject
  std::string subject_;        // the field
  std::string after_subject_;  // the rest
  // The shared body, encoded: up to the end of the plain text, up to the end of the HTML, the rest. Between
  // them a recipient's own words are spliced in, where they may be encoded the same way.
  std::string to_end_of_text_;
  std::string to_end_of_html_;
  std::string rest_;
  TextEncoding text_encoding_{};
  TextEncoding html_encoding_{};
};

}  // namespace crier::format
