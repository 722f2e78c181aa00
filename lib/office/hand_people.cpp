#include "office/hand_people.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "intake/choice.hpp"
#include "office/entered.hpp"
#include "office/permission.hpp"
#include "roster/schools.hpp"
#include "store/erasure_store.hpp"
#include "store/hand_store.hpp"
#include "store/issue_store.hpp"

namespace crier::office {
namespace {

Concern concern_of(const Office& office, const store::KnownPerson& person) {
  return {store::schools_of_person(office.store, person.id), ""};
}

/// R7: a pupil on a list of exceptions is never stored, whoever enters it.
void require_no_exception(const Office& office, std::string_view code) {
  for (const auto& [name, source] : office.settings.imports) {
    if (!intake::Choice(source).excepted(code, code)) continue;
    throw Error(Exit::refused_by_rule, "exception",
                fmt::format("'{}' is on the list of exceptions of the source {}", code, name),
                "Whoever is on it is never stored; take the code off the list first.");
  }
}

void require_free_code(const Office& office, const PersonFact& person, std::int64_t school) {
  require_no_exception(office, person.code);
  const auto holder = store::code_holder(office.store, fold(person.code), person.kind, school, person.id);
  if (!holder) return;
  throw Error(Exit::refused_by_rule, "code-taken",
              fmt::format("the code '{}' is {}'s already (from {})", person.code,
                          list_name(holder->family, holder->given), holder->source),
              "Choose another code, or look at them with 'crier people show'.");
}

Error not_by_hand(const store::KnownPerson& person) {
  return {Exit::refused_by_rule, "not-by-hand",
          fmt::format("{} {} comes from {} and cannot be changed here", person.code,
                      list_name(person.family, person.given), person.source),
          "Change it in the school's system; an address or a relationship by hand can stand beside it: crier "
          "people add-address, crier people relate."};
}

store::HandPerson require_by_hand(const Office& office, const store::KnownPerson& person) {
  auto found = store::hand_person(office.store, person.id);
  if (!found) throw not_by_hand(person);
  return std::move(*found);
}

void take_line(const std::optional<std::string>& entered, std::string_view option, std::string& value) {
  if (entered) value = entered_line(option, *entered);
}

void take_status(const PersonEntry& entry, const Date& today, PlaceFact& place) {
  if (entry.admission) {
    place.admission = entered_date("--admission", *entry.admission);
    if (!place.admission.empty() && !entry.status) place.status = PersonStatus::pre_admission;
    if (place.admission.empty() && place.status == PersonStatus::pre_admission) {
      place.status = PersonStatus::active;
    }
  }
  if (entry.status) {
    const auto word = to_lower(trim_invisible(*entry.status));
    const auto status = parse_person_status(word);
    if (!status) {
      const std::vector<std::string> known{"active", "pre-admission", "leaver"};
      throw Error(Exit::usage, "unknown-status",
                  fmt::format("--status: nothing is called '{}'{}", word, did_you_mean(word, known)),
                  "There are: active, pre-admission, leaver.");
    }
    place.status = *status;
  }
  if (place.status != PersonStatus::pre_admission) return;
  // I5: a pre-admission lasts while its date lies ahead.
  if (place.kind != PersonKind::pupil || place.admission.empty() || place.admission <= to_iso(today)) {
    throw Error(Exit::usage, "no-admission",
                place.kind == PersonKind::pupil ? "a pre-admission needs a date of admission that lies ahead"
                                                : "only pupils are pre-admissions",
                "Give it with --admission 2027-09-01, or --status active.");
  }
}

void take_entry(const Office& office, const PersonEntry& entry, store::HandPerson& one) {
  auto& person = one.person;
  auto& place = one.place;
  if (entry.code) person.code = entered_text("--code", *entry.code);
  take_line(entry.title, "--title", person.title);
  take_line(entry.family, "--family", person.family);
  take_line(entry.given, "--given", person.given);
  take_line(entry.preferred, "--preferred", person.preferred);
  if (entry.language) person.language = entered_language(*entry.language);
  if (entry.birth_date) person.birth_date = entered_date("--born", *entry.birth_date);
  const bool pupils_words = entry.year || entry.form || entry.house || entry.boarding;
  if (pupils_words && person.kind != PersonKind::pupil) {
    throw Error(Exit::usage, "not-a-pupil", "only pupils have a year, form, house or boarding house",
                "Leave --year, --form, --house and --boarding out.");
  }
  if (entry.year) place.year = year_word(entered_line("--year", *entry.year));
  take_line(entry.form, "--form", place.form);
  take_line(entry.house, "--house", place.house);
  take_line(entry.boarding, "--boarding", place.boarding);
  if (person.family.empty() && person.given.empty()) {
    throw Error(Exit::usage, "no-name", "the person has no name", "Give one with --family and --given.");
  }
  take_status(entry, std::chrono::floor<std::chrono::days>(office.clock.now()), place);
}

const roster::SchoolProfile& school_called(const std::vector<roster::SchoolProfile>& schools,
                                           std::string_view code) {
  const auto found =
      std::ranges::find_if(schools, [&](const auto& one) { return fold(one.code) == fold(code); });
  return found == schools.end() ? roster::pick_school(schools, code) : *found;
}

std::string country_of(const Office& office, const store::KnownPerson& person) {
  if (person.school.empty()) return "";
  const auto schools = roster::school_profiles(office.store, office.settings);
  return school_called(schools, person.school).country;
}

/// All addresses are read before one is written.
std::vector<AddressFact> read_addresses(const AddressEntry& entry, PersonKind kind,
                                        std::string_view country) {
  std::vector<AddressFact> all;
  for (const auto& text : entry.emails) all.push_back(entered_email(text, kind));
  for (const auto& text : entry.phones) {
    auto phone = entered_phone(text, country);
    phone.for_sms = entry.for_sms;
    if (entry.for_sms.value_or(false) && phone.line == PhoneLine::landline) {
      throw Error(Exit::usage, "landline",
                  fmt::format("'{}' is a landline: it takes no text messages", phone.given),
                  "Leave --for-sms out, or give the mobile number.");
    }
    all.push_back(std::move(phone));
  }
  if (!entry.wechat.empty()) all.push_back(entered_wechat(entry.wechat));
  if (entry.for_sms && entry.phones.empty()) {
    throw Error(Exit::usage, "no-phone", "--for-sms speaks of a telephone number, and none is given",
                "Give it with --phone.");
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (all[i].kind != all[j].kind || all[i].use != all[j].use) continue;
      throw Error(Exit::usage, "twice", fmt::format("{}:{} is given twice", to_text(all[i].kind), all[i].use),
                  "Say home:, work: or mobile: before each.");
    }
    if (entry.first) all[i].position = 0;
  }
  return all;
}

std::string words_of(const std::vector<AddressFact>& addresses) {
  std::string words;
  for (const auto& one : addresses) {
    words += fmt::format("{}{}:{}", words.empty() ? "" : ", ", to_text(one.kind), one.use);
  }
  return words;
}

std::int64_t write_addresses(const Office& office, std::int64_t person, std::vector<AddressFact>& addresses) {
  const auto source = store::hand_source(office.store, office.clock.now());
  std::int64_t written = 0;
  for (auto& one : addresses) {
    one.person = person;
    written += store::set_hand_address(office.store, source, one) ? 1 : 0;
  }
  return written;
}

PersonKind kind_of(const store::KnownPerson& person) {
  return parse_person_kind(person.kind).value_or(PersonKind::contact);
}

/// The person as they are now, for whoever acted.
ContactView seen(const Office& office, std::int64_t person) {
  return show_person(office, *store::known_person(office.store, person));
}

}  // namespace

Table hand_table(const Office& office) {
  Table table;
  table.name = "by_hand";
  table.title = "By hand";
  table.columns = {{"fact", "Fact"},     {"code", "Code"},     {"kind", "Kind"}, {"name", "Name"},
                   {"school", "School"}, {"status", "Status"}, {"what", "What"}};
  const auto sight = address_sight(office);
  for (const auto& one : store::hand_facts(office.store, school_in_sight(office))) {
    std::string what;
    if (one.fact == "address") what = one.use + " " + shown_address(sight, one.value);
    if (one.fact == "relationship") {
      what = fmt::format("{} {}{}", one.use.empty() ? "contact" : one.use, one.value,
                         one.court_order ? ", court order" : "");
    }
    table.rows.push_back(
        {one.fact, one.code, one.kind, list_name(one.family, one.given), one.school, one.status, what});
  }
  return table;
}

bool PersonEntry::empty() const {
  return !code && !title && !family && !given && !preferred && !language && !birth_date && !year && !form &&
         !house && !boarding && !status && !admission;
}

void after_entry(const Office& office, std::optional<std::int64_t> person) {
  if (person) {
    store::unseal_decisions_of(office.store, *person);
    store::inherit_decisions_of(office.store, *person);
  }
  store::refresh_roster_issues(office.store, office.clock.now());
}

store::KnownPerson find_of_kind(const Office& office, std::string_view code, PersonKind kind) {
  // The same code may be a contact's and a pupil's: the kind tells which is meant.
  auto people = store::people_called(office.store, fold(code), code);
  std::erase_if(people, [&](const store::KnownPerson& one) {
    return one.kind != to_text(kind) || (!office.school.empty() && fold(one.school) != fold(office.school));
  });
  if (people.size() == 1) return std::move(people.front());
  auto person = find_person(office, code);
  if (person.kind == to_text(kind)) return person;
  throw Error(
      Exit::usage, "another-kind",
      fmt::format("{} {} is {}, and a {} is wanted", person.code, list_name(person.family, person.given),
                  person.kind == "staff" ? "staff" : "a " + person.kind, to_text(kind)),
      "Name the pupil first, then the contact.");
}

ContactView add_person(const Office& office, PersonKind kind, const PersonEntry& entry,
                       const AddressEntry& addresses) {
  const auto now = office.clock.now();
  store::HandPerson one;
  one.person.kind = kind;
  one.place.kind = kind;
  if (!entry.code) {
    throw Error(Exit::usage, "missing-value", "a person needs a code", "Give one with --code.");
  }
  take_entry(office, entry, one);
  store::Transaction transaction(office.store);
  roster::sync_schools(office.store, office.settings, now);
  const auto schools = roster::school_profiles(office.store, office.settings);
  const auto& school = roster::pick_school(schools, office.school);
  require(office, Act::change_people, {{school.code}, ""});
  auto read = read_addresses(addresses, kind, school.country);
  one.place.school = school.id;
  require_free_code(office, one.person, school.id);
  const auto id =
      store::insert_hand_person(office.store, store::hand_source(office.store, now), one.person, one.place);
  write_addresses(office, id, read);
  after_entry(office, id);
  record(office, "add", fmt::format("person {}", id), fmt::format("{} by hand", to_text(kind)));
  transaction.commit();
  return seen(office, id);
}

ContactView edit_person(const Office& office, std::string_view code, const PersonEntry& entry) {
  if (entry.empty()) {
    throw Error(Exit::usage, "nothing-to-change", "it is not said what is to change",
                "See 'crier people edit --help'; addresses are entered with 'crier people add-address'.");
  }
  const auto person = find_person(office, code);
  require(office, Act::change_people, concern_of(office, person));
  store::Transaction transaction(office.store);
  auto one = require_by_hand(office, person);
  take_entry(office, entry, one);
  if (fold(one.person.code) != fold(person.code)) require_free_code(office, one.person, one.place.school);
  store::update_hand_person(office.store, one.person, one.place, office.clock.now());
  after_entry(office, person.id);
  record(office, "edit", fmt::format("person {}", person.id), "by hand");
  transaction.commit();
  return seen(office, person.id);
}

store::KnownPerson person_to_delete(const Office& office, std::string_view code) {
  auto person = find_person(office, code);
  require(office, Act::change_people, concern_of(office, person));
  const auto one = require_by_hand(office, person);
  if (one.place.status != PersonStatus::leaver) return person;
  throw Error(Exit::nothing_there, "gone-already", fmt::format("{} has left already", person.code),
              fmt::format("'crier leavers delete {}' deletes them for good.", person.code));
}

ContactView delete_person(const Office& office, std::string_view code) {
  store::Transaction transaction(office.store);
  const auto person = person_to_delete(office, code);
  auto one = *store::hand_person(office.store, person.id);
  one.place.status = PersonStatus::leaver;
  store::update_hand_person(office.store, one.person, one.place, office.clock.now());
  after_entry(office, std::nullopt);
  record(office, "delete", fmt::format("person {}", person.id), "by hand: a leaver now");
  transaction.commit();
  return seen(office, person.id);
}

ContactView add_addresses(const Office& office, std::string_view code, const AddressEntry& addresses) {
  if (addresses.empty()) {
    throw Error(Exit::usage, "no-address", "no address is given",
                "Give one with --email, --phone or --wechat.");
  }
  const auto person = find_person(office, code);
  require(office, Act::change_people, concern_of(office, person));
  auto read = read_addresses(addresses, kind_of(person), country_of(office, person));
  {
    store::Transaction transaction(office.store);
    if (write_addresses(office, person.id, read) > 0) {
      after_entry(office, person.id);
      record(office, "address", fmt::format("person {}", person.id), words_of(read) + " by hand");
      transaction.commit();
    }
  }
  return seen(office, person.id);
}

ContactView remove_addresses(const Office& office, std::string_view code,
                             const std::vector<std::string>& slots) {
  const auto person = find_person(office, code);
  require(office, Act::change_people, concern_of(office, person));
  store::Transaction transaction(office.store);
  std::string words;
  for (const auto& text : slots) {
    const auto slot = entered_slot(text);
    const auto kind = to_text(slot.kind);
    if (store::remove_hand_address(office.store, person.id, kind, slot.use)) {
      words += fmt::format("{}{}:{}", words.empty() ? "" : ", ", kind, slot.use);
      continue;
    }
    for (const auto& held : store::addresses_held(office.store, person.id)) {
      if (held.kind != kind || held.use != slot.use) continue;
      throw Error(Exit::refused_by_rule, "not-by-hand",
                  fmt::format("the address {}:{} of {} comes from {} and cannot be removed here", kind,
                              slot.use, person.code, held.source),
                  "Change it in the school's system, or use it no more: crier contacts disable.");
    }
    throw Error(Exit::nothing_there, "no-address",
                fmt::format("{} has no address {}:{} by hand", person.code, kind, slot.use),
                fmt::format("'crier contacts show {}' tells what there is.", person.code));
  }
  after_entry(office, std::nullopt);
  record(office, "address", fmt::format("person {}", person.id), words + " by hand removed");
  transaction.commit();
  return seen(office, person.id);
}

namespace {

Concern concern_of(const Office& office, const TieView& tie) {
  auto concern = concern_of(office, tie.pupil);
  for (auto& school : store::schools_of_person(office.store, tie.contact.id)) {
    concern.schools.push_back(std::move(school));
  }
  return concern;
}

TieView tie_of(const Office& office, std::string_view pupil, std::string_view contact) {
  return {
      find_of_kind(office, pupil, PersonKind::pupil), find_of_kind(office, contact, PersonKind::contact), {}};
}

void read_said(const Office& office, TieView& tie) {
  tie.said = store::said_of(office.store, tie.pupil.id, tie.contact.id);
}

}  // namespace

TieView look_at_tie(const Office& office, std::string_view pupil, std::string_view contact) {
  auto tie = tie_of(office, pupil, contact);
  require(office, Act::look, concern_of(office, tie));
  read_said(office, tie);
  return tie;
}

TieView relate_people(const Office& office, std::string_view pupil, std::string_view contact,
                      const TieEntry& entry) {
  constexpr std::int64_t lowest = 999;
  auto tie = tie_of(office, pupil, contact);
  require(office, Act::change_people, concern_of(office, tie));
  const auto stands = store::hand_tie(office.store, tie.pupil.id, tie.contact.id);
  auto said = stands.value_or(store::HandTie{});
  if (entry.relation) said.relation = entered_line("--relation", *entry.relation);
  if (entry.priority) said.priority = *entry.priority;
  if (said.priority < 1 || said.priority > lowest) {
    throw Error(Exit::usage, "bad-priority", fmt::format("'{}' is no priority", said.priority),
                fmt::format("It is a number from 1, who comes first, to {}.", lowest));
  }
  // As an import has it (I5), until somebody says otherwise.
  said.prime = entry.prime.value_or(stands ? said.prime : said.priority == 1);
  if (entry.court_order) said.court_order = *entry.court_order;
  if (entry.responsibility) said.responsibility = entry.responsibility;
  if (entry.lives_with) said.lives_with = entry.lives_with;
  if (!stands && said.relation.empty() && !said.court_order) {
    throw Error(Exit::usage, "no-relation", "it is not said what they are to each other",
                "Give it with --relation mother, or bar the contact with --court-order.");
  }
  store::Transaction transaction(office.store);
  store::set_hand_tie(office.store, store::hand_source(office.store, office.clock.now()), tie.pupil.id,
                      tie.contact.id, said, fold(said.relation));
  after_entry(office, std::nullopt);
  record(office, "relate", fmt::format("pupil {}, contact {}", tie.pupil.id, tie.contact.id),
         fmt::format("by hand: priority {}{}{}", said.priority, said.prime ? ", prime" : "",
                     said.court_order                ? ", court order"
                     : stands && stands->court_order ? ", court order lifted"
                                                     : ""));
  transaction.commit();
  read_said(office, tie);
  return tie;
}

TieView unrelate_people(const Office& office, std::string_view pupil, std::string_view contact) {
  auto tie = tie_of(office, pupil, contact);
  require(office, Act::change_people, concern_of(office, tie));
  store::Transaction transaction(office.store);
  const auto stands = store::hand_tie(office.store, tie.pupil.id, tie.contact.id);
  if (!stands) {
    if (const auto source = store::tie_of_source(office.store, tie.pupil.id, tie.contact.id)) {
      throw Error(Exit::refused_by_rule, "not-by-hand",
                  fmt::format("that {} is a contact of {} comes from {} and cannot be changed here",
                              tie.contact.code, tie.pupil.code, *source),
                  "Change it in the school's system; 'crier people relate' can say otherwise beside it.");
    }
    throw Error(
        Exit::nothing_there, "not-related",
        fmt::format("nobody has said by hand that {} is a contact of {}", tie.contact.code, tie.pupil.code),
        fmt::format("'crier contacts show {}' tells whose contact they are.", tie.contact.code));
  }
  store::remove_hand_tie(office.store, tie.pupil.id, tie.contact.id);
  after_entry(office, std::nullopt);
  record(office, "unrelate", fmt::format("pupil {}, contact {}", tie.pupil.id, tie.contact.id),
         stands->court_order ? "by hand: court order lifted" : "by hand");
  transaction.commit();
  read_said(office, tie);
  return tie;
}

}  // namespace crier::office
