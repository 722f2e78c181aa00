#include "format/json_notice.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "base/text.hpp"
#include "format/bounce_words.hpp"
#include "format/mail_parts.hpp"

namespace crier::format {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_document = 256U << 10;
constexpr std::size_t most_recipients = 100;

const json::value* member(const json::value& value, std::string_view name) {
  return value.is_object() ? value.as_object().if_contains(name) : nullptr;
}

std::string text_of(const json::value& value, std::string_view name) {
  const auto* found = member(value, name);
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

/// Long lines are cut on their way by `!`, a line end and a blank.
std::string document_in(std::string_view text) {
  std::string document(trim_invisible(text.substr(0, longest_document)));
  constexpr std::string_view cut = "!\n ";
  for (auto at = document.find(cut); at != std::string::npos; at = document.find(cut, at)) {
    document.erase(at, cut.size());
  }
  const auto end = document.find("\n\n");
  if (end != std::string::npos) document.resize(end);
  return document;
}

/// Null where it is none.
json::value parsed(std::string_view text) {
  json::parse_options options;
  options.max_depth = 16;
  boost::system::error_code error;
  auto document = json::parse(text, error, {}, options);
  return error ? json::value() : document;
}

void add_recipient(Feedback& feedback, const json::value& told, bool permanent) {
  const auto addresses = addresses_in(text_of(told, "emailAddress"));
  if (addresses.empty() || feedback.recipients.size() >= most_recipients) return;
  ReportedRecipient one;
  one.address = addresses.front();
  const auto diagnostic = text_of(told, "diagnosticCode");
  const auto reading = read_failure({text_of(told, "status"), diagnostic});
  one.fault = permanent ? reading.fault : BounceClass::soft;
  one.status = reading.status;
  one.code = reading.code;
  one.diagnostic = one_line(diagnostic, 1000);
  feedback.recipients.push_back(std::move(one));
}

}  // namespace

bool read_json_notice(Feedback& feedback, std::string_view text) {
  if (!trim_invisible(text.substr(0, 200)).starts_with('{')) return false;
  if (text.find("notificationType") == std::string_view::npos) return false;
  auto document = parsed(document_in(text));
  // In the envelope of the service that passes it on.
  if (const auto inner = text_of(document, "Message"); !inner.empty()) document = parsed(inner);
  const auto type = text_of(document, "notificationType");
  const bool bounced = type == "Bounce";
  if (!bounced && type != "Complaint") return false;
  const auto* told = member(document, bounced ? "bounce" : "complaint");
  const auto* named =
      told == nullptr ? nullptr : member(*told, bounced ? "bouncedRecipients" : "complainedRecipients");
  if (named == nullptr || !named->is_array()) return false;
  const bool permanent = text_of(*told, "bounceType") == "Permanent";
  for (const auto& one : named->as_array()) add_recipient(feedback, one, permanent);
  const auto* mail = member(document, "mail");
  const auto* headers = mail == nullptr ? nullptr : member(*mail, "headers");
  if (mail != nullptr) {
    for (auto& path : addresses_in(text_of(*mail, "source")))
      feedback.return_paths.push_back(std::move(path));
  }
  if (headers != nullptr && headers->is_array()) {
    for (const auto& one : headers->as_array()) {
      if (to_lower(text_of(one, "name")) == "message-id")
        feedback.message_ids.push_back(text_of(one, "value"));
    }
  }
  feedback.kind = bounced ? FeedbackKind::bounce : FeedbackKind::complaint;
  return true;
}

}  // namespace crier::format
