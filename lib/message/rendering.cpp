#include "message/rendering.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>

#include "base/text.hpp"
#include "format/json.hpp"
#include "format/mail.hpp"
#include "message/markdown.hpp"
#include "message/return_path.hpp"
#include "message/sms.hpp"
#include "message/words.hpp"
#include "model/person.hpp"

namespace crier::message {
namespace {

/// `Annabel Dyer (9B), Ben Dyer (7A)` for the pupils a message concerns, for the one who reads it.
std::string about_names(std::string_view related) {
  std::string names;
  for (const auto name : split(related, '\n')) {
    if (name.empty()) continue;
    if (!names.empty()) names += ", ";
    names += name;
  }
  return names;
}

std::string with_line_end(std::string text) {
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

}  // namespace

struct Rendering::Rep {
  store::MessageRow message;
  Channel channel;
  std::string uuid;
  std::string from;
  std::string school;
  RenderingParts parts;
  Words words;
  /// M8: behind every e-mail, who writes and whether an answer is read.
  std::string footer;
  std::string html_footer;
  std::unique_ptr<format::MailComposer> composer;

  void prepare_mail(const roster::SchoolProfile& profile);
  std::string mail(const store::Claimed& delivery) const;
  std::string document(const store::Claimed& delivery) const;
  boost::json::object values(const store::Claimed& delivery) const;
  std::string text_behind(const store::Claimed& delivery) const;
  std::string html_behind(const store::Claimed& delivery) const;
  std::string ack_url(const store::Claimed& delivery) const;
  /// The words themselves say whom they are about.
  bool names_pupils() const {
    return words.paths().contains("pupil") || words.paths().contains("pupils.name") ||
           words.paths().contains("pupils.given");
  }
  std::vector<format::MailHeader> headers(const store::Claimed& delivery) const;
  /// A digest's words are its own; its subject is the message's, in the reader's language.
  std::string digest_subject(const store::Claimed& delivery) const {
    if (!words.is_template()) return message.subject;
    return words.write_subject(delivery.language,
                               words.has_fields() ? values(delivery) : boost::json::object());
  }
};

Rendering::Rendering(const store::MessageRow& message, const roster::SchoolProfile& school, Channel channel,
                     std::string_view store_uuid, RenderingParts parts) {
  Words words(message.subject, message.body, parts.texts, message.template_name);
  rep_ = std::unique_ptr<Rep>(new Rep{message, channel, std::string(store_uuid), "", school.name,
                                      std::move(parts), std::move(words), "", "", nullptr});
  if (channel == Channel::email) {
    rep_->prepare_mail(school);
  } else {
    rep_->from = channel == Channel::sms && !school.sender.sms.empty() ? school.sender.sms : school.name;
  }
}

Rendering::~Rendering() = default;

const std::string& Rendering::from() const {
  return rep_->from;
}

std::string Rendering::envelope_sender(const store::Claimed& delivery) const {
  const auto& parts = rep_->parts;
  if (rep_->channel != Channel::email || parts.bounce_address.empty() || parts.links.key.empty())
    return rep_->from;
  return return_path(parts.links.key, rep_->uuid, parts.bounce_address, delivery.id);
}

std::string Rendering::render(const store::Claimed& delivery) const {
  return rep_->composer ? rep_->mail(delivery) : rep_->document(delivery);
}

void Rendering::Rep::prepare_mail(const roster::SchoolProfile& profile) {
  from = profile.sender.email;
  const bool no_reply = profile.sender.reply_to.empty();
  constexpr std::string_view no_replies = "This address does not take replies.";
  footer = fmt::format("\n-- \n{}\n{}{}", profile.name, no_reply ? no_replies : "", no_reply ? "\n" : "");
  html_footer = fmt::format("<footer><p dir=\"auto\">{}{}{}</p></footer>\n", html_escape(profile.name),
                            no_reply ? "<br>\n" : "", no_reply ? no_replies : "");
  format::MailContent content;
  content.from_name = profile.sender.name;
  content.from_address = profile.sender.email;
  content.reply_to = profile.sender.reply_to;
  content.subject = message.subject;
  content.date_offset = profile.zone.offset(message.created);
  content.html_end = html_end();
  if (!words.has_fields() && !words.is_template()) {
    const auto written = words.write(channel, "", {});
    content.text = with_line_end(written.text);
    content.html = html_begin("") + markdown_to_html(written.markdown);
  }
  for (auto& one : parts.attachments) {
    content.attachments.push_back({one.file_name, one.type, std::move(one.bytes)});
  }
  parts.attachments.clear();
  composer = std::make_unique<format::MailComposer>(std::move(content));
}

boost::json::object Rendering::Rep::values(const store::Claimed& delivery) const {
  if (!delivery.fields) return {};
  auto values = format::parse_json(*delivery.fields, "the fields of a delivery").as_object();
  // A link names the message, which had no number when the values were worked out.
  const auto renew = [&](std::string_view field, const std::string& url) {
    values.erase(field);
    if (!url.empty()) values[field] = url;
  };
  if (words.paths().contains("ack_link")) renew("ack_link", ack_url(delivery));
  if (words.paths().contains("optout_link")) {
    renew("optout_link",
          link_url(parts.links, {LinkTarget::Purpose::unsubscribe, delivery.person, message.id}));
  }
  return values;
}

std::string Rendering::Rep::ack_url(const store::Claimed& delivery) const {
  if (!message.ack) return "";
  return link_url(parts.links, {LinkTarget::Purpose::confirm, delivery.person, message.id});
}

std::string Rendering::Rep::text_behind(const store::Claimed& delivery) const {
  const auto about = names_pupils() ? std::string() : about_names(delivery.related);
  const auto ack = words.paths().contains("ack_link") ? std::string() : ack_url(delivery);
  std::string text;
  if (!about.empty()) text += "\nAbout: " + about + "\n";
  if (!ack.empty()) text += "\nPlease confirm that you have read this: " + ack + "\n";
  return text + footer;
}

std::string Rendering::Rep::html_behind(const store::Claimed& delivery) const {
  const auto about = names_pupils() ? std::string() : about_names(delivery.related);
  const auto ack = words.paths().contains("ack_link") ? std::string() : html_escape(ack_url(delivery));
  std::string html;
  if (!about.empty()) html += "<p dir=\"auto\">About: " + html_escape(about) + "</p>\n";
  if (!ack.empty()) {
    html += fmt::format("<p>Please confirm that you have read this: <a href=\"{0}\">{0}</a></p>\n", ack);
  }
  return html + html_footer;
}

/// M8: one click opts out of what is no statutory notice.
std::vector<format::MailHeader> Rendering::Rep::headers(const store::Claimed& delivery) const {
  if (message.category == Category::system || message.priority == Priority::emergency ||
      parts.links.key.empty())
    return {};
  return unsubscribe_headers(parts.links, {LinkTarget::Purpose::unsubscribe, delivery.person, message.id});
}

std::string Rendering::Rep::mail(const store::Claimed& delivery) const {
  const auto name = spoken_name(delivery.family, delivery.given);
  const auto id = message_id(uuid, delivery.job, delivery.id, from);
  const auto own_headers = headers(delivery);
  format::MailRecipient recipient;
  recipient.to_name = name;
  recipient.to_address = delivery.address;
  recipient.message_id = id;
  recipient.date = delivery.first_try;
  recipient.headers = own_headers;
  std::string subject, text, html;
  const auto behind = text_behind(delivery);
  const auto html_behind_it = html_behind(delivery);
  if (delivery.body) {
    // A digest is whole in itself, its names and its end too.
    text = *delivery.body;
    html = html_begin(words.is_template() ? words.language_for(delivery.language) : "") +
           markdown_to_html(text) + html_end();
    subject = digest_subject(delivery);
    recipient.own_subject = subject;
    recipient.own_text = text;
    recipient.own_html = html;
  } else if (words.has_fields() || words.is_template()) {
    const auto written = words.write(channel, delivery.language, values(delivery));
    subject = written.subject;
    text = with_line_end(written.text) + behind;
    html = html_begin(words.language_for(delivery.language)) + markdown_to_html(written.markdown) +
           html_behind_it + html_end();
    // A test says so; the message's own words do already.
    if (message.test && words.is_template()) subject = "[Test] " + subject;
    recipient.own_subject = subject;
    recipient.own_text = text;
    recipient.own_html = html;
  } else {
    recipient.appended_text = behind;
    recipient.appended_html = html_behind_it;
  }
  return composer->compose(recipient);
}

std::string Rendering::Rep::document(const store::Claimed& delivery) const {
  boost::json::array about;
  for (const auto name : split(delivery.related, '\n')) {
    if (!name.empty()) about.emplace_back(name);
  }
  WrittenText written;
  if (delivery.body) {
    written = {digest_subject(delivery), *delivery.body, ""};
  } else {
    written = words.write(channel, delivery.language, values(delivery));
  }
  boost::json::object document;
  document["channel"] = to_text(channel);
  document["to"] = delivery.address;
  document["name"] = spoken_name(delivery.family, delivery.given);
  document["from"] = from;
  document["subject"] = written.subject;
  if (channel == Channel::sms) {
    // How many parts are allowed was asked when it was queued: what was let in then goes.
    const auto prepared = sms_as_it_goes(written.text, parts.sms);
    document["body"] = prepared.text;
    document["segments"] = prepared.count.segments;
    document["encoding"] = prepared.count.encoding == format::SmsEncoding::gsm7 ? "gsm-7" : "ucs-2";
  } else {
    document["body"] = written.text;
  }
  document["about"] = std::move(about);
  if (const auto ack = ack_url(delivery); !ack.empty()) document["confirm"] = ack;
  document["job"] = delivery.job;
  document["delivery"] = delivery.id;
  document["message"] = delivery.message;
  document["created"] = to_rfc3339(message.created);
  return format::write_json(document, format::Layout::indented);
}

std::string message_id(std::string_view store_uuid, std::int64_t job, std::int64_t delivery,
                       std::string_view sender_address) {
  const auto at = sender_address.rfind('@');
  const auto host =
      at == std::string_view::npos ? std::string_view("localhost") : sender_address.substr(at + 1);
  return fmt::format("<{}.{}.{}@{}>", job, delivery, store_uuid.substr(0, 16), host);
}

}  // namespace crier::message
