#include "office/operators.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "office/permission.hpp"
#include "store/operator_store.hpp"
#include "store/school_store.hpp"

namespace crier::office {
namespace {

constexpr std::size_t longest_name = 100;

bool has_controls(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::string checked_account(const std::string& text) {
  const std::string account(trim_invisible(text));
  const bool bad = account.empty() || !is_utf8(account) || count_graphemes(account) > longest_name ||
                   has_controls(account) || account.find_first_of(" ,") != std::string::npos;
  // Schedules and the log's own entries act under names of their own.
  if (!bad && fold(account) != "system" && fold(account) != "crier") return account;
  throw Error(Exit::usage, "bad-account", fmt::format("'{}' can be no account", bad ? account : text),
              "Give the name that the machine knows, as 'id -un' prints it, without blanks or commas.");
}

std::string checked_name(const std::string& text) {
  std::string name(trim_invisible(text));
  if (!name.empty() && is_utf8(name) && count_graphemes(name) <= longest_name && !has_controls(name)) {
    return name;
  }
  throw Error(Exit::usage, "bad-name",
              name.empty() ? std::string("an operator needs a name")
                           : fmt::format("the name is no text of at most {} characters", longest_name),
              "Give it with --name, as colleagues know it.");
}

std::vector<Role> checked_roles(const std::vector<std::string>& words) {
  std::vector<std::string> known;
  for (const auto role : all_roles) known.emplace_back(to_text(role));
  std::vector<Role> given;
  for (const auto& text : words) {
    const auto word = to_lower(trim_invisible(text));
    if (word.empty()) continue;
    const auto role = parse_role(word);
    if (!role) {
      throw Error(Exit::usage, "unknown-role",
                  fmt::format("no role is called '{}'{}", text, did_you_mean(word, known)),
                  fmt::format("There are: {}.", join(known, ", ")));
    }
    given.push_back(*role);
  }
  if (given.empty()) {
    throw Error(Exit::usage, "no-role", "an operator needs a role",
                fmt::format("Give one or more with --role: {}.", join(known, ", ")));
  }
  std::ranges::sort(given);
  given.erase(std::unique(given.begin(), given.end()), given.end());
  return given;
}

std::vector<std::string> checked_schools(const Office& office, const std::vector<std::string>& codes) {
  std::vector<std::string> known;
  for (const auto& school : store::schools(office.store)) known.push_back(school.code);
  std::vector<std::string> given;
  for (const auto& code : codes) {
    const std::string wanted(trim_invisible(code));
    const auto found =
        std::ranges::find_if(known, [&](const auto& one) { return fold(one) == fold(wanted); });
    if (found == known.end()) {
      throw Error(Exit::nothing_there, "no-such-school",
                  fmt::format("no school has the code '{}'{}", wanted, did_you_mean(wanted, known)),
                  fmt::format("There are: {}.", join(known, ", ")));
    }
    given.push_back(*found);
  }
  std::ranges::sort(given);
  given.erase(std::unique(given.begin(), given.end()), given.end());
  return given;
}

/// A manager of some schools gives roles for those alone.
void require_within(const Office& office, const Operator& one) {
  require(office, Act::change_operators);
  const auto self = store::find_operator(office.store, office.actor);
  if (!self || is_everywhere(office, *self)) return;
  const bool within = !one.schools.empty() &&
                      std::ranges::all_of(one.schools, [&](const auto& code) { return self->at(code); });
  if (within) return;
  throw Error(Exit::refused_by_rule, "role",
              fmt::format("{} manages {} alone, and {} acts for {}", self->account, join(self->schools, ", "),
                          one.account, one.schools.empty() ? "all schools" : join(one.schools, ", ")),
              "A manager of all schools can do it.");
}

/// M7: there is always somebody who can give roles. `before` is none for a new operator.
void require_a_manager(const Office& office, const Operator& after) {
  const auto all = store::operators(office.store);
  const bool any = std::ranges::any_of(all, [&](const Operator& one) {
    return one.active && one.has(Role::manager) && is_everywhere(office, one);
  });
  if (any) return;
  if (all.size() == 1 && after.active) {
    throw Error(
        Exit::refused_by_rule, "last-manager",
        fmt::format("{} would be the only operator, and no manager of all schools", after.account),
        "Somebody must be able to give roles: the first operator has the role manager, for all schools.");
  }
  throw Error(Exit::refused_by_rule, "last-manager",
              fmt::format("{} is the last manager of all schools who is active", after.account),
              "Make somebody else a manager first: crier operators edit ACCOUNT --role manager.");
}

std::string told(const Operator& one) {
  return fmt::format("{} at {}{}", role_list(one.roles),
                     one.schools.empty() ? "all schools" : join(one.schools, ","),
                     one.active ? "" : ", disabled");
}

}  // namespace

std::vector<Operator> list_operators(const Office& office) {
  require(office, Act::look);
  return store::operators(office.store);
}

Operator find_operator(const Office& office, std::string_view account) {
  if (auto found = store::find_operator(office.store, trim_invisible(account))) return std::move(*found);
  std::vector<std::string> known;
  for (const auto& one : store::operators(office.store)) known.push_back(one.account);
  throw Error(Exit::nothing_there, "no-such-operator",
              fmt::format("no operator has the account '{}'{}", account, did_you_mean(account, known)),
              known.empty() ? "There are none yet: 'crier operators add' enters one."
                            : "See 'crier operators list'.");
}

Operator add_operator(const Office& office, const std::string& account, const OperatorChange& change) {
  Operator one;
  one.account = checked_account(account);
  one.name = checked_name(change.name.value_or(""));
  one.roles = checked_roles(change.roles.value_or(std::vector<std::string>{}));
  one.created = office.clock.now();
  store::Transaction transaction(office.store);
  one.schools = checked_schools(office, change.schools.value_or(std::vector<std::string>{}));
  require_within(office, one);
  if (const auto there = store::find_operator(office.store, one.account)) {
    throw Error(Exit::refused_by_rule, "operator-exists",
                fmt::format("{} is an operator already{}", there->account, there->active ? "" : ", disabled"),
                fmt::format("Change them with 'crier operators {} {}'.", there->active ? "edit" : "enable",
                            there->account));
  }
  one.id = store::insert_operator(office.store, one);
  require_a_manager(office, one);
  record(office, "operator-add", one.account, told(one));
  transaction.commit();
  return one;
}

Operator edit_operator(const Office& office, std::string_view account, const OperatorChange& change) {
  if (!change.name && !change.roles && !change.schools) {
    throw Error(Exit::usage, "nothing-to-change", "nothing to change was given",
                "Give --name, --role, --school or --all-schools.");
  }
  store::Transaction transaction(office.store);
  const auto before = find_operator(office, account);
  require_within(office, before);
  auto after = before;
  if (change.name) after.name = checked_name(*change.name);
  if (change.roles) after.roles = checked_roles(*change.roles);
  if (change.schools) after.schools = checked_schools(office, *change.schools);
  require_within(office, after);
  store::update_operator(office.store, after);
  require_a_manager(office, after);
  record(office, "operator-edit", after.account, fmt::format("{}; was {}", told(after), told(before)));
  transaction.commit();
  return after;
}

Operator set_standing(const Office& office, std::string_view account, OperatorStanding standing) {
  store::Transaction transaction(office.store);
  auto one = find_operator(office, account);
  require_within(office, one);
  const bool active = standing == OperatorStanding::active;
  if (one.active == active) return one;
  one.active = active;
  store::update_operator(office.store, one);
  require_a_manager(office, one);
  record(office, active ? "operator-enable" : "operator-disable", one.account, told(one));
  transaction.commit();
  return one;
}

}  // namespace crier::office
