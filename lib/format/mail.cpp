#include "format/mail.hpp"

#include <fmt/format.h>

#include "base/os.hpp"
#include "format/mail_body.hpp"
#include "format/mail_header.hpp"

namespace crier::format {
namespace {

void append_date(std::string& out, Instant at, std::chrono::seconds offset) {
  // The messages of a job leave within seconds of each other.
  struct Written {
    Instant second{Millis::min()};
    std::chrono::seconds offset{0};
    std::string text;
  };
  thread_local Written last;
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  if (last.second != second || last.offset != offset) last = {second, offset, to_rfc5322(second, offset)};
  out += "Date: ";
  out += last.text;
  out += "\r\n";
}

/// The line end before a boundary belongs to it: a part that ends a line gives one more.
void append_boundary(std::string& out, std::string_view boundary, char which, std::string_view end) {
  out += "\r\n--";
  out += boundary;
  out += which;
  out += end;
}

}  // namespace

MailComposer::MailComposer(MailContent content)
    // `=_` stands in no quoted-printable and no base64 text; the rest nobody can guess.
    : content_(std::move(content)), boundary_("=_crier-" + os::random_hex(12) + "-") {
  append_mailbox_field(head_, "From", content_.from_name, content_.from_address);
  if (!content_.reply_to.empty()) append_mailbox_field(head_, "Reply-To", "", content_.reply_to);
  append_text_field(subject_, "Subject", content_.subject);
  if (content_.origin == MailOrigin::automatic) after_subject_ += "Auto-Submitted: auto-generated\r\n";
  for (const auto& header : content_.headers) append_text_field(after_subject_, header.name, header.value);
  after_subject_ += "MIME-Version: 1.0\r\n";
  attachments_ = encode_attachments();
  encode_shared();
}

void MailComposer::encode_shared() {
  auto& out = to_end_of_text_;
  if (!attachments_.empty()) {
    out += fmt::format("Content-Type: multipart/mixed;\r\n boundary=\"{}m\"\r\n", boundary_);
    append_boundary(out, boundary_, 'm', "\r\n");
  }
  if (!content_.html.empty()) {
    out += fmt::format("Content-Type: multipart/alternative;\r\n boundary=\"{}a\"\r\n", boundary_);
    append_boundary(out, boundary_, 'a', "\r\n");
  }
  text_encoding_ = encoding_for(content_.text);
  append_text_fields(out, "plain", text_encoding_);
  append_encoded(out, content_.text, text_encoding_);
  if (!content_.html.empty()) {
    append_boundary(to_end_of_html_, boundary_, 'a', "\r\n");
    html_encoding_ = encoding_for(content_.html);
    append_text_fields(to_end_of_html_, "html", html_encoding_);
    append_encoded(to_end_of_html_, content_.html, html_encoding_);
    append_encoded(rest_, content_.html_end, html_encoding_);
    append_boundary(rest_, boundary_, 'a', "--\r\n");
  }
  rest_ += attachments_;
}

/// A text that does not end its last line, or goes as base64, has to be encoded as a whole.
bool MailComposer::may_splice(const MailRecipient& recipient) const {
  const auto ends_a_line = [](std::string_view text) { return text.empty() || text.ends_with('\n'); };
  if (!recipient.own_text.empty() || !recipient.own_html.empty()) return false;
  if (!recipient.appended_text.empty() && !ends_a_line(content_.text)) return false;
  if (!content_.html.empty() && !ends_a_line(content_.html)) return false;
  if (!content_.html.empty() && !ends_a_line(recipient.appended_html)) return false;
  return may_follow(recipient.appended_text, text_encoding_) &&
         (content_.html.empty() ||
          (may_follow(recipient.appended_html, html_encoding_) && html_encoding_ != TextEncoding::base64));
}

std::string MailComposer::compose(const MailRecipient& recipient) const {
  std::string out;
  out.reserve(head_.size() + after_subject_.size() + to_end_of_text_.size() + to_end_of_html_.size() +
              rest_.size() + recipient.own_text.size() + recipient.own_html.size() +
              recipient.appended_text.size() + recipient.appended_html.size() + 512);
  append_date(out, recipient.date, content_.date_offset);
  append_mailbox_field(out, "To", recipient.to_name, recipient.to_address);
  append_message_id(out, recipient.message_id);
  for (const auto& header : recipient.headers) append_text_field(out, header.name, header.value);
  out += head_;
  if (recipient.own_subject.empty()) {
    out += subject_;
  } else {
    append_text_field(out, "Subject", recipient.own_subject);
  }
  out += after_subject_;
  if (may_splice(recipient)) {
    out += to_end_of_text_;
    append_encoded(out, recipient.appended_text, text_encoding_);
    out += to_end_of_html_;
    if (!content_.html.empty()) append_encoded(out, recipient.appended_html, html_encoding_);
    out += rest_;
    return out;
  }
  const bool own_html = !recipient.own_html.empty();
  const auto text =
      std::string(recipient.own_text.empty() ? std::string_view(content_.text) : recipient.own_text)
          .append(recipient.appended_text);
  auto html = own_html ? std::string(recipient.own_html) : content_.html;
  if (!own_html && !html.empty()) html.append(recipient.appended_html).append(content_.html_end);
  append_body(out, text, html);
  return out;
}

void MailComposer::append_body(std::string& out, std::string_view text, std::string_view html) const {
  if (attachments_.empty()) {
    append_alternatives(out, text, html);
    return;
  }
  out += fmt::format("Content-Type: multipart/mixed;\r\n boundary=\"{}m\"\r\n", boundary_);
  append_boundary(out, boundary_, 'm', "\r\n");
  append_alternatives(out, text, html);
  out += attachments_;
}

void MailComposer::append_alternatives(std::string& out, std::string_view text, std::string_view html) const {
  if (html.empty()) {
    append_text_part(out, "plain", text);
    return;
  }
  out += fmt::format("Content-Type: multipart/alternative;\r\n boundary=\"{}a\"\r\n", boundary_);
  append_boundary(out, boundary_, 'a', "\r\n");
  append_text_part(out, "plain", text);
  append_boundary(out, boundary_, 'a', "\r\n");
  append_text_part(out, "html", html);
  append_boundary(out, boundary_, 'a', "--\r\n");
}

std::string MailComposer::encode_attachments() const {
  std::string out;
  for (const auto& attachment : content_.attachments) {
    append_boundary(out, boundary_, 'm', "\r\n");
    append_text_field(out, "Content-Type", attachment.type);
    out += "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment";
    append_file_name(out, attachment.file_name);
    out += "\r\n\r\n";
    append_base64_lines(out, attachment.bytes);
  }
  if (!out.empty()) append_boundary(out, boundary_, 'm', "--\r\n");
  return out;
}

}  // namespace crier::format
