#include "office/contacts.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/text.hpp"
#include "command.hpp"
#include "contact_view.hpp"
#include "model/person.hpp"
#include "office/links.hpp"
#include "office/registrations.hpp"

namespace crier::cmd {
namespace {

struct Options {
  std::string code;
  std::string channel;
  std::string category;
  std::string purpose;
  std::string token;
  bool given = false;
  bool missing = false;
  bool yes = false;
  bool accept = false;
};

/// `usable`, `invalid`, `blocked-…`
std::string state_of(const store::HeldAddress& address) {
  if (address.normal.empty()) return "invalid";
  return address.block.empty() ? "usable" : address.block;
}

boost::json::object json_of(const store::HeldAddress& address) {
  boost::json::object document;
  document["kind"] = address.kind;
  document["use"] = output::text_or_null(address.use);
  document["address"] = address.normal.empty() ? address.given : address.normal;
  document["given"] = address.given;
  document["state"] = state_of(address);
  document["since"] = output::time_or_null(address.blocked_since);
  document["line"] = output::text_or_null(address.line);
  if (address.for_sms) {
    document["for_sms"] = *address.for_sms;
  } else {
    document["for_sms"] = nullptr;
  }
  document["source"] = address.source;
  return document;
}

boost::json::object json_of(const store::Relative& one) {
  boost::json::object document;
  document["code"] = one.code;
  document["kind"] = one.kind;
  document["name"] = list_name(one.family, one.given);
  document["relation"] = output::text_or_null(one.relation);
  document["priority"] = one.priority;
  if (one.responsibility) {
    document["parental_responsibility"] = *one.responsibility;
  } else {
    document["parental_responsibility"] = nullptr;
  }
  document["prime"] = one.prime;
  document["court_order"] = one.court_order;
  document["source"] = one.source;
  return document;
}

}  // namespace

namespace {

void print_json(Session& session, const office::ContactView& view, std::string_view key) {
  boost::json::object document;
  document["code"] = view.person.code;
  document["kind"] = view.person.kind;
  document["name"] = list_name(view.person.family, view.person.given);
  document["school"] = output::text_or_null(view.person.school);
  document["status"] = view.person.status;
  document["source"] = view.person.source;
  document["source_id"] = view.person.source_id;
  boost::json::array addresses;
  for (const auto& address : view.addresses) addresses.push_back(json_of(address));
  document["addresses"] = std::move(addresses);
  boost::json::array opt_outs;
  for (const auto& one : view.opt_outs) {
    opt_outs.push_back({{"channel", output::text_or_null(one.channel)},
                        {"category", output::text_or_null(one.category)},
                        {"since", to_rfc3339(one.since)},
                        {"said_by", one.said_by}});
  }
  document["opt_outs"] = std::move(opt_outs);
  boost::json::array consents;
  for (const auto& one : view.consents) {
    consents.push_back({{"purpose", one.purpose},
                        {"given", one.given},
                        {"since", to_rfc3339(one.since)},
                        {"said_by", output::text_or_null(one.said_by)}});
  }
  document["consents"] = std::move(consents);
  boost::json::array relatives;
  for (const auto& one : view.relatives) relatives.push_back(json_of(one));
  document["related_to"] = std::move(relatives);
  session.print(boost::json::object{{key, std::move(document)}});
}

}  // namespace

void print_person(Session& session, const office::ContactView& view, std::string_view key) {
  if (session.json()) return print_json(session, view, key);
  const auto zone = session.zone();
  const auto& person = view.person;
  std::string text =
      fmt::format("{} {} ({}{}{}, from {})\n", person.code, list_name(person.family, person.given),
                  person.kind, person.school.empty() ? "" : " of ", person.school, person.source);
  if (person.status != "active") text += fmt::format("  {}\n", person.status);
  for (const auto& address : view.addresses) {
    text += fmt::format("  {:<6} {:<7} {}  {}", address.kind, address.use,
                        address.normal.empty() ? address.given : address.normal, state_of(address));
    if (address.blocked_since) text += " since " + to_iso(zone.local(*address.blocked_since));
    if (address.source != person.source) text += ", from " + address.source;
    text += "\n";
  }
  for (const auto& one : view.opt_outs) {
    text += fmt::format("  opted out of {}{}, since {}, said by {}\n",
                        one.channel.empty() ? "every channel" : one.channel,
                        one.category.empty() ? "" : ", " + one.category + " messages",
                        to_iso(zone.local(one.since)), one.said_by);
  }
  for (const auto& one : view.consents) {
    text += fmt::format("  consent to {}: {}, since {}{}\n", one.purpose, one.given ? "given" : "missing",
                        to_iso(zone.local(one.since)), one.said_by.empty() ? "" : ", said by " + one.said_by);
  }
  for (const auto& one : view.relatives) {
    text += fmt::format("  {} {} {} ({}), priority {}{}{}{}\n", one.kind, one.code,
                        list_name(one.family, one.given), one.relation.empty() ? "related" : one.relation,
                        one.priority, one.prime ? ", prime" : "",
                        one.court_order ? ", court order: never written to of this pupil" : "",
                        one.source == person.source ? "" : ", from " + one.source);
  }
  session.print(text);
}

namespace {

void print_view(Session& session, const office::ContactView& view) {
  print_person(session, view, "contact");
}

office::OptOutScope scope_of(const Options& options) {
  office::OptOutScope scope;
  if (!options.channel.empty()) {
    const auto channels = parse_via(options.channel);
    if (channels.size() != 1) {
      throw Error(Exit::usage, "one-channel", "--channel takes one channel",
                  "Call the command once for each.");
    }
    scope.channel = channels.front();
  }
  if (!options.category.empty()) scope.category = parse_category(options.category);
  return scope;
}

Exit enable(Session& session, const Options& options) {
  const auto& office = session.office(office::StoreAccess::write);
  const auto blocked = office::blocked_addresses(office, options.code, scope_of(options).channel);
  std::string question;
  for (const auto& address : blocked) {
    question += fmt::format("{} is blocked ({}) since {}.\n", address.normal, address.block,
                            to_iso(session.zone().local(address.blocked_since.value_or(Instant{}))));
    if (address.block == "blocked-spam") {
      question +=
          "Its owner complained about our mail as spam. Who writes on is taken for a sender of spam by "
          "their\n"
          "provider, and then nobody there hears of the school: open it only if they have asked for it.\n";
    }
  }
  if (!blocked.empty() && !options.yes && !session.can_ask()) {
    throw Error(Exit::refused_by_rule, "not-confirmed",
                fmt::format("{} is blocked ({}), and there is nobody to ask whether to open it",
                            blocked.front().normal, blocked.front().block),
                "Add --yes where you know that it can be written to again.");
  }
  if (!blocked.empty() &&
      !session.confirmed(question + "Messages to a dead address harm what else we send. Open it?",
                         options.yes)) {
    session.remark("Nothing was changed.");
    return Exit::done;
  }
  office::enable_addresses(office, blocked);
  if (session.json()) {
    boost::json::array enabled;
    for (const auto& address : blocked) {
      enabled.push_back({{"kind", address.kind}, {"address", address.normal}, {"was", address.block}});
    }
    session.print(boost::json::object{{"enabled", std::move(enabled)}});
    return Exit::done;
  }
  for (const auto& address : blocked) {
    session.print(fmt::format("{} is open again; it was {}.\n", address.normal, address.block));
  }
  return Exit::done;
}

Exit disable(Session& session, const Options& options) {
  const auto closed = office::disable_addresses(session.office(office::StoreAccess::write), options.code);
  if (session.json()) {
    session.print(boost::json::object{{"disabled", closed}});
  } else {
    session.print(
        fmt::format("{} addresses are used no more; 'crier contacts enable' opens them.\n", closed));
  }
  return Exit::done;
}

Exit consent_to(Session& session, const Options& options) {
  if (options.given == options.missing) {
    throw Error(Exit::usage, "which-consent", "whether the consent is given is missing",
                "Add --given or --missing.");
  }
  print_view(session,
             office::set_consent(session.office(office::StoreAccess::write), options.code, options.purpose,
                                 options.given ? office::ConsentWord::given : office::ConsentWord::missing));
  return Exit::done;
}

void print_opened(Session& session, const office::LinkOpened& opened) {
  const bool confirmed = opened.use == office::LinkUse::confirm;
  if (session.json()) {
    session.print(boost::json::object{{"act", confirmed ? "confirm" : "opt-out"},
                                      {"code", opened.code},
                                      {"message", opened.message},
                                      {"channel", output::text_or_null(opened.channel)},
                                      {"category", output::text_or_null(opened.category)},
                                      {"again", opened.again}});
    return;
  }
  const std::string_view before = opened.again ? ", as before" : "";
  session.print(confirmed ? fmt::format("{} has confirmed message {} '{}'{}.\n", opened.code, opened.message,
                                        opened.subject, before)
                          : fmt::format("{} has opted out of {} messages by {}{}.\n", opened.code,
                                        opened.category, opened.channel, before));
}

Exit opt_out(Session& session, const Options& options) {
  if (options.code.empty() == options.token.empty()) {
    throw Error(Exit::usage, "whom",
                options.code.empty() ? "who opts out is missing" : "a code and --token say it twice",
                "Give the person's code, or --token with what stands in their link.");
  }
  const auto& office = session.office(office::StoreAccess::write);
  if (options.token.empty()) {
    print_view(session, office::opt_out(office, options.code, scope_of(options)));
  } else {
    print_opened(session, office::open_link(office, options.token, office::LinkUse::opt_out));
  }
  return Exit::done;
}

Exit confirm(Session& session, const Options& options) {
  print_opened(session, office::open_link(session.office(office::StoreAccess::write), options.token,
                                          office::LinkUse::confirm));
  return Exit::done;
}

Exit registrations(Session& session, const Options& options) {
  const auto told =
      office::refresh_registrations(session.office(office::StoreAccess::write),
                                    options.accept ? office::Doubtful::accepted : office::Doubtful::refused);
  if (session.json()) {
    session.print(boost::json::object{{"registrations",
                                       {{"parents", told.parents},
                                        {"registered", told.registered},
                                        {"addresses", told.addresses},
                                        {"opened", told.opened},
                                        {"closed", told.closed}}}});
  } else {
    session.print(
        fmt::format("{} of {} parents in WeChat Work follow the school. Of {} addresses here, {} are reached "
                    "from now on and {} no more.\n",
                    told.registered, told.parents, told.addresses, told.opened, told.closed));
  }
  return Exit::done;
}

template <typename Run>
CLI::App& add_act(CLI::App& command, Session& session, const std::shared_ptr<Options>& options,
                  const char* name, const char* about, const char* examples, Run run) {
  auto& act = subcommand(command, name, about, examples);
  act.callback([&session, options, run] {
    session.run = [&session, options, run] { return run(session, *options); };
  });
  return act;
}

void add_scope(CLI::App& act, Options& options) {
  act.add_option("--channel", options.channel, "this channel alone (default: every channel)")
      ->type_name("CHANNEL");
  act.add_option("--category", options.category, "messages of this category alone (default: all)")
      ->check(CLI::IsMember({"system", "informational", "periodic"}));
}

}  // namespace

void add_contacts(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "contacts", "what a person decided, and which addresses are blocked",
                             "Examples:\n"
                             "  crier contacts show C-17\n"
                             "  crier contacts opt-out C-17 --channel sms\n"
                             "  crier contacts enable r.dyer@example.org");
  command.require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto& show =
      add_act(command, session, options, "show", "a person's addresses, opt-outs, consents and relations",
              "Example:\n  crier contacts show C-17", [](Session& at, const Options& with) {
                print_view(at, office::show_contact(at.office(office::StoreAccess::read), with.code));
                return Exit::done;
              });
  show.add_option("code", options->code, "the person's code or id")->required()->type_name("CODE");
  auto& out = add_act(command, session, options, "opt-out", "write to somebody no more",
                      "Examples:\n"
                      "  crier contacts opt-out C-17\n"
                      "  crier contacts opt-out C-17 --channel sms --category periodic\n"
                      "  crier contacts opt-out --token u17.12.Xk2v…",
                      [](Session& at, const Options& with) { return opt_out(at, with); });
  out.add_option("code", options->code, "the person's code or id")->type_name("CODE");
  add_scope(out, *options);
  auto* token = out.add_option("--token", options->token,
                               "instead of a code: what stands behind /u/ in their link, or all of it");
  token->excludes("--channel")->excludes("--category");
  auto& in = add_act(
      command, session, options, "opt-in", "take an opt-out back: all of them, or just the one named",
      "Examples:\n  crier contacts opt-in C-17\n  crier contacts opt-in C-17 --channel sms",
      [](Session& at, const Options& with) {
        print_view(at, office::opt_in(at.office(office::StoreAccess::write), with.code, scope_of(with)));
        return Exit::done;
      });
  in.add_option("code", options->code, "the person's code or id")->required()->type_name("CODE");
  add_scope(in, *options);
  auto& open = add_act(command, session, options, "enable", "open blocked addresses, after a warning",
                       "Examples:\n"
                       "  crier contacts enable C-17 --yes\n"
                       "  crier contacts enable C-17 --channel email\n"
                       "  crier contacts enable r.dyer@example.org",
                       [](Session& at, const Options& with) { return enable(at, with); });
  open.add_option("address", options->code, "a person's code or id: all blocked ones; or the address itself")
      ->required()
      ->type_name("CODE|ADDRESS");
  open.add_option("--channel", options->channel, "addresses of this channel alone (default: every channel)")
      ->type_name("CHANNEL");
  open.add_flag("--yes", options->yes, "do not ask");
  auto& ask = add_act(command, session, options, "registrations",
                      "ask WeChat Work which parents it reaches, and note it",
                      "A list that would silence more than half of them is refused.\n"
                      "Examples:\n"
                      "  crier contacts registrations\n"
                      "  crier contacts registrations --accept",
                      [](Session& at, const Options& with) { return registrations(at, with); });
  ask.add_flag("--accept", options->accept, "let it close more than half of those who are reached now");
  auto& close =
      add_act(command, session, options, "disable", "use an address no more, until it is enabled",
              "Examples:\n  crier contacts disable r.dyer@example.org\n  crier contacts disable C-17",
              [](Session& at, const Options& with) { return disable(at, with); });
  close.add_option("address", options->code, "a person's code or id: all of theirs; or the address itself")
      ->required()
      ->type_name("CODE|ADDRESS");
  auto& consent =
      add_act(command, session, options, "consent", "what somebody says of a purpose; missing consent blocks",
              "Examples:\n  crier contacts consent C-17 --purpose Boarding --missing\n"
              "  crier contacts consent C-17 --purpose Boarding --given",
              [](Session& at, const Options& with) { return consent_to(at, with); });
  consent.add_option("code", options->code, "the person's code or id")->required()->type_name("CODE");
  consent.add_option("--purpose", options->purpose, "for what, a contract for instance")->required();
  auto* given = consent.add_flag("--given", options->given, "they consent");
  consent.add_flag("--missing", options->missing, "their consent is missing, or was taken back")
      ->excludes(given);
  auto& confirmed = add_act(
      command, session, options, "confirm", "note that somebody has confirmed a message, by their link",
      "Example:\n  crier contacts confirm --token https://messages.school.example/c/c17.12.Xk2v…",
      [](Session& at, const Options& with) { return confirm(at, with); });
  confirmed.add_option("--token", options->token, "what stands behind /c/ in the link, or all of it")
      ->required();
}

}  // namespace crier::cmd
