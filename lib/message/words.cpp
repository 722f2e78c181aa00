#include "message/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "message/markdown.hpp"

namespace crier::message {
namespace {

/// A subject stands in one line.
std::string in_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

/// Money is written with spaces that do not break, and one of them alone makes a text message twice as long.
std::string with_plain_spaces(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto rest = text.substr(i);
    const std::size_t space = rest.starts_with("\u00a0") ? 2 : rest.starts_with("\u202f") ? 3 : 0;
    out += space > 0 ? ' ' : text[i];
    i += std::max<std::size_t>(1, space);
  }
  return out;
}

}  // namespace

Words::Words(std::string subject, std::string body, std::vector<store::MessageText> texts,
             std::string_view template_name)
    : is_template_(!texts.empty()) {
  if (texts.empty()) {
    texts_.push_back({"", TemplateText(std::move(subject), "the subject"),
                      TemplateText(std::move(body), "the body"), TemplateText("", "the body"),
                      TemplateText("", "the body")});
  }
  for (auto& text : texts) {
    const auto where = [&](std::string_view part) {
      return fmt::format("template {}, [{}] {}", template_name, text.language, part);
    };
    if (text.fallback) fallback_ = texts_.size();
    texts_.push_back({text.language, TemplateText(std::move(text.subject), where("subject")),
                      TemplateText(std::move(text.body), where("body")),
                      TemplateText(std::move(text.short_body), where("sms")),
                      TemplateText(std::move(text.wechat_body), where("wechat"))});
  }
  for (const auto& one : texts_) {
    for (const auto* part : {&one.subject, &one.body, &one.short_body, &one.wechat_body}) {
      paths_.insert(part->paths().begin(), part->paths().end());
    }
  }
}

std::vector<std::string> Words::languages() const {
  std::vector<std::string> all;
  all.reserve(texts_.size());
  for (const auto& one : texts_) all.push_back(one.language);
  return all;
}

const Words::Texts& Words::texts_for(std::string_view language) const {
  return texts_[best_language(languages(), language).value_or(fallback_)];
}

const std::string& Words::language_for(std::string_view language) const {
  return texts_for(language).language;
}

std::vector<std::pair<std::string, int>> Words::missing_languages(
    std::span<const Recipient> recipients) const {
  std::map<std::string, int> missing;
  if (!is_template_) return {};
  for (const auto& one : recipients) {
    if (one.language.empty()) continue;
    if (!best_language(languages(), one.language)) ++missing[one.language];
  }
  return {missing.begin(), missing.end()};
}

const TemplateText& Words::body_for(const Texts& texts, Channel channel) const {
  const bool is_short = channel == Channel::sms || channel == Channel::voice;
  if (is_short && !texts.short_body.text().empty()) return texts.short_body;
  if (channel == Channel::wechat && !texts.wechat_body.text().empty()) return texts.wechat_body;
  return texts.body;
}

std::vector<std::string> Words::missing_fields(std::string_view language, std::span<const Channel> channels,
                                               const boost::json::object& values) const {
  const auto& texts = texts_for(language);
  auto missing = texts.subject.gaps(values);
  for (const auto channel : channels) missing.merge(body_for(texts, channel).gaps(values));
  return {missing.begin(), missing.end()};
}

std::string Words::write_subject(std::string_view language, const boost::json::object& values) const {
  return in_one_line(texts_for(language).subject.write(values, Escape::none));
}

WrittenText Words::write(Channel channel, std::string_view language,
                         const boost::json::object& values) const {
  const auto& texts = texts_for(language);
  const auto& body = body_for(texts, channel);
  WrittenText written;
  written.subject = in_one_line(texts.subject.write(values, Escape::none));
  if (channel != Channel::email) {
    // Other channels carry no marks: a template's source is made plain for them, what somebody wrote is as it
    // is.
    written.text = is_template_ && &body == &texts.body
                       ? markdown_to_plain(body.write(values, Escape::markdown))
                       : body.write(values, Escape::none);
    while (written.text.ends_with('\n')) written.text.pop_back();
    if (channel == Channel::sms && has_fields()) written.text = with_plain_spaces(written.text);
    return written;
  }
  written.markdown = body.write(values, Escape::markdown);
  written.text = is_template_ ? markdown_to_plain(written.markdown) : body.write(values, Escape::none);
  return written;
}

}  // namespace crier::message
