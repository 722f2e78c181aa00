#include "office/templates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "audience/resolve.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "message/limits.hpp"
#include "message/merge_fields.hpp"
#include "message/sms.hpp"
#include "office/contacts.hpp"
#include "office/wording.hpp"
#include "roster/schools.hpp"
#include "store/merge_store.hpp"

namespace crier::office {
namespace {

/// A value for each field, lists with one entry: what a text comes to when it is written.
boost::json::object example_values(std::span<const message::MergeField> fields) {
  boost::json::object values;
  for (const auto& field : fields) {
    switch (field.kind) {
      case message::FieldKind::text:
        values[field.name] = field.example;
        break;
      case message::FieldKind::condition:
        values[field.name] = true;
        break;
      case message::FieldKind::list:
        values[field.name] = boost::json::array{example_values(field.fields)};
        break;
    }
  }
  return values;
}

/// Writes it in each language with examples, and asks the limits.
void try_out(const Office& office, const config::Template& one) {
  const message::Words words("", "", texts_of(one), one.name);
  const auto values = example_values(message::merge_fields());
  for (const auto& text : one.texts) {
    const auto mail = words.write(Channel::email, text.language, values);
    message::require_limits(mail.subject, mail.text, std::array{Channel::email});
    if (!text.wechat.empty()) {
      message::require_limits(mail.subject, words.write(Channel::wechat, text.language, values).text,
                              std::array{Channel::wechat});
    }
    if (!text.sms.empty()) {
      (void)message::prepare_sms(words.write(Channel::sms, text.language, values).text,
                                 office.settings.sms_rules(office.school), "");
    }
  }
}

bool speaks(const config::Template& one, std::string_view language) {
  const auto base = [](std::string_view tag) { return to_lower(tag.substr(0, tag.find_first_of("-_"))); };
  return std::any_of(one.texts.begin(), one.texts.end(),
                     [&](const auto& text) { return base(text.language) == base(language); });
}

}  // namespace

config::TemplateFolder list_templates(const Office& office) {
  return config::load_templates(office.settings.folder / "templates");
}

std::vector<TemplateFinding> check_templates(const Office& office, const std::string& name) {
  const auto folder = list_templates(office);
  std::vector<TemplateFinding> findings;
  const auto languages = store::languages_spoken(office.store);
  for (const auto& one : folder.templates) {
    if (!name.empty() && one.name != name) continue;
    TemplateFinding finding{one.name, one.file.string(), "", "", ""};
    try {
      try_out(office, one);
    } catch (const Error& error) {
      finding.level = "error";
      finding.message = error.message();
      finding.hint = error.hint();
    }
    findings.push_back(finding);
    for (const auto& [language, people] : languages) {
      if (speaks(one, language)) continue;
      findings.push_back({one.name, one.file.string(), "warning",
                          fmt::format("{} people read '{}', for which there are no words: they get '{}'",
                                      people, language, one.fallback),
                          fmt::format("Add a table [{}] to the file.", language)});
    }
  }
  for (const auto& broken : folder.broken) {
    if (!name.empty() && broken.file.stem() != name) continue;
    findings.push_back(
        {broken.file.stem().string(), broken.file.string(), "error", broken.message, broken.hint});
  }
  if (findings.empty() && !name.empty()) (void)template_texts(office, name);
  return findings;
}

std::vector<Sample> preview_template(const Office& office, const std::string& name, const std::string& code,
                                     const std::vector<Channel>& via) {
  auto texts = template_texts(office, name);
  const auto person = find_person(office, code);
  const auto resolution = audience_of_person(office, person, via);
  const auto schools = roster::school_profiles(office.store, office.settings);
  const auto& recipient = resolution.recipients.front();
  const auto school = std::find_if(schools.begin(), schools.end(),
                                   [&](const auto& one) { return one.id == recipient.school; });
  store::MessageRow row;
  row.template_name = name;
  Wording wording(office, row, std::move(texts),
                  school == schools.end() ? roster::pick_school(schools, "") : *school);
  std::vector<Sample> samples;
  const auto own = wording.for_people(resolution);
  for (const auto channel : via) {
    if (own) (void)own(recipient, channel);
    wording.require_complete();
    const auto written = wording.write(recipient, channel);
    samples.push_back({recipient.code, list_name(recipient.family, recipient.given), channel, written.subject,
                       written.text});
  }
  return samples;
}

}  // namespace crier::office
