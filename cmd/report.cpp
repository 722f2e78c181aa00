#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "command.hpp"
#include "office/issues.hpp"
#include "office/looking.hpp"
#include "office/permission.hpp"
#include "output/progress.hpp"
#include "report/audit_report.hpp"
#include "report_form.hpp"

namespace crier::cmd {
namespace {

struct AuditOptions {
  ReportOptions report;
  std::string actor;
  std::string act;
  bool verify = false;
};

/// M7: whether the log is whole.
Exit verify_audit(Session& session) {
  const auto check = office::check_audit(session.office(office::StoreAccess::read));
  const bool whole = check.fault.empty();
  if (session.json()) {
    boost::json::object document;
    document["report"] = "audit";
    document["whole"] = whole;
    document["entries"] = check.entries;
    document["first_bad"] = output::number_or_null(check.first_bad);
    document["fault"] = output::text_or_null(check.fault);
    session.print(document);
  } else {
    session.print(whole ? fmt::format("The audit log is whole: {} entries.\n", check.entries)
                        : fmt::format("The audit log is not whole: {}; {} entries before that are.\n",
                                      check.fault, check.entries));
  }
  return whole ? Exit::done : Exit::in_part;
}

Exit run_audit(Session& session, const AuditOptions& options) {
  if (options.verify) return verify_audit(session);
  const auto range = range_of(session, options.report);
  const auto& office = session.office(office::StoreAccess::read);
  office::require(office, office::Act::look);
  const store::AuditFilter filter{range.from, range.to, options.actor, options.act};
  Report report{"audit", "Audit log", range, DataKind::audit};
  report.main = 1;
  report.tables = [&] {
    return std::vector{report::audit_acts_table(office.store, filter),
                       report::audit_table(office.store, filter)};
  };
  report.rows = [&](const Report::Begin& begin, const Report::Take& take) {
    const auto acts = report::audit_acts_table(office.store, filter);
    std::int64_t total = 0;
    for (const auto& row : acts.rows) total += std::get<std::int64_t>(row.at(1));
    begin({acts}, total);
    report::audit_pages(office.store, filter, take);
  };
  return write_report(session, options.report, std::move(report));
}

Exit run_delivery(Session& session, const ReportOptions& options) {
  const auto range = range_of(session, options);
  const auto& office = session.office(office::StoreAccess::read);
  // A page that has begun cannot be refused any more.
  office::require(office, office::Act::look);
  (void)office::school_in_sight(office);
  Report report{"delivery", "Delivery report", range};
  report.main = 1;
  report.tables = [&] {
    auto all = office::delivery_report(office, range.from, range.to);
    return std::vector{std::move(all.summary), std::move(all.deliveries)};
  };
  report.rows = [&](const Report::Begin& begin, const Report::Take& take) {
    office::delivery_pages(
        office, range.from, range.to,
        [&](const report::DeliveryReport& all) { begin({all.summary}, all.total); }, take);
  };
  return write_report(session, options, std::move(report));
}

Exit run_utilization(Session& session, const ReportOptions& options) {
  const auto range = range_of(session, options);
  const auto& office = session.office(office::StoreAccess::read);
  Report report{"utilization", "Utilization", range};
  report.main = 2;
  report.tables = [&] {
    auto all = office::utilization(office, range.from, range.to);
    return std::vector{std::move(all.days), std::move(all.schools), std::move(all.rows)};
  };
  return write_report(session, options, std::move(report));
}

Exit run_activity(Session& session, const ReportOptions& options) {
  const auto& office = session.office(office::StoreAccess::read);
  Report report{"activity", "What will be sent"};
  report.tables = [&] { return std::vector{office::activity(office)}; };
  return write_report(session, options, std::move(report));
}

Exit run_management(Session& session, const ReportOptions& options) {
  const auto& office = session.office(office::StoreAccess::read);
  Report report{"management", "Management"};
  report.tables = [&] {
    std::optional<output::Progress> bar;
    auto all = office::management(office, [&](std::int64_t done, std::int64_t of) {
      if (!bar) bar.emplace("Figures", of);
      bar->set(done);
    });
    return std::vector{std::move(all.figures), std::move(all.issues)};
  };
  return write_report(session, options, std::move(report));
}

Exit run_issues(Session& session, const ReportOptions& options) {
  const auto& office = session.office(office::StoreAccess::read);
  Report report{"issues", "Data issues"};
  report.main = 1;
  report.tables = [&] {
    auto list = office::issue_table(office, "", "open");
    return std::vector{office::issue_kinds_table(list), std::move(list)};
  };
  return write_report(session, options, std::move(report));
}

}  // namespace

void add_report(CLI::App& app, Session& session) {
  auto& command =
      subcommand(app, "report", "reports as table, CSV, JSON or a page",
                 "Examples:\n"
                 "  crier report delivery --from 2026-11-01 --to 2026-11-30 --format html -o november.html\n"
                 "  crier report delivery --last 24h --format csv > day.csv\n"
                 "  crier report utilization --term");
  command.require_subcommand(1);
  auto& delivery = subcommand(
      command, "delivery", "everything that was sent, to whom, with what result (default: the last 7 days)",
      "Example:\n  crier report delivery --format html -o week.html");
  auto options = std::make_shared<ReportOptions>();
  add_range(delivery, *options);
  delivery.callback(
      [&session, options] { session.run = [&session, options] { return run_delivery(session, *options); }; });
  auto& use = subcommand(command, "utilization",
                         "how much was sent, by day, school and channel (default: the last 7 days)",
                         "Examples:\n"
                         "  crier report utilization --from 2026-11-01 --format csv\n"
                         "  crier report utilization --term --format html -o term.html");
  auto use_options = std::make_shared<ReportOptions>();
  add_range(use, *use_options);
  use.callback([&session, use_options] {
    session.run = [&session, use_options] { return run_utilization(session, *use_options); };
  });
  const auto add_now = [&](const char* name, const char* about, Exit (*act)(Session&, const ReportOptions&)) {
    auto& one =
        subcommand(command, name, about,
                   fmt::format("Example:\n  crier report {} --format html -o {}.html", name, name).c_str());
    auto chosen = std::make_shared<ReportOptions>();
    add_output(one, *chosen);
    one.callback(
        [&session, chosen, act] { session.run = [&session, chosen, act] { return act(session, *chosen); }; });
  };
  add_now("activity", "what will be sent, and when", run_activity);
  add_now("management", "who can be reached, each figure with its list", run_management);
  add_now("issues", "the open data issues", run_issues);
  auto& audit = subcommand(command, "audit", "what was done, by whom (default: the last 7 days)",
                           "Examples:\n"
                           "  crier report audit --from 2026-11-01 --act send\n"
                           "  crier report audit --verify");
  auto audit_options = std::make_shared<AuditOptions>();
  add_range(audit, audit_options->report);
  audit.add_option("--actor", audit_options->actor, "acts of this account alone")->type_name("ACCOUNT");
  audit.add_option("--act", audit_options->act, "this act alone, such as send or import")->type_name("ACT");
  audit.add_flag("--verify", audit_options->verify,
                 "whether the log is whole: nothing changed, missing or cut off");
  audit.callback([&session, audit_options] {
    session.run = [&session, audit_options] { return run_audit(session, *audit_options); };
  });
}

}  // namespace crier::cmd
