#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "command.hpp"
#include "office/setup.hpp"

namespace crier::cmd {
namespace {

Exit check(Session& session) {
  const auto findings = office::check_store(session.office(office::StoreAccess::read));
  bool bad = false;
  boost::json::array array;
  for (const auto& finding : findings) {
    bad = bad || finding.level == "error";
    if (!session.json()) {
      session.print(fmt::format("{:8} {:10} {}\n", finding.level, finding.check, finding.message));
      if (!finding.remedy.empty()) session.print(fmt::format("{:19} {}\n", "", finding.remedy));
      continue;
    }
    boost::json::object one;
    one["check"] = finding.check;
    one["level"] = finding.level;
    one["message"] = finding.message;
    one["remedy"] = output::text_or_null(finding.remedy);
    array.push_back(std::move(one));
  }
  if (session.json()) {
    boost::json::object document;
    document["findings"] = std::move(array);
    session.print(document);
  }
  return bad ? Exit::store : Exit::done;
}

}  // namespace

void add_store(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "store", "look after the store", "Example:\n  crier store check");
  command.require_subcommand(1);
  auto& look = subcommand(command, "check", "the file, the counts of every job, the audit log",
                          "Exit 6 where something is wrong.\nExample:\n  crier store check --json");
  look.callback([&session] { session.run = [&session] { return check(session); }; });
  auto& move = subcommand(command, "migrate", "bring the store to this program's schema",
                          "Every command that writes does it by itself.\nExample:\n  crier store migrate");
  move.callback([&session] {
    session.run = [&session] {
      session.office(office::StoreAccess::write);
      if (session.json()) {
        boost::json::object document;
        document["migrated"] = true;
        session.print(document);
      } else {
        session.print("The store has this program's schema.\n");
      }
      return Exit::done;
    };
  });
}

}  // namespace crier::cmd
