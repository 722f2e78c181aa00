#include "office/permission.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "base/text.hpp"
#include "store/operator_store.hpp"
#include "store/school_store.hpp"

namespace crier::office {
namespace {

using Roles = unsigned;

template <typename... One>
constexpr Roles roles(One... one) {
  return (0U | ... | (1U << static_cast<unsigned>(one)));
}

constexpr auto everybody = roles(Role::viewer, Role::sender, Role::approver, Role::office, Role::manager);
constexpr auto nobody = roles();

enum class Extent { school, whole_store };

struct Rule {
  Act act;
  std::string_view words;
  /// Who may, whosever the message is.
  Roles may;
  /// Who may besides where the message is their own.
  Roles own = nobody;
  Extent extent = Extent::school;
};

/// The roles, each act once (M7).
constexpr std::array rules{
    Rule{Act::look, "look at messages, people and reports", everybody},
    Rule{Act::see_addresses, "see addresses",
         roles(Role::sender, Role::approver, Role::office, Role::manager)},
    Rule{Act::send, "send messages", roles(Role::sender, Role::office)},
    Rule{Act::change_message, "cancel or rerun what others sent", roles(Role::office), roles(Role::sender)},
    Rule{Act::decide_message, "approve or reject messages", roles(Role::approver)},
    Rule{Act::run_schedule, "run a schedule now", roles(Role::office, Role::manager)},
    Rule{Act::change_schedule, "enable or disable schedules", roles(Role::manager)},
    Rule{Act::change_calendar, "change the calendar", roles(Role::office, Role::manager)},
    Rule{Act::change_contact, "change what is kept of contacts", roles(Role::office)},
    Rule{Act::change_people, "enter people and groups by hand", roles(Role::office)},
    Rule{Act::resolve_issue, "resolve data issues", roles(Role::office)},
    Rule{Act::change_wallet, "top up or correct the wallet", roles(Role::manager)},
    Rule{Act::delete_leavers, "delete leavers", roles(Role::manager)},
    Rule{Act::import, "import", roles(Role::manager), nobody, Extent::whole_store},
    Rule{Act::change_operators, "change operators", roles(Role::manager)},
    Rule{Act::change_store, "change the store", roles(Role::manager), nobody, Extent::whole_store},
    Rule{Act::export_person, "export what is kept of a person", roles(Role::office, Role::manager)},
    Rule{Act::erase_person, "erase people", roles(Role::manager)},
    Rule{Act::run_retention, "let go of old data", roles(Role::manager), nobody, Extent::whole_store},
};

const Rule& rule_of(Act act) {
  return *std::ranges::find_if(rules, [&](const Rule& rule) { return rule.act == act; });
}

bool any_of(Roles wanted, const Operator& one) {
  return std::ranges::any_of(one.roles, [&](Role role) { return (wanted & roles(role)) != 0; });
}

std::vector<Role> listed(Roles wanted) {
  std::vector<Role> list;
  for (const auto role : all_roles) {
    if ((wanted & roles(role)) != 0) list.push_back(role);
  }
  return list;
}

bool is_own(const Operator& one, const Concern& concern) {
  return !concern.sender.empty() && fold(concern.sender) == fold(one.account);
}

bool covers(const Office& office, const Operator& one, const Rule& rule, const Concern& concern) {
  if (rule.extent == Extent::whole_store) return is_everywhere(office, one);
  return concern.schools.empty() ||
         std::ranges::any_of(concern.schools, [&](const auto& school) { return one.at(school); });
}

/// `ann, bob`: those who are active, have the role and are not `besides`.
std::string names_of(const Office& office, Role role, const Operator& besides) {
  std::vector<std::string> names;
  for (const auto& one : store::operators(office.store)) {
    if (one.active && one.has(role) && one.id != besides.id) names.push_back(one.account);
  }
  constexpr std::size_t most = 5;
  const bool more = names.size() > most;
  if (more) names.resize(most);
  return join(names, ", ") + (more ? ", …" : "");
}

std::string managers_can(const Office& office, const Operator& who, std::string_view what) {
  const auto managers = names_of(office, Role::manager, who);
  return managers.empty() ? fmt::format("Whoever runs crier on this machine can {}", what)
                          : fmt::format("{} can {}", managers, what);
}

Error missing_role(const Office& office, const Operator& who, const Rule& rule, const Concern& concern) {
  if (!who.active) {
    return {Exit::refused_by_rule, "role", fmt::format("{} may no longer act: disabled", who.account),
            managers_can(office, who, fmt::format("let them: crier operators enable {}", who.account))};
  }
  const bool own = is_own(who, concern);
  if (rule.act == Act::decide_message && own && any_of(rule.may, who)) {
    const auto others = names_of(office, Role::approver, who);
    return {Exit::refused_by_rule, "role",
            fmt::format("{} may not approve or reject a message of their own", who.account),
            others.empty() ? "Another operator needs the role approver." : fmt::format("{} can.", others)};
  }
  const auto wanted = rule.may | (own ? rule.own : nobody);
  if (!any_of(wanted, who)) {
    std::string names;
    for (const auto role : listed(wanted))
      names += fmt::format("{}{}", names.empty() ? "" : " or ", to_text(role));
    auto more = who.roles;
    more.push_back(listed(wanted).front());
    return {Exit::refused_by_rule, "role",
            fmt::format("{} may not {}: it takes the role {}", who.account, rule.words, names),
            managers_can(
                office, who,
                fmt::format("give it: crier operators edit {} --role {}", who.account, role_list(more)))};
  }
  const auto where = rule.extent == Extent::whole_store ? std::string("for all schools")
                                                        : "of " + join(concern.schools, " or ");
  return {Exit::refused_by_rule, "role",
          fmt::format("{} may not {} {}: their roles are for {}", who.account, rule.words, where,
                      join(who.schools, ", ")),
          managers_can(office, who,
                       fmt::format("widen them: crier operators edit {} {}", who.account,
                                   rule.extent == Extent::whole_store
                                       ? std::string("--all-schools")
                                       : fmt::format("--school {},{}", join(who.schools, ","),
                                                     concern.schools.front())))};
}

bool lets(const Office& office, const Operator& who, const Rule& rule, const Concern& concern) {
  if (!who.active || !covers(office, who, rule, concern)) return false;
  const bool own = is_own(who, concern);
  if (rule.act == Act::decide_message && own) return false;
  return any_of(rule.may | (own ? rule.own : nobody), who);
}

bool ends_address(char c) {
  return std::string_view(" \t\r\n<>()[]\"',;:").find(c) != std::string_view::npos;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Whether a word of a text is a number that somebody can be called by.
bool is_number(std::string_view word) {
  constexpr int fewest_digits = 7;
  return word.starts_with('+') && std::ranges::count_if(word, is_digit) >= fewest_digits &&
         std::ranges::all_of(word.substr(1), [](char c) { return is_digit(c) || c == '-' || c == '.'; });
}

}  // namespace

Concern concern_of(const Office& office, const store::MessageRow& message) {
  Concern concern{{}, message.sender};
  for (const auto& school : store::schools(office.store)) {
    if (school.id == message.school) concern.schools.push_back(school.code);
  }
  return concern;
}

void require(const Office& office, Act act, const Concern& concern) {
  const auto who = store::find_operator(office.store, office.actor);
  if (!who) return;  // M7: whoever can open the store file can do all
  const auto& rule = rule_of(act);
  if (!lets(office, *who, rule, concern)) throw missing_role(office, *who, rule, concern);
}

void require_everywhere(const Office& office, Act act) {
  require(office, act);
  for (const auto& school : store::schools(office.store)) require(office, act, {{school.code}, ""});
}

bool may(const Office& office, Act act, const Concern& concern) {
  const auto who = store::find_operator(office.store, office.actor);
  return !who || lets(office, *who, rule_of(act), concern);
}

std::optional<std::int64_t> school_in_sight(const Office& office) {
  const auto named = named_school(office);
  const auto who = store::find_operator(office.store, office.actor);
  require(office, Act::look, {named ? std::vector{office.school} : std::vector<std::string>{}, ""});
  if (named || !who || is_everywhere(office, *who)) return named;
  if (who->schools.size() > 1) {
    throw Error(Exit::usage, "which-school",
                fmt::format("{} looks after {} of the schools: {}", who->account, who->schools.size(),
                            join(who->schools, ", ")),
                "Name one with --school.");
  }
  const auto& code = who->schools.front();
  for (const auto& school : store::schools(office.store)) {
    if (fold(school.code) == fold(code)) return school.id;
  }
  throw Error(Exit::nothing_there, "no-such-school",
              fmt::format("{} looks after the school {}, which is not there any more", who->account, code),
              fmt::format("A manager gives another: crier operators edit {} --school CODE.", who->account));
}

std::vector<std::string> acts_of(const Operator& one) {
  std::vector<std::string> acts;
  if (!one.active) return acts;
  for (const auto& rule : rules) {
    if (any_of(rule.may, one)) {
      acts.emplace_back(rule.words);
    } else if (any_of(rule.own, one)) {
      acts.emplace_back("cancel or rerun what they sent themselves");
    }
  }
  return acts;
}

bool is_everywhere(const Office& office, const Operator& one) {
  if (one.schools.empty()) return true;
  return std::ranges::all_of(store::schools(office.store),
                             [&](const store::SchoolRow& school) { return one.at(school.code); });
}

AddressSight address_sight(const Office& office) {
  return may(office, Act::see_addresses) ? AddressSight::clear : AddressSight::masked;
}

std::string shown_address(AddressSight sight, std::string_view address) {
  return sight == AddressSight::clear ? std::string(address) : Masked(address).shown();
}

std::string shown_text(AddressSight sight, std::string_view text) {
  if (sight == AddressSight::clear) return std::string(text);
  std::string shown;
  for (std::size_t begin = 0; begin < text.size();) {
    auto end = begin;
    while (end < text.size() && !ends_address(text[end])) ++end;
    auto word = text.substr(begin, end - begin);
    const auto full_stop = word.ends_with('.') ? word.size() - 1 : word.size();
    const auto tail = word.substr(full_stop);
    word = word.substr(0, full_stop);
    const auto at = word.find('@');
    const bool address = (at != std::string_view::npos && at > 0 && at + 1 < word.size()) || is_number(word);
    shown += address ? Masked(word).shown() : std::string(word);
    shown += tail;
    if (end < text.size()) shown += text[end++];
    begin = end;
  }
  return shown;
}

}  // namespace crier::office
