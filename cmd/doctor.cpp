#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <iterator>
#include <optional>

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
    session.print(fmt::format("{} {:15} {}\n", paint(meaning, fmt::format("{:8}", finding.level)),
                              finding.check, finding.message));
    if (!finding.remedy.empty()) session.print(fmt::format("{:24} {}\n", "", finding.remedy));
  }
  session.print(fmt::format("{} of {} checks are good.\n", good, findings.size()));
}

void append(std::vector<office::Finding>& findings, std::vector<office::Finding> more) {
  findings.insert(findings.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

struct Examined {
  std::vector<office::Finding> here;
  std::vector<office::Finding> outside;
};

/// What cannot be read is a finding too, and hides nothing that can be looked at without it.
Examined examine(Session& session, bool offline) {
  Examined examined;
  const config::Settings* settings = nullptr;
  try {
    settings = &session.settings();
  } catch (const Error& error) {
    examined.here.push_back(office::finding_of("settings", error));
    return examined;
  }
  (void)session.clock();
  const office::Office* office = nullptr;
  std::optional<office::Finding> closed;
  try {
    office = &session.office(office::StoreAccess::read);
  } catch (const Error& error) {
    closed = office::finding_of("store", error);
  }
  const auto sight = office == nullptr ? office::AddressSight::clear : office::address_sight(*office);
  append(examined.here, office::examine_settings(*settings, sight));
  if (office != nullptr) append(examined.here, office::examine_store(*office));
  if (closed) examined.here.push_back(std::move(*closed));
  if (!offline) {
    const auto question = office == nullptr ? office::RelayQuestion{} : office::relay_question(*office);
    examined.outside = office::examine_gateways(*settings, question);
  }
  return examined;
}

Exit run_doctor(Session& session, const Options& options) {
  const auto examined = examine(session, options.offline);
  const bool broken = any_error(examined.here);
  const bool unreachable = any_error(examined.outside);
  auto findings = examined.here;
  append(findings, examined.outside);
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
