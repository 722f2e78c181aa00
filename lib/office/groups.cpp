#include "office/groups.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "audience/resolve.hpp"
#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "model/person.hpp"
#include "office/contacts.hpp"
#include "office/entered.hpp"
#include "office/permission.hpp"
#include "roster/schools.hpp"
#include "store/hand_store.hpp"

namespace crier::office {
namespace {

Concern concern_of(const store::GroupRow& group) {
  return {{group.school}, ""};
}

std::int64_t school_of(const Office& office, const store::GroupRow& group) {
  for (const auto& school : store::schools(office.store)) {
    if (school.code == group.school) return school.id;
  }
  return 0;
}

store::GroupRow group_of_id(const Office& office, std::int64_t id, std::string_view name) {
  auto rows = store::group_rows(office.store, {std::nullopt, fold(name), true});
  return std::move(*std::ranges::find(rows, id, &store::GroupRow::id));
}

/// An expression would not know which of two is meant.
void require_free(const Office& office, std::int64_t school, std::int64_t besides, const std::string& name,
                  const std::string& code) {
  for (const auto& word : {name, code}) {
    if (word.empty()) continue;
    for (const auto& other : store::group_rows(office.store, {school, fold(word)})) {
      if (other.id == besides) continue;
      throw Error(
          Exit::refused_by_rule, "name-taken",
          fmt::format("a group of {} is called '{}' already (from {})", other.school, word, other.source),
          "Choose another name, or look at it with 'crier groups show'.");
    }
  }
}

std::string entered_name(const std::string& text) {
  auto name = entered_text("the name", text);
  if (name.find('"') == std::string::npos) return name;
  throw Error(Exit::usage, "bad-text", "a group's name holds no quotation marks",
              "Expressions name it in such: group:\"Ski Trip\".");
}

std::vector<std::string> codes_of(const std::vector<std::string>& words) {
  std::vector<std::string> codes;
  for (const auto& word : words) {
    if (!word.starts_with("@")) {
      codes.push_back(word);
      continue;
    }
    const auto text = os::read_file(word.substr(1));
    for (const auto line : split(text, '\n')) {
      const auto code = trim_invisible(line);
      if (!code.empty() && !code.starts_with("#")) codes.emplace_back(code);
    }
  }
  return codes;
}

std::vector<std::int64_t> people_of_codes(const Office& office, const std::vector<std::string>& codes) {
  std::vector<std::int64_t> people;
  std::vector<std::string> unknown;
  for (const auto& code : codes) {
    try {
      people.push_back(find_person(office, code).id);
    } catch (const Error& error) {
      if (error.exit() != Exit::nothing_there) throw;
      unknown.push_back(code);
    }
  }
  if (unknown.empty()) return people;
  constexpr std::size_t most = 10;
  const auto count = unknown.size();
  if (count > most) unknown.resize(most);
  throw Error(Exit::nothing_there, "no-such-person",
              fmt::format("nobody has {}: {}{}", count == 1 ? "this code" : "these codes",
                          join(unknown, ", "), count > most ? fmt::format(" and {} more", count - most) : ""),
              "Nobody was added or removed; 'crier resolve' finds people by name.");
}

std::vector<std::int64_t> people_of_expression(const Office& office, const std::string& expression,
                                               const store::GroupRow& group) {
  audience::ResolveRequest request;
  request.expression = expression;
  request.to = {"self"};
  request.schools = {school_of(office, group)};
  request.now = office.clock.now();
  const auto schools = roster::school_profiles(office.store, office.settings);
  const auto found = audience::resolve(office.store, schools, request);
  audience::require_somebody(found);
  std::vector<std::int64_t> people;
  for (const auto& one : found.recipients) people.push_back(one.person);
  return people;
}

std::vector<std::int64_t> people_meant(const Office& office, const MembersMeant& meant,
                                       const store::GroupRow& group) {
  if (meant.codes.empty() == meant.expression.empty()) {
    throw Error(Exit::usage, "whom",
                meant.codes.empty() ? "it is not said who" : "codes and --matching say it twice",
                "Name codes, @FILE with one a line, or --matching EXPR.");
  }
  auto people = meant.codes.empty() ? people_of_expression(office, meant.expression, group)
                                    : people_of_codes(office, codes_of(meant.codes));
  std::ranges::sort(people);
  people.erase(std::unique(people.begin(), people.end()), people.end());
  return people;
}

template <typename Write>
MembersChanged change_members(const Office& office, std::string_view called, const MembersMeant& meant,
                              std::string_view act, Write&& write) {
  MembersChanged answer;
  answer.group = group_to_change(office, called);
  const auto people = people_meant(office, meant, answer.group);
  store::Transaction transaction(office.store);
  answer.changed = write(answer.group.id, people);
  answer.stayed = static_cast<std::int64_t>(people.size()) - answer.changed;
  record(office, act, fmt::format("group {}", answer.group.id), fmt::format("{} members", answer.changed));
  transaction.commit();
  answer.group = group_of_id(office, answer.group.id, answer.group.name);
  return answer;
}

}  // namespace

Table group_table(const Office& office, WhichGroups which) {
  Table table;
  table.name = "groups";
  table.title = "Groups";
  table.columns = {{"name", "Name"},
                   {"code", "Code"},
                   {"kind", "Kind"},
                   {"school", "School"},
                   {"members", "Members", ColumnKind::count},
                   {"state", "State"},
                   {"source", "From"}};
  for (const auto& row :
       store::group_rows(office.store, {school_in_sight(office), "", false, which == WhichGroups::all})) {
    table.rows.push_back({row.name, row.code, row.kind, row.school, row.members,
                          std::string(row.active ? "active" : "inactive"), row.source});
  }
  return table;
}

store::GroupRow find_group(const Office& office, std::string_view called) {
  const auto school = school_in_sight(office);
  auto found = store::group_rows(office.store, {school, fold(called)});
  const auto narrow = [&](auto&& keep) {
    if (std::ranges::count_if(found, keep) > 0)
      std::erase_if(found, [&](const auto& one) { return !keep(one); });
  };
  narrow([](const store::GroupRow& one) { return one.source == store::hand_name; });
  narrow([](const store::GroupRow& one) { return one.active; });
  if (found.size() == 1) return std::move(found.front());
  if (found.empty()) {
    std::vector<std::string> names;
    for (const auto& one : store::group_rows(office.store, {school})) names.push_back(one.name);
    throw Error(Exit::nothing_there, "no-such-group",
                fmt::format("no group is called '{}'{}", called, did_you_mean(called, names)),
                "See 'crier groups list --all'.");
  }
  std::string where;
  for (const auto& one : found) {
    where += fmt::format("{}{} '{}' of {}", where.empty() ? "" : ", ", one.kind, one.name, one.school);
  }
  throw Error(Exit::usage, "ambiguous-group",
              fmt::format("{} groups are called '{}': {}", found.size(), called, where),
              "Name the school with --school, or the group by its code.");
}

Table member_table(const Office& office, const store::GroupRow& group) {
  require(office, Act::look, concern_of(group));
  Table table;
  table.name = "members";
  table.title = group.name;
  table.columns = {{"code", "Code"}, {"kind", "Kind"},     {"name", "Name"},
                   {"role", "As"},   {"status", "Status"}, {"source", "From"}};
  for (const auto& row : store::group_members(office.store, group.id)) {
    table.rows.push_back(
        {row.code, row.kind, list_name(row.family, row.given), row.role, row.status, row.source});
  }
  return table;
}

store::GroupRow group_to_change(const Office& office, std::string_view called) {
  auto group = find_group(office, called);
  require(office, Act::change_people, concern_of(group));
  if (group.source == store::hand_name) return group;
  throw Error(
      Exit::refused_by_rule, "not-by-hand",
      fmt::format("the group '{}' comes from {} and cannot be changed here", group.name, group.source),
      "Change it in the school's system, or make one of your own: crier groups add.");
}

store::GroupRow add_group(const Office& office, const GroupEntry& entry) {
  const auto name = entered_name(entry.name.value_or(""));
  const auto code = entered_line("--code", entry.code.value_or(""));
  store::Transaction transaction(office.store);
  roster::sync_schools(office.store, office.settings, office.clock.now());
  const auto schools = roster::school_profiles(office.store, office.settings);
  const auto& school = roster::pick_school(schools, office.school);
  require(office, Act::change_people, {{school.code}, ""});
  require_free(office, school.id, 0, name, code);
  const auto id = store::insert_hand_group(office.store, store::hand_source(office.store, office.clock.now()),
                                           school.id, name, code, entry.active.value_or(true));
  record(office, "add", fmt::format("group {}", id), name);
  transaction.commit();
  return group_of_id(office, id, name);
}

store::GroupRow edit_group(const Office& office, std::string_view called, const GroupEntry& entry) {
  if (!entry.name && !entry.code && !entry.active) {
    throw Error(Exit::usage, "nothing-to-change", "it is not said what is to change",
                "Give --name, --code, --active or --inactive.");
  }
  auto group = group_to_change(office, called);
  if (entry.name) group.name = entered_name(*entry.name);
  if (entry.code) group.code = entered_line("--code", *entry.code);
  group.active = entry.active.value_or(group.active);
  store::Transaction transaction(office.store);
  require_free(office, school_of(office, group), group.id, group.name, group.code);
  store::update_hand_group(office.store, group.id, group.name, group.code, group.active);
  record(office, "edit", fmt::format("group {}", group.id),
         fmt::format("{}{}", group.name, group.active ? "" : ", inactive"));
  transaction.commit();
  return group;
}

store::GroupRow delete_group(const Office& office, std::string_view called) {
  auto group = group_to_change(office, called);
  store::Transaction transaction(office.store);
  store::delete_hand_group(office.store, group.id);
  record(office, "delete", fmt::format("group {}", group.id),
         fmt::format("{}, {} members", group.name, group.members));
  transaction.commit();
  return group;
}

MembersChanged add_members(const Office& office, std::string_view called, const MembersMeant& meant) {
  return change_members(office, called, meant, "add", [&](std::int64_t group, const auto& people) {
    return store::add_members(office.store, store::hand_source(office.store, office.clock.now()), group,
                              people);
  });
}

MembersChanged remove_members(const Office& office, std::string_view called, const MembersMeant& meant) {
  return change_members(office, called, meant, "remove", [&](std::int64_t group, const auto& people) {
    return store::remove_members(office.store, group, people);
  });
}

std::vector<std::string> hand_group_names(const Office& office) {
  return store::hand_group_names(office.store);
}

}  // namespace crier::office
