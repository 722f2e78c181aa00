#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "command.hpp"
#include "office/doctor.hpp"

namespace crier::cmd {
namespace {

struct Options {
  bool offline = false;
  bool all = false;
};

bool any_error(const std::vector<office::Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const auto& one) { return one.level == "error"; });
}

void print_findings(Session& session, const std::vector<office::Finding>& findings, bool all) {
  const auto paint = session.paint();
  std::size_t good = 0;
  for (const auto& finding : findings) {
    if (finding.level == "ok") ++good;
    if (finding.level == "ok" && !all) continue;
    const auto meaning = finding.level == "error"     ? output::Meaning::bad
                         : finding.level == "warning" ? output::Meaning::warning
                                                      : output::Meaning::good;
    session.print(fmt::format("{} {:14} {}\n", paint(meaning, fmt::format("{:8}", finding.level)),
                              finding.check, finding.message));
    if (!finding.remedy.empty()) session.print(fmt::format("{:23} {}\n", "", finding.remedy));
  }
  session.print(fmt::format("{} of {} checks are good.\n", good, findings.size()));
}

Exit run_doctor(Session& session, const Options& options) {
  const auto& office = session.office(office::StoreAccess::read);
  auto findings = office::examine_offline(office);
  const bool broken = any_error(findings);
  bool unreachable = false;
  if (!options.offline) {
    const auto online = office::examine_gateways(office);
    unreachable = any_error(online);
    findings.insert(findings.end(), online.begin(), online.end());
  }
  if (session.json()) {
    boost::json::array array;
    for (const auto& finding : findings) {
      boost::json::object one;
      one["check"] = finding.check;
      one["level"] = finding.level;
      one["message"] = finding.message;
      one["remedy"] = output::text_or_null(finding.remedy);
      array.push_back(std::move(one));
    }
    boost::json::object document;
    document["findings"] = std::move(array);
    session.print(document);
  } else {
    print_findings(session, findings, options.all);
  }
  if (broken) return Exit::in_part;
  return unreachable ? Exit::gateway : Exit::done;
}

}  // namespace

void add_doctor(CLI::App& app, Session& session) {
  auto& command = subcommand(
      app, "doctor", "what is wrong with the set-up, and what to do about it",
      "Exit 0 without errors, 1 where a check has failed, 7 where only a gateway cannot be reached.\n"
      "Examples:\n  crier doctor\n  crier doctor --offline --json");
  auto options = std::make_shared<Options>();
  command.add_flag("--offline", options->offline, "do not speak to the gateways");
  command.add_flag("--all", options->all, "show what is good too");
  command.callback(
      [&session, options] { session.run = [&session, options] { return run_doctor(session, *options); }; });
}

}  // namespace crier::cmd
