#include "office/person_data.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <span>

#include "base/error.hpp"
#include "base/scrub.hpp"
#include "base/text.hpp"
#include "message/words.hpp"
#include "office/erasing.hpp"
#include "office/permission.hpp"
#include "store/message_store.hpp"
#include "store/person_store.hpp"
#include "store/retention_store.hpp"

namespace crier::office {
namespace {

void require_for(const Office& office, const store::KnownPerson& person) {
  const auto schools = store::schools_of_person(office.store, person.id);
  if (schools.empty()) require(office, Act::export_person);
  for (const auto& school : schools) require(office, Act::export_person, {{school}, ""});
}

/// R3: whose child it is, and who is kept from it.
store::KnownPerson asker_of(const Office& office, const store::KnownPerson& person, std::string_view code) {
  auto asker = one_person(office, code);
  if (asker.id == person.id) return asker;
  const auto standing = store::standing_of(office.store, person.id, asker.id);
  if (standing == store::Standing::related) return asker;
  throw Error(Exit::refused_by_rule, "not-theirs",
              standing == store::Standing::barred
                  ? fmt::format("a court order keeps {} from {}", asker.code, person.code)
                  : fmt::format("{} is no contact of {}", asker.code, person.code),
              "Somebody's data go to themselves, and of a pupil to a contact who may know of them.");
}

/// Messages as their reader saw them.
class Letters {
 public:
  Letters(const Office& office, const store::KnownPerson& person)
      : office_(office), names_(names_to_hide(person)) {}

  Table table(std::span<const store::PersonMessage> messages) {
    Table table;
    table.name = "messages";
    table.title = "Messages";
    table.columns = {{"at", "Written", ColumnKind::instant},
                     {"message", "Message", ColumnKind::count},
                     {"channel", "Channel"},
                     {"address", "To", ColumnKind::address},
                     {"about", "About"},
                     {"subject", "Subject"},
                     {"words", "Words"},
                     {"state", "State"},
                     {"reason", "Reason"},
                     {"updated", "Last change", ColumnKind::instant}};
    for (const auto& one : messages) {
      const auto written = words_of(one);
      table.rows.push_back({one.at, one.message, one.channel, shown(one.address), shown(one.related),
                            shown(written.subject), shown(written.text), one.state, shown(one.reason),
                            one.updated});
    }
    return table;
  }

 private:
  struct Written {
    std::string subject;
    std::string text;
  };

  std::vector<std::string> names_to_hide(const store::KnownPerson& person) const {
    std::vector<std::string> forms;
    for (const auto pupil : store::pupils_not_theirs(office_.store, person.id)) {
      const auto naming = store::naming_of(office_.store, pupil);
      forms.insert(forms.end(), naming.anywhere.begin(), naming.anywhere.end());
      forms.insert(forms.end(), naming.in_family.begin(), naming.in_family.end());
    }
    return forms;
  }

  Cell shown(const std::string& text) const {
    if (text.empty()) return {};
    return names_.empty() ? text : names_.scrub(text);
  }

  Written words_of(const store::PersonMessage& one) {
    auto& known = messages_[one.message];
    if (!known) {
      known = std::make_unique<store::MessageRow>(store::message(office_.store, one.message));
    }
    // P1: the words were let go.
    if (known->words_gone) return {known->subject, ""};
    if (!one.body.empty()) return {known->subject, one.body};
    try {
      auto& words = words_[one.message];
      if (!words) {
        words = std::make_unique<message::Words>(known->subject, known->body,
                                                 store::message_texts(office_.store, one.message),
                                                 known->template_name);
      }
      boost::system::error_code fault;
      const auto fields = boost::json::parse(one.fields.empty() ? "{}" : one.fields, fault);
      const auto values = !fault && fields.is_object() ? fields.get_object() : boost::json::object();
      const auto channel = parse_channel(one.channel).value_or(Channel::email);
      return {words->write_subject(one.language, values), words->write(channel, one.language, values).text};
    } catch (const Error&) {
      return {known->subject, known->body};  // as it was written, its fields in place
    }
  }

  const Office& office_;
  Scrubber names_;
  std::map<std::int64_t, std::unique_ptr<store::MessageRow>> messages_;
  std::map<std::int64_t, std::unique_ptr<message::Words>> words_;
};

}  // namespace

PersonData look_at_person(const Office& office, std::string_view code, std::string_view asker) {
  const store::Snapshot snapshot(office.store);
  PersonData data;
  data.person = one_person(office, code);
  require_for(office, data.person);
  store::DataReader reader;
  if (!asker.empty()) {
    data.asker = asker_of(office, data.person, asker);
    if (data.asker->id != data.person.id) reader.asker = data.asker->id;
  }
  data.tables = store::person_tables(office.store, data.person.id, reader);
  Letters letters(office, data.person);
  data.tables.push_back(letters.table(store::person_messages(office.store, data.person.id, reader)));
  data.withheld = store::count_withheld(office.store, data.person.id, reader);
  data.whole_from = store::whole_from(office.store, DataKind::words);
  return data;
}

void note_export(const Office& office, const PersonData& data, std::string_view format) {
  store::Transaction transaction(office.store);
  record(office, "export", fmt::format("person {}", data.person.id),
         data.asker ? fmt::format("{}, for person {}", format, data.asker->id) : std::string(format));
  transaction.commit();
}

}  // namespace crier::office
