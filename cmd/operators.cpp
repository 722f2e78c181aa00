#include "office/operators.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/text.hpp"
#include "command.hpp"
#include "office/permission.hpp"

namespace crier::cmd {
namespace {

struct Options {
  std::string account;
  std::string name;
  std::vector<std::string> roles;
  std::vector<std::string> schools;
  bool all_schools = false;
};

boost::json::object json_of(const Operator& one) {
  boost::json::object document;
  document["account"] = one.account;
  document["name"] = one.name;
  boost::json::array roles;
  for (const auto role : one.roles) roles.emplace_back(to_text(role));
  document["roles"] = std::move(roles);
  boost::json::array schools;
  for (const auto& code : one.schools) schools.emplace_back(code);
  document["schools"] = std::move(schools);
  document["active"] = one.active;
  document["created"] = to_rfc3339(one.created);
  return document;
}

std::string schools_of(const Operator& one) {
  return one.schools.empty() ? "all" : join(one.schools, ", ");
}

Exit list(Session& session) {
  const auto all = office::list_operators(session.office(office::StoreAccess::read));
  if (session.json()) {
    boost::json::array rows;
    for (const auto& one : all) rows.push_back(json_of(one));
    session.print(boost::json::object{{"operators", std::move(rows)}});
    return Exit::done;
  }
  Table table;
  table.name = "operators";
  table.columns = {{"account", "Account"}, {"name", "Name"},   {"roles", "Roles"},
                   {"schools", "Schools"}, {"state", "State"}, {"created", "Since", ColumnKind::instant}};
  for (const auto& one : all) {
    table.rows.push_back({one.account, one.name, role_list(one.roles), schools_of(one),
                          std::string(one.active ? "active" : "disabled"), one.created});
  }
  session.print(table);
  if (all.empty()) session.remark("There are no operators: everybody who can open the store may do all.");
  return Exit::done;
}

Exit show(Session& session, const Operator& one) {
  const auto acts = office::acts_of(one);
  if (session.json()) {
    auto document = json_of(one);
    boost::json::array may;
    for (const auto& act : acts) may.emplace_back(act);
    document["may"] = std::move(may);
    session.print(boost::json::object{{"operator", std::move(document)}});
    return Exit::done;
  }
  std::string text = fmt::format("{} {}{}\n  roles    {}\n  schools  {}\n", one.account, one.name,
                                 one.active ? "" : " (disabled)", role_list(one.roles), schools_of(one));
  for (const auto& act : acts) text += fmt::format("  may      {}\n", act);
  session.print(text);
  return Exit::done;
}

office::OperatorChange change_of(const Options& options, const CLI::App& act) {
  office::OperatorChange change;
  if (act.count("--name") > 0) change.name = options.name;
  if (act.count("--role") > 0) change.roles = options.roles;
  if (act.count("--school") > 0) change.schools = options.schools;
  if (options.all_schools) change.schools.emplace();
  return change;
}

template <typename Run>
CLI::App& add_act(CLI::App& command, Session& session, const char* name, const char* about,
                  const char* examples, Run run) {
  auto& act = subcommand(command, name, about, examples);
  act.callback([&session, run, &act] { session.run = [&session, run, &act] { return run(session, act); }; });
  return act;
}

void take_account(CLI::App& act, Options& options) {
  act.add_option("account", options.account, "the name that the machine knows")
      ->required()
      ->type_name("ACCOUNT");
}

void take_change(CLI::App& act, Options& options) {
  act.add_option("--name", options.name, "as colleagues know them")->type_name("NAME");
  act.add_option("--role", options.roles, "what they may do: a list, or once for each")
      ->type_name("ROLE")
      ->delimiter(',')
      ->allow_extra_args(false);
  act.add_option("--school", options.schools, "for these schools alone (default: all)")
      ->type_name("CODE")
      ->delimiter(',')
      ->allow_extra_args(false);
}

}  // namespace

void add_operators(CLI::App& app, Session& session) {
  auto& command =
      subcommand(app, "operators", "who may do what",
                 "Examples:\n"
                 "  crier operators add it --name \"IT desk\" --role manager\n"
                 "  crier operators add ann --name \"Ann Lee\" --role sender,approver --school CAM\n"
                 "  crier operators list");
  command.require_subcommand(1);
  auto options = std::make_shared<Options>();
  add_act(command, session, "list", "all of them, the disabled ones too",
          "Example:\n  crier operators list --json", [](Session& at, const CLI::App&) { return list(at); });
  take_account(
      add_act(command, session, "show", "one, and what they may do", "Example:\n  crier operators show ann",
              [options](Session& at, const CLI::App&) {
                return show(at,
                            office::find_operator(at.office(office::StoreAccess::read), options->account));
              }),
      *options);
  auto& add = add_act(command, session, "add", "enter one; the first is a manager",
                      "Examples:\n"
                      "  crier operators add it --name \"IT desk\" --role manager\n"
                      "  crier operators add ann --name \"Ann Lee\" --role sender --school CAM,HAR",
                      [options](Session& at, const CLI::App& act) {
                        return show(at, office::add_operator(at.office(office::StoreAccess::write),
                                                             options->account, change_of(*options, act)));
                      });
  take_account(add, *options);
  take_change(add, *options);
  auto& edit = add_act(command, session, "edit", "change name, roles or schools",
                       "Examples:\n"
                       "  crier operators edit ann --role sender,approver\n"
                       "  crier operators edit ann --all-schools",
                       [options](Session& at, const CLI::App& act) {
                         return show(at, office::edit_operator(at.office(office::StoreAccess::write),
                                                               options->account, change_of(*options, act)));
                       });
  take_account(edit, *options);
  take_change(edit, *options);
  edit.add_flag("--all-schools", options->all_schools, "for all schools")->excludes("--school");
  const auto add_standing = [&](const char* name, const char* about, const char* example,
                                office::OperatorStanding standing) {
    take_account(add_act(command, session, name, about, example,
                         [options, standing](Session& at, const CLI::App&) {
                           return show(at, office::set_standing(at.office(office::StoreAccess::write),
                                                                options->account, standing));
                         }),
                 *options);
  };
  add_standing("disable", "let one act no longer; nobody is ever deleted",
               "Example:\n  crier operators disable ann", office::OperatorStanding::disabled);
  add_standing("enable", "let one act again", "Example:\n  crier operators enable ann",
               office::OperatorStanding::active);
}

}  // namespace crier::cmd
