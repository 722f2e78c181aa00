#include "office/groups.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "command.hpp"
#include "output/table.hpp"

namespace crier::cmd {
namespace {

struct Options {
  std::string name;
  office::GroupEntry entry;
  bool active = false;
  bool inactive = false;
  bool all = false;
  office::MembersMeant meant;
  bool yes = false;
  bool dry_run = false;
};
using Shared = std::shared_ptr<Options>;

boost::json::object json_of(const store::GroupRow& group) {
  boost::json::object document;
  document["name"] = group.name;
  document["code"] = output::text_or_null(group.code);
  document["kind"] = group.kind;
  document["school"] = group.school;
  document["active"] = group.active;
  document["members"] = group.members;
  document["source"] = group.source;
  return document;
}

std::string words_of(const store::GroupRow& group) {
  return fmt::format("{}{}: {} of {}, {} members{}, from {}\n", group.name,
                     group.code.empty() ? "" : " (" + group.code + ")", group.kind, group.school,
                     group.members, group.active ? "" : ", inactive", group.source);
}

void print_group(Session& session, const store::GroupRow& group) {
  if (session.json()) {
    session.print(boost::json::object{{"group", json_of(group)}});
  } else {
    session.print(words_of(group));
  }
}

Exit list(Session& session, const Options& options) {
  session.print(office::group_table(session.office(office::StoreAccess::read),
                                    options.all ? office::WhichGroups::all : office::WhichGroups::active));
  return Exit::done;
}

Exit show(Session& session, const Options& options) {
  const auto& office = session.office(office::StoreAccess::read);
  const auto group = office::find_group(office, options.name);
  const auto members = office::member_table(office, group);
  if (session.json()) {
    auto document = json_of(group);
    document["people"] = output::json_table(members)["members"];
    session.print(boost::json::object{{"group", std::move(document)}});
    return Exit::done;
  }
  session.print(words_of(group));
  if (!members.rows.empty()) session.print("\n" + session.drawn(members));
  return Exit::done;
}

office::GroupEntry entry_of(const Options& options) {
  auto entry = options.entry;
  if (options.active || options.inactive) entry.active = options.active;
  return entry;
}

Exit add(Session& session, const Options& options) {
  auto entry = entry_of(options);
  entry.name = options.name;
  print_group(session, office::add_group(session.office(office::StoreAccess::write), entry));
  return Exit::done;
}

Exit edit(Session& session, const Options& options) {
  print_group(session, office::edit_group(session.office(office::StoreAccess::write), options.name,
                                          entry_of(options)));
  return Exit::done;
}

Exit remove(Session& session, const Options& options) {
  const auto& office =
      session.office(options.dry_run ? office::StoreAccess::read : office::StoreAccess::write);
  const auto group = office::group_to_change(office, options.name);
  const auto what = fmt::format("the group '{}' with {} members would be deleted", group.name, group.members);
  if (options.dry_run) {
    if (session.json()) {
      session.print(boost::json::object{{"dry_run", true}, {"group", json_of(group)}});
    } else {
      session.print(fmt::format("T{}. Nothing was changed.\n", what.substr(1)));
    }
    return Exit::done;
  }
  if (!options.yes && !session.can_ask()) {
    throw Error(Exit::refused_by_rule, "not-confirmed", what + ", and there is nobody to ask",
                "Add --yes where that is what you want; 'crier groups edit --inactive' keeps it.");
  }
  if (!session.confirmed(fmt::format("T{}; the people stay. Delete?", what.substr(1)), options.yes)) {
    session.remark("Nothing was changed.");
    return Exit::done;
  }
  const auto deleted = office::delete_group(office, options.name);
  if (session.json()) {
    session.print(boost::json::object{{"dry_run", false}, {"group", json_of(deleted)}});
  } else {
    session.print(
        fmt::format("The group '{}' is deleted; its {} members stay.\n", deleted.name, deleted.members));
  }
  return Exit::done;
}

void print_changed(Session& session, const office::MembersChanged& changed, std::string_view act,
                   std::string_view stayed) {
  if (session.json()) {
    session.print(boost::json::object{
        {"group", json_of(changed.group)}, {act, changed.changed}, {"unchanged", changed.stayed}});
    return;
  }
  session.print(fmt::format("{} {}{}; {} has {} members.\n", changed.changed, act,
                            changed.stayed == 0 ? "" : fmt::format(", {} {}", changed.stayed, stayed),
                            changed.group.name, changed.group.members));
}

Exit add_members(Session& session, const Options& options) {
  print_changed(session,
                office::add_members(session.office(office::StoreAccess::write), options.name, options.meant),
                "added", "were members already");
  return Exit::done;
}

Exit remove_members(Session& session, const Options& options) {
  print_changed(
      session,
      office::remove_members(session.office(office::StoreAccess::write), options.name, options.meant),
      "removed", "were none");
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

void take_group(CLI::App& act, Options& options) {
  act.add_option("group", options.name, "the group's name or code")->required()->type_name("GROUP");
}

void take_members(CLI::App& act, Options& options) {
  take_group(act, options);
  act.add_option("codes", options.meant.codes, "codes or ids, or @FILE with one a line")->type_name("CODE");
  act.add_option("--matching", options.meant.expression, "instead: all whom the expression names now")
      ->type_name("EXPR");
}

}  // namespace

void add_groups(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "groups", "the groups that there are, and those of your own",
                             "Examples:\n"
                             "  crier groups list\n"
                             "  crier groups add \"Ski Trip\"\n"
                             "  crier groups add-members \"Ski Trip\" DYE003 @skiers.txt\n"
                             "  crier send 'group:\"Ski Trip\"' --to parent -s Snow -m \"We go.\"");
  command.require_subcommand(1);
  const auto options = std::make_shared<Options>();
  auto& all = add_act(command, session, options, "list", "active groups of every source",
                      "Examples:\n  crier groups list\n  crier groups list --all --json", list);
  all.add_flag("--all", options->all, "inactive ones too");
  take_group(add_act(command, session, options, "show", "one group and its members",
                     "Example:\n  crier groups show \"Ski Trip\"", show),
             *options);
  auto& anew = add_act(command, session, options, "add", "make a group of your own",
                       "Examples:\n  crier groups add \"Ski Trip\"\n"
                       "  crier groups add Governors --code GOV --inactive",
                       add);
  anew.add_option("group", options->name, "its name")->required()->type_name("NAME");
  anew.add_option("--code", options->entry.code, "a short name for it")->type_name("CODE");
  anew.add_flag("--inactive", options->inactive, "not to be named by expressions yet");
  auto& change = add_act(command, session, options, "edit", "change a group of your own",
                         "Examples:\n  crier groups edit \"Ski Trip\" --name \"Ski Trip 2027\"\n"
                         "  crier groups edit \"Ski Trip\" --inactive",
                         edit);
  take_group(change, *options);
  change.add_option("--name", options->entry.name, "another name")->type_name("NAME");
  change.add_option("--code", options->entry.code, "another short name; empty: none")->type_name("CODE");
  auto* active = change.add_flag("--active", options->active, "expressions name it");
  change.add_flag("--inactive", options->inactive, "no expression names it; it is kept")->excludes(active);
  auto& gone = add_act(command, session, options, "delete", "delete a group of your own; its members stay",
                       "Example:\n  crier groups delete \"Ski Trip\" --yes", remove);
  take_group(gone, *options);
  gone.add_flag("--dry-run", options->dry_run, "say what would go, and change nothing");
  gone.add_flag("--yes", options->yes, "do not ask");
  take_members(add_act(command, session, options, "add-members", "put people into a group of your own",
                       "Examples:\n  crier groups add-members \"Ski Trip\" DYE003 ADA001 @skiers.txt\n"
                       "  crier groups add-members Governors --matching 'staff:all'",
                       add_members),
               *options);
  take_members(add_act(command, session, options, "remove-members", "take people out of a group of your own",
                       "Example:\n  crier groups remove-members \"Ski Trip\" DYE003", remove_members),
               *options);
}

}  // namespace crier::cmd
