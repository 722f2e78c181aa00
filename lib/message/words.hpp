// The words of one message, in each of its languages, read and checked once (M2): what somebody wrote, or a
// template. They say which fields they need, and become each recipient's subject and text on each channel.
// The way of the data, step 4; rendering uses them again when a delivery leaves.
#pragma once

#include <boost/json/object.hpp>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "message/template_text.hpp"
#include "model/channel.hpp"
#include "model/recipient.hpp"
#include "store/message_store.hpp"

namespace crier::message {

/// A recipient's words on a channel. Of an e-mail `text` is plain and `markdown` the source of its HTML.
struct WrittenText {
  std::string subject;
  std::string text;
  std::string markdown;
};

class Words {
 public:
  /// The message's own words; for each language there is, the template's. Throws as `TemplateText` does.
  Words(std::string subject, std::string body, std::vector<store::MessageText> texts,
        std::string_view template_name);

  /// False: everybody gets the same words.
  bool has_fields() const { return !paths_.empty(); }
  /// The paths of all fields that are used in any language: `pupils.form`.
  const std::set<std::string>& paths() const { return paths_; }
  bool is_template() const { return is_template_; }

  /// The language of the words that a reader of this one gets.
  const std::string& language_for(std::string_view language) const;
  /// Languages of recipients for which there are no words of their own, with how many read them.
  std::vector<std::pair<std::string, int>> missing_languages(std::span<const Recipient> recipients) const;

  /// The fields that must not be empty and are, for a reader of this language on these channels.
  std::vector<std::string> missing_fields(std::string_view language, std::span<const Channel> channels,
                                          const boost::json::object& values) const;

  /// In one line.
  std::string write_subject(std::string_view language, const boost::json::object& values) const;
  /// Throws Error(refused_by_rule, "limit") where it grows without end.
  WrittenText write(Channel channel, std::string_view language, const boost::json::object& values) const;

 private:
  struct Texts {
    std::string language;
    TemplateText subject;
    TemplateText body;
    /// SMS and voice, WeChat: where they have no words of their own, the body.
    TemplateText short_body;
    TemplateText wechat_body;
  };
  std::vector<std::string> languages() const;
  const Texts& texts_for(std::string_view language) const;
  const TemplateText& body_for(const Texts& texts, Channel channel) const;

  std::vector<Texts> texts_;
  std::size_t fallback_ = 0;
  bool is_template_ = false;
  std::set<std::string> paths_;
};

}  // namespace crier::message
