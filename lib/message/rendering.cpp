#include "message/rendering.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/text.hpp"
#include "format/json.hpp"
#include "format/mail.hpp"
#include "model/person.hpp"

namespace crier::message {
namespace {

/// `Annabel Dyer (9B)` for each pupil a message concerns, for the one who reads it.
std::string about_line(std::string_view related) {
  std::string names;
  for (const auto name : split(related, '\n')) {
    if (name.empty()) continue;
    if (!names.empty()) names += ", ";
    names += name;
  }
  return names.empty() ? names : "About: " + names;
}

}  // namespace

struct Rendering::Rep {
  store::MessageRow message;
  Channel channel;
  std::string uuid;
  std::string from;
  /// Behind every text: e-mail alone.
  std::string footer;
  std::unique_ptr<format::MailComposer> composer;

  std::string mail(const store::Claimed& delivery) const;
  std::string document(const store::Claimed& delivery) const;
};

Rendering::Rendering(const store::MessageRow& message, const roster::SchoolProfile& school, Channel channel,
                     std::string_view store_uuid)
    : rep_(std::make_unique<Rep>()) {
  rep_->message = message;
  rep_->channel = channel;
  rep_->uuid = store_uuid;
  if (channel != Channel::email) {
    rep_->from = channel == Channel::sms && !school.sender.sms.empty() ? school.sender.sms : school.name;
    return;
  }
  rep_->from = school.sender.email;
  format::MailContent content;
  content.from_name = school.sender.name;
  content.from_address = school.sender.email;
  content.reply_to = school.sender.reply_to;
  content.subject = message.subject;
  content.text = message.body;
  if (!content.text.ends_with('\n')) content.text += '\n';
  // M8: who writes, and whether an answer is read.
  rep_->footer = fmt::format("\n-- \n{}\n{}", school.name,
                             school.sender.reply_to.empty() ? "This address does not take replies.\n" : "");
  content.date_offset = school.zone.offset(message.created);
  rep_->composer = std::make_unique<format::MailComposer>(std::move(content));
}

Rendering::~Rendering() = default;

const std::string& Rendering::from() const {
  return rep_->from;
}

std::string Rendering::render(const store::Claimed& delivery) const {
  return rep_->composer ? rep_->mail(delivery) : rep_->document(delivery);
}

std::string Rendering::Rep::mail(const store::Claimed& delivery) const {
  const auto name = spoken_name(delivery.family, delivery.given);
  const auto id = message_id(uuid, delivery.job, delivery.id, from);
  const auto about = about_line(delivery.related);
  const auto appended = about.empty() ? footer : fmt::format("\n{}\n{}", about, footer);
  format::MailRecipient recipient;
  recipient.to_name = name;
  recipient.to_address = delivery.address;
  recipient.message_id = id;
  recipient.date = delivery.first_try;
  if (delivery.body) {
    recipient.own_text = *delivery.body;  // a digest is whole in itself
  } else {
    recipient.appended_text = appended;
  }
  return composer->compose(recipient);
}

std::string Rendering::Rep::document(const store::Claimed& delivery) const {
  boost::json::array about;
  for (const auto name : split(delivery.related, '\n')) {
    if (!name.empty()) about.emplace_back(name);
  }
  boost::json::object document;
  document["channel"] = to_text(channel);
  document["to"] = delivery.address;
  document["name"] = spoken_name(delivery.family, delivery.given);
  document["from"] = from;
  document["subject"] = message.subject;
  document["body"] = delivery.body ? *delivery.body : message.body;
  document["about"] = std::move(about);
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
