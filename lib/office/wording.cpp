#include "office/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "format/json.hpp"
#include "message/limits.hpp"
#include "message/merge_values.hpp"
#include "message/personal_link.hpp"
#include "message/sms.hpp"
#include "store/secret_store.hpp"

namespace crier::office {
namespace {

/// More people than this are counted, not listed.
constexpr std::size_t most_listed = 10;

}  // namespace

struct Wording::Rep {
  const Office& office;
  store::MessageRow message;
  const roster::SchoolProfile& school;
  message::Words words;
  config::SmsRules sms;
  message::LinkPlaces links;
  std::optional<message::MergeValues> merge;
  /// Of the last recipient that was asked for: each channel asks anew.
  std::int64_t last_person = 0;
  boost::json::object last_values;
  std::string last_json;
  /// By field: who lacks it, by code.
  std::map<std::string, std::vector<std::string>> missing;
  std::optional<Error> refused;
  /// R9: what one channel names, another may withhold.
  std::vector<std::int64_t> last_pupils = {};

  message::PersonalLinks personal_links() {
    using Purpose = message::LinkTarget::Purpose;
    message::PersonalLinks made;
    if (message.ack) {
      made.ack = [this](const Recipient& one) {
        return message::link_url(links, {Purpose::confirm, one.person, message.id});
      };
    }
    made.optout = [this](const Recipient& one) {
      return message::link_url(links, {Purpose::unsubscribe, one.person, message.id});
    };
    return made;
  }

  void look_up(std::span<const Recipient> recipients) {
    merge.emplace(office.store, words, school, recipients, office.clock.now(), personal_links());
  }

  void look_at(const Recipient& recipient) {
    std::vector<std::int64_t> pupils;
    for (const auto& pupil : recipient.related) pupils.push_back(pupil.person);
    if (last_person == recipient.person && last_pupils == pupils) return;
    last_person = recipient.person;
    last_pupils = std::move(pupils);
    last_values = merge->of(recipient);
    last_json = format::write_json(last_values, format::Layout::compact);
  }

  delivery::OwnWords own(const Recipient& recipient, Channel channel) {
    delivery::OwnWords made;
    if (words.has_fields()) {
      look_at(recipient);
      made.fields = last_json;
      for (const auto& field : words.missing_fields(recipient.language, std::array{channel}, last_values)) {
        if (made.fault.empty()) missing[field].push_back(recipient.code);
        made.fault = "missing-field";
      }
    }
    if (made.fault.empty() && (words.has_fields() || words.is_template()))
      check_limits(recipient, channel, made);
    if (channel == Channel::sms && made.fault.empty()) count_sms(recipient, made);
    return made;
  }

  /// M1: of words that differ from one to the other, each is counted.
  void check_limits(const Recipient& recipient, Channel channel, delivery::OwnWords& made) {
    try {
      const auto subject = words.write_subject(recipient.language, last_values);
      if (channel != Channel::wechat) {
        message::require_limits(subject, "-", {});
        return;
      }
      message::require_limits(subject, words.write(channel, recipient.language, last_values).text,
                              std::array{channel});
    } catch (const Error& error) {
      if (!refused) {
        refused = Error(error.exit(), error.code(),
                        fmt::format("for {}: {}", recipient.code, error.message()), error.hint());
      }
      made.fault = error.code();
    }
  }

  void count_sms(const Recipient& recipient, delivery::OwnWords& made) {
    const auto& reach = recipient.channels.at(Channel::sms);
    if (reach.reason) return;
    try {
      const auto written = words.write(Channel::sms, recipient.language, last_values);
      const auto prepared = message::prepare_sms(written.text, sms, recipient.code);
      made.segments = static_cast<std::int64_t>(prepared.count.segments);
    } catch (const Error& error) {
      if (!refused) refused = error;
      made.fault = error.code();
    }
  }
};

Wording::Wording(const Office& office, const store::MessageRow& message,
                 std::vector<store::MessageText> texts, const roster::SchoolProfile& school)
    : rep_(new Rep{office,
                   message,
                   school,
                   message::Words(message.subject, message.body, std::move(texts), message.template_name),
                   office.settings.sms_rules(school.code),
                   {},
                   {},
                   0,
                   {},
                   "",
                   {},
                   {}}) {
  // A message that is only looked at has no number, and its links lead nowhere.
  rep_->links = {store::link_key(office.store).value_or(""), office.settings.sending.public_url,
                 school.sender.reply_to};
}

Wording::~Wording() = default;

std::function<delivery::OwnWords(const Recipient&, Channel)> Wording::for_people(
    const Resolution& resolution) {
  // A template is counted in each language, a text message for each number.
  const bool counted = rep_->words.is_template() || std::find(resolution.via.begin(), resolution.via.end(),
                                                              Channel::sms) != resolution.via.end();
  if (!rep_->words.has_fields() && !counted) return {};
  rep_->look_up(resolution.recipients);
  return [this](const Recipient& recipient, Channel channel) { return rep_->own(recipient, channel); };
}

void Wording::require_complete() const {
  for (const auto& [field, codes] : rep_->missing) {
    auto listed = codes;
    std::sort(listed.begin(), listed.end());
    listed.erase(std::unique(listed.begin(), listed.end()), listed.end());
    const auto count = listed.size();
    if (count > most_listed) listed.resize(most_listed);
    throw Error(
        Exit::refused_by_rule, "missing-field",
        fmt::format("the field '{}' is empty for {} of the recipients: {}{}", field, count,
                    join(listed, ", "), count > most_listed ? ", …" : ""),
        fmt::format("Fill it in the school's information system, or say in the text what stands for it: "
                    "{{{{^{0}}}}}…{{{{/{0}}}}}. Nothing was queued.",
                    field.substr(field.rfind('.') + 1)));
  }
  if (rep_->refused) throw *rep_->refused;
}

std::vector<std::string> Wording::warnings(const Resolution& resolution) const {
  std::vector<std::string> all;
  for (const auto& [language, count] : rep_->words.missing_languages(resolution.recipients)) {
    all.push_back(fmt::format("{} of the recipients read '{}', for which there are no words: they get '{}'.",
                              count, language, rep_->words.language_for(language)));
  }
  return all;
}

message::WrittenText Wording::write(const Recipient& recipient, Channel channel) {
  if (!rep_->merge) rep_->look_up({&recipient, 1});
  rep_->look_at(recipient);
  auto written = rep_->words.write(channel, recipient.language, rep_->last_values);
  if (channel == Channel::sms)
    written.text = message::prepare_sms(written.text, rep_->sms, recipient.code).text;
  return written;
}

std::vector<store::MessageText> texts_of(const config::Template& one) {
  std::vector<store::MessageText> texts;
  for (const auto& words : one.texts) {
    texts.push_back(
        {words.language, words.language == one.fallback, words.subject, words.body, words.sms, words.wechat});
  }
  return texts;
}

std::vector<store::MessageText> template_texts(const Office& office, const std::string& name) {
  const auto folder = config::load_templates(office.settings.folder / "templates");
  for (const auto& broken : folder.broken) {
    if (broken.file.stem() == name) throw Error(Exit::usage, "broken-template", broken.message, broken.hint);
  }
  std::vector<std::string> names;
  for (const auto& one : folder.templates) {
    names.push_back(one.name);
    if (one.name == name) return texts_of(one);
  }
  throw Error(Exit::nothing_there, "no-such-template",
              fmt::format("no template is called '{}'{}", name, did_you_mean(name, names)),
              names.empty()
                  ? fmt::format("There is none in {}.", (office.settings.folder / "templates").string())
                  : "There are: " + join(names, ", ") + ".");
}

}  // namespace crier::office
