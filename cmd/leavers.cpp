#include "office/leavers.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "command.hpp"

namespace crier::cmd {
namespace {

struct Options {
  std::string since;
  std::string before;
  std::vector<std::string> codes;
  bool yes = false;
};

Exit delete_leavers(Session& session, const Options& options) {
  if (options.codes.empty() == options.before.empty()) {
    throw Error(Exit::usage, "whom", "leavers delete: name codes, or a time with --before",
                "See 'crier leavers delete --help'.");
  }
  const auto& office = session.office(office::StoreAccess::write);
  const auto people =
      options.before.empty()
          ? office::leavers_called(office, options.codes)
          : office::leavers_before(office, parse_when(options.before, session.zone(), "--before"));
  const auto question = fmt::format("{} leaver{} will be deleted for good; nothing brings them back. Delete?",
                                    people.size(), people.size() == 1 ? "" : "s");
  if (!session.confirmed(question, options.yes)) {
    session.remark("Nothing was changed.");
    return Exit::done;
  }
  const auto erased = office::delete_leavers(office, people);
  if (session.json()) {
    session.print(boost::json::object{
        {"deleted", erased.people}, {"kept_for_reports", erased.kept}, {"cancelled", erased.cancelled}});
    return Exit::done;
  }
  session.print(fmt::format("{} deleted.\n", erased.people));
  if (erased.kept > 0) {
    session.print(fmt::format("  {} stand in reports of what was sent; their names go in {} days.\n",
                              erased.kept, store::kept_for_reports.count()));
  }
  if (erased.cancelled > 0)
    session.print(fmt::format("  {} messages to them are cancelled.\n", erased.cancelled));
  return Exit::done;
}

}  // namespace

void add_leavers(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "leavers", "those who have gone, and deleting them for good",
                             "Examples:\n"
                             "  crier leavers list --since 2026-09-01\n"
                             "  crier leavers delete --before 2026-01-01");
  command.require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto& list = subcommand(command, "list", "who has left, the latest first",
                          "Example:\n  crier leavers list --since 2026-09-01 --json");
  list.add_option("--since", options->since, "who left from this date or time on")->type_name("TIME");
  list.callback([&session, options] {
    session.run = [&session, options] {
      std::optional<Instant> since;
      if (!options->since.empty()) since = parse_when(options->since, session.zone(), "--since");
      session.print(office::leaver_table(session.office(office::StoreAccess::read), since));
      return Exit::done;
    };
  });
  auto& erase = subcommand(command, "delete", "delete leavers for good, after a confirmation",
                           "Examples:\n"
                           "  crier leavers delete DYE003 C-17\n"
                           "  crier leavers delete --before 2026-01-01 --yes");
  erase.add_option("codes", options->codes, "their codes or ids")->type_name("CODE");
  erase.add_option("--before", options->before, "all who left before this date or time")->type_name("TIME");
  erase.add_flag("--yes", options->yes, "do not ask");
  erase.callback([&session, options] {
    session.run = [&session, options] { return delete_leavers(session, *options); };
  });
}

}  // namespace crier::cmd
