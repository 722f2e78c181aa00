#include "people_by_hand.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "contact_view.hpp"
#include "model/person.hpp"
#include "office/hand_people.hpp"

namespace crier::cmd {
namespace {

struct Options {
  std::string code;
  std::string kind;
  office::PersonEntry entry;
  office::AddressEntry addresses;
  bool for_sms = false;
  bool not_for_sms = false;
  std::vector<std::string> slots;
  bool yes = false;
  bool dry_run = false;

  std::string contact;
  office::TieEntry tie;
  bool prime = false;
  bool not_prime = false;
  bool court_order = false;
  bool no_court_order = false;
  std::string responsibility;
  std::string lives_with;
};
using Shared = std::shared_ptr<Options>;

std::optional<bool> either(bool yes, bool no) {
  if (!yes && !no) return std::nullopt;
  return yes;
}

std::optional<bool> word_of(const std::string& word) {
  if (word.empty()) return std::nullopt;
  return word == "yes";
}

office::AddressEntry addresses_of(const Options& options) {
  auto entry = options.addresses;
  entry.for_sms = either(options.for_sms, options.not_for_sms);
  return entry;
}

Exit add(Session& session, const Options& options) {
  print_person(session,
               office::add_person(session.office(office::StoreAccess::write),
                                  *parse_person_kind(options.kind), options.entry, addresses_of(options)),
               "person");
  return Exit::done;
}

Exit list(Session& session, const Options&) {
  session.print(office::hand_table(session.office(office::StoreAccess::read)));
  return Exit::done;
}

Exit edit(Session& session, const Options& options) {
  print_person(session,
               office::edit_person(session.office(office::StoreAccess::write), options.code, options.entry),
               "person");
  return Exit::done;
}

/// True where somebody says yes; a script says it with --yes.
bool sure(Session& session, const Options& options, std::string_view what, std::string_view question) {
  if (!options.yes && !session.can_ask()) {
    throw Error(Exit::refused_by_rule, "not-confirmed", fmt::format("{}, and there is nobody to ask", what),
                "Add --yes where that is what you want.");
  }
  if (session.confirmed(question, options.yes)) return true;
  session.remark("Nothing was changed.");
  return false;
}

Exit remove(Session& session, const Options& options) {
  const auto& office =
      session.office(options.dry_run ? office::StoreAccess::read : office::StoreAccess::write);
  const auto person = office::person_to_delete(office, options.code);
  const auto what = fmt::format("{} {} would leave", person.code, list_name(person.family, person.given));
  if (options.dry_run) {
    if (session.json()) {
      session.print(boost::json::object{{"dry_run", true}, {"code", person.code}, {"kind", person.kind}});
    } else {
      session.print(what + ". Nothing was changed.\n");
    }
    return Exit::done;
  }
  if (!sure(session, options, what,
            what + " and hear no more; 'crier people edit --status active' brings "
                   "them back. Let them go?")) {
    return Exit::done;
  }
  print_person(session, office::delete_person(office, options.code), "person");
  return Exit::done;
}

Exit add_address(Session& session, const Options& options) {
  print_person(
      session,
      office::add_addresses(session.office(office::StoreAccess::write), options.code, addresses_of(options)),
      "person");
  return Exit::done;
}

Exit remove_address(Session& session, const Options& options) {
  print_person(
      session,
      office::remove_addresses(session.office(office::StoreAccess::write), options.code, options.slots),
      "person");
  return Exit::done;
}

void print_tie(Session& session, const office::TieView& tie) {
  if (session.json()) {
    boost::json::array said;
    for (const auto& one : tie.said) {
      boost::json::object row;
      row["source"] = one.source;
      row["relation"] = output::text_or_null(one.relation);
      row["priority"] = one.priority;
      row["prime"] = one.prime;
      row["court_order"] = one.court_order;
      said.push_back(std::move(row));
    }
    session.print(boost::json::object{
        {"relationship",
         {{"pupil", tie.pupil.code}, {"contact", tie.contact.code}, {"said", std::move(said)}}}});
    return;
  }
  std::string text =
      fmt::format("{} {} and {} {}\n", tie.pupil.code, list_name(tie.pupil.family, tie.pupil.given),
                  tie.contact.code, list_name(tie.contact.family, tie.contact.given));
  for (const auto& one : tie.said) {
    text += fmt::format("  {}, priority {}{}{}, from {}\n", one.relation.empty() ? "related" : one.relation,
                        one.priority, one.prime ? ", prime" : "", one.court_order ? ", court order" : "",
                        one.source);
  }
  if (tie.said.empty()) text += "  nobody says that they belong together\n";
  session.print(text);
}

Exit relate(Session& session, const Options& options) {
  auto entry = options.tie;
  entry.prime = either(options.prime, options.not_prime);
  entry.court_order = either(options.court_order, options.no_court_order);
  entry.responsibility = word_of(options.responsibility);
  entry.lives_with = word_of(options.lives_with);
  print_tie(session, office::relate_people(session.office(office::StoreAccess::write), options.code,
                                           options.contact, entry));
  return Exit::done;
}

Exit unrelate(Session& session, const Options& options) {
  const auto& office = session.office(office::StoreAccess::write);
  const auto tie = office::look_at_tie(office, options.code, options.contact);
  bool by_hand = false;
  bool others = false;
  for (const auto& one : tie.said) {
    if (one.source == "hand") {
      by_hand = one.court_order;
    } else {
      others = others || one.court_order;
    }
  }
  const auto what = fmt::format("the court order by hand that bars {} from {} would be lifted{}",
                                tie.contact.code, tie.pupil.code, others ? " (another source's stays)" : "");
  if (by_hand && !sure(session, options, what, what + ". Lift it?")) return Exit::done;
  print_tie(session, office::unrelate_people(office, options.code, options.contact));
  return Exit::done;
}

template <typename Run>
CLI::App& add_act(CLI::App& command, Session& session, const Shared& options, const char* name,
                  const char* about, const char* examples, Run run) {
  auto& act = subcommand(command, name, about, examples);
  act.callback([&session, options, run] {
    session.run = [&session, options, run] { return run(session, *options); };
  });
  return act;
}

void take_code(CLI::App& act, Options& options) {
  act.add_option("code", options.code, "the person's code or id")->required()->type_name("CODE");
}

void take_entry(CLI::App& act, office::PersonEntry& entry) {
  act.add_option("--code", entry.code, "the code, one of its kind in the school")->type_name("CODE");
  act.add_option("--family", entry.family, "family name")->type_name("NAME");
  act.add_option("--given", entry.given, "given name")->type_name("NAME");
  act.add_option("--preferred", entry.preferred, "what they are called")->type_name("NAME");
  act.add_option("--title", entry.title, "Mr, Dr, …")->type_name("TITLE");
  act.add_option("--language", entry.language, "the language in which they are written to")->type_name("TAG");
  act.add_option("--born", entry.birth_date, "date of birth")->type_name("DATE");
  act.add_option("--year", entry.year, "a pupil's year")->type_name("YEAR");
  act.add_option("--form", entry.form, "a pupil's form")->type_name("FORM");
  act.add_option("--house", entry.house, "a pupil's house")->type_name("HOUSE");
  act.add_option("--boarding", entry.boarding, "a pupil's boarding house")->type_name("HOUSE");
  act.add_option("--admission", entry.admission, "a pupil who comes on this date")->type_name("DATE");
}

void take_addresses(CLI::App& act, Options& options) {
  act.add_option("--email", options.addresses.emails, "home:ADDRESS or work:ADDRESS; once for each")
      ->type_name("ADDRESS")
      ->allow_extra_args(false);
  act.add_option("--phone", options.addresses.phones,
                 "mobile:NUMBER, home:NUMBER or work:NUMBER; once for each")
      ->type_name("NUMBER")
      ->allow_extra_args(false);
  act.add_option("--wechat", options.addresses.wechat, "the user id of WeChat Work")->type_name("ID");
  auto* texts = act.add_flag("--for-sms", options.for_sms, "these numbers take text messages");
  act.add_flag("--not-for-sms", options.not_for_sms, "these numbers take none")->excludes(texts);
}

void add_person_acts(CLI::App& people, Session& session, const Shared& options) {
  auto& anew =
      add_act(people, session, options, "add", "enter somebody whom no school's system brings",
              "Examples:\n"
              "  crier people add --kind contact --code V-1 --family Lee --given Ann \\\n"
              "    --email home:ann@example.org --phone 07400123456\n"
              "  crier people add --kind pupil --code G-7 --family Roy --given Max --year 9 --form 9B",
              add);
  anew.add_option("--kind", options->kind, "what they are")
      ->required()
      ->check(CLI::IsMember({"pupil", "contact", "staff"}));
  take_entry(anew, options->entry);
  take_addresses(anew, *options);
  add_act(people, session, options, "list", "all that was entered by hand: people, addresses, relationships",
          "Examples:\n  crier people list\n  crier people list --json", list);
  auto& change = add_act(people, session, options, "edit", "change somebody who was entered by hand",
                         "Examples:\n"
                         "  crier people edit V-1 --family Lee-Roy\n"
                         "  crier people edit V-1 --title \"\"\n"
                         "  crier people edit G-7 --status active",
                         edit);
  take_code(change, *options);
  take_entry(change, options->entry);
  change.add_option("--status", options->entry.status, "active, pre-admission or leaver");
  auto& gone = add_act(people, session, options, "delete", "let somebody go who was entered by hand",
                       "Examples:\n  crier people delete V-1\n  crier people delete V-1 --yes", remove);
  take_code(gone, *options);
  gone.add_flag("--dry-run", options->dry_run, "say who it is, and change nothing");
  gone.add_flag("--yes", options->yes, "do not ask");
}

void add_address_acts(CLI::App& people, Session& session, const Shared& options) {
  auto& anew = add_act(people, session, options, "add-address", "enter an address of anybody, by hand",
                       "Examples:\n"
                       "  crier people add-address C-17 --email home:mary@example.org --first\n"
                       "  crier people add-address C-17 --phone work:+442079460123 --not-for-sms",
                       add_address);
  take_code(anew, *options);
  take_addresses(anew, *options);
  anew.add_flag("--first", options->addresses.first, "try it before those of the school's system");
  auto& gone =
      add_act(people, session, options, "remove-address", "take back an address that was entered by hand",
              "Examples:\n"
              "  crier people remove-address C-17 email:home\n"
              "  crier people remove-address C-17 phone:mobile wechat",
              remove_address);
  take_code(gone, *options);
  gone.add_option("address", options->slots, "email:home, phone:mobile, wechat, …")
      ->required()
      ->type_name("KIND:USE");
}

void take_two(CLI::App& act, Options& options) {
  act.add_option("pupil", options.code, "the pupil's code or id")->required()->type_name("PUPIL");
  act.add_option("contact", options.contact, "the contact's code or id")->required()->type_name("CONTACT");
}

void add_tie_acts(CLI::App& people, Session& session, const Shared& options) {
  auto& tie = add_act(people, session, options, "relate", "say by hand what a contact is to a pupil",
                      "Examples:\n"
                      "  crier people relate DYE003 V-1 --relation aunt --priority 3\n"
                      "  crier people relate DYE003 C-18 --court-order",
                      relate);
  take_two(tie, *options);
  tie.add_option("--relation", options->tie.relation, "mother, aunt, …")->type_name("WORD");
  tie.add_option("--priority", options->tie.priority, "1 comes first (default for a new one)")
      ->type_name("N");
  auto* prime = tie.add_flag("--prime", options->prime, "prime (default where the priority is 1)");
  tie.add_flag("--not-prime", options->not_prime, "not prime")->excludes(prime);
  auto* order =
      tie.add_flag("--court-order", options->court_order, "a court bars the contact from the pupil");
  tie.add_flag("--no-court-order", options->no_court_order, "lift a court order that was entered by hand")
      ->excludes(order);
  tie.add_option("--responsibility", options->responsibility, "parental responsibility")
      ->check(CLI::IsMember({"yes", "no"}));
  tie.add_option("--lives-with", options->lives_with, "whether the pupil lives with them")
      ->check(CLI::IsMember({"yes", "no"}));
  auto& gone = add_act(people, session, options, "unrelate", "take back what was said of the two by hand",
                       "Example:\n  crier people unrelate DYE003 V-1", unrelate);
  take_two(gone, *options);
  gone.add_flag("--yes", options->yes, "do not ask before a court order is lifted");
}

}  // namespace

void add_people_by_hand(CLI::App& people, Session& session) {
  const auto options = std::make_shared<Options>();
  add_person_acts(people, session, options);
  add_address_acts(people, session, options);
  add_tie_acts(people, session, options);
}

}  // namespace crier::cmd
