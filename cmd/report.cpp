#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <array>
#include <boost/json/serialize.hpp>

#include "base/os.hpp"
#include "command.hpp"
#include "office/issues.hpp"
#include "office/looking.hpp"
#include "office/permission.hpp"
#include "office/retention.hpp"
#include "output/html.hpp"
#include "output/table.hpp"
#include "report/audit_report.hpp"

namespace crier::cmd {
namespace {

struct Options {
  std::string from;
  std::string to;
  std::string format = "table";
  std::string out;
};

/// A day as `--to` means the whole of it.
Instant end_of(std::string_view text, const Zone& zone) {
  if (const auto date = parse_date(text)) {
    return zone.instant(LocalTime(std::chrono::local_days(*date) + std::chrono::days(1)));
  }
  return parse_when(text, zone, "--to");
}

struct Range {
  Instant from{};
  Instant to{};
};

/// The last 7 days where nothing else is asked for.
Range range_of(Session& session, const Options& options) {
  const auto zone = session.zone();
  const auto now = session.clock().now();
  Range range;
  range.from = options.from.empty() ? now - std::chrono::days(7) : parse_when(options.from, zone, "--from");
  range.to = options.to.empty() ? now + std::chrono::seconds(1) : end_of(options.to, zone);
  if (range.to > range.from) return range;
  throw Error(Exit::usage, "bad-range", "--to lies before --from", "Give the earlier time with --from.");
}

Exit write(Session& session, const Options& options, const std::string& text) {
  if (options.out.empty()) {
    session.print(text);
  } else {
    os::write_file_whole(options.out, text);
    session.remark(fmt::format("Wrote {}", options.out));
  }
  return Exit::done;
}

output::TerminalStyle style_of(Session& session, const Options& options) {
  return {session.zone(),
          os::is_terminal(os::Stream::out) && options.out.empty() ? os::terminal_columns() : 0,
          options.out.empty() ? session.paint() : output::Paint()};
}

/// P1: since when what a report is made of is whole, where it reaches back behind that.
std::string not_whole(Session& session, std::optional<Instant> whole_from, Instant from) {
  if (!whole_from || *whole_from <= from) return "";
  return fmt::format("What is older than {} was let go (crier retention show): whole from then on.",
                     to_iso(session.zone().local(*whole_from)));
}

struct AuditOptions {
  Options report;
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

/// Hands pages on as they come, so that a long log takes no more room than a short one.
Exit write_pages(Session& session, const Options& options, const std::function<void(const os::Put&)>& fill) {
  if (options.out.empty()) {
    fill([&](std::string_view text) { session.print(text); });
  } else {
    os::write_file_whole(options.out, fill);
    session.remark(fmt::format("Wrote {}", options.out));
  }
  return Exit::done;
}

void fill_csv(const office::Office& office, const store::AuditFilter& filter, const os::Put& put) {
  bool first = true;
  report::audit_pages(office.store, filter, [&](const Table& page) {
    const auto text = output::csv_table(page);
    // One head for all pages.
    put(first ? std::string_view(text) : std::string_view(text).substr(text.find('\n') + 1));
    first = false;
  });
}

void fill_json(const office::Office& office, const store::AuditFilter& filter, const os::Put& put) {
  put(fmt::format(
      "{{\n  \"report\": \"audit\",\n  \"from\": \"{}\",\n  \"to\": \"{}\",\n  \"whole_from\": {},\n"
      "  \"entries\": [",
      to_rfc3339(filter.from), to_rfc3339(filter.to),
      boost::json::serialize(output::time_or_null(office::whole_from(office, DataKind::audit)))));
  bool first = true;
  report::audit_pages(office.store, filter, [&](const Table& page) {
    const auto rows = output::json_table(page);
    std::string text;
    for (const auto& row : rows.at(page.name).as_array()) {
      text += first ? "\n    " : ",\n    ";
      text += boost::json::serialize(row);
      first = false;
    }
    put(text);
  });
  put(first ? "]\n}\n" : "\n  ]\n}\n");
}

Exit run_audit(Session& session, const AuditOptions& options) {
  if (options.verify) return verify_audit(session);
  const auto range = range_of(session, options.report);
  const auto& office = session.office(office::StoreAccess::read);
  office::require(office, office::Act::look);
  const store::AuditFilter filter{range.from, range.to, options.actor, options.act};
  const auto format = session.json() ? std::string("json") : options.report.format;
  if (format == "json" || format == "csv") {
    return write_pages(session, options.report, [&](const os::Put& put) {
      format == "json" ? fill_json(office, filter, put) : fill_csv(office, filter, put);
    });
  }
  auto table = report::audit_table(office.store, filter);
  if (auto note = not_whole(session, office::whole_from(office, DataKind::audit), range.from);
      !note.empty()) {
    table.notes.push_back(std::move(note));
  }
  const auto zone = session.zone();
  if (format != "html") {
    return write(session, options.report, output::terminal_table(table, style_of(session, options.report)));
  }
  const std::array tables{table};
  const auto span =
      fmt::format("{} to {} ({})", to_iso(zone.local(range.from)), to_iso(zone.local(range.to)), zone.name());
  return write(session, options.report,
               output::html_page({"Audit log", span, "en", session.clock().now()}, tables, zone));
}

void add_output(CLI::App& report, Options& options) {
  report.add_option("--format", options.format, "table, csv, json or html")
      ->check(CLI::IsMember({"table", "csv", "json", "html"}));
  report.add_option("-o,--output", options.out, "write to a file")->type_name("FILE");
}

void add_common(CLI::App& report, Options& options) {
  report.add_option("--from", options.from, "from this date or time")->type_name("TIME");
  report.add_option("--to", options.to, "to this date, the whole day, or before this time")
      ->type_name("TIME");
  add_output(report, options);
}

/// A report of one or several tables, the first of which is its CSV.
struct Written {
  const char* name;
  const char* title;
  std::vector<Table> tables;
  /// Of what is so now: none.
  std::optional<Range> range;
};

/// What is made of deliveries is as whole as they are.
std::optional<Instant> deliveries_whole_from(const office::Office& office) {
  return office::whole_from(office, DataKind::deliveries);
}

Exit write_report(Session& session, const Options& options, Written report) {
  const auto whole_from =
      report.range ? deliveries_whole_from(session.office(office::StoreAccess::read)) : std::nullopt;
  if (report.range) {
    if (auto note = not_whole(session, whole_from, report.range->from); !note.empty()) {
      report.tables.front().notes.push_back(std::move(note));
    }
  }
  const auto zone = session.zone();
  const auto format = session.json() ? std::string("json") : options.format;
  std::string text;
  if (format == "json") {
    boost::json::object document;
    document["report"] = report.name;
    if (report.range) {
      document["from"] = to_rfc3339(report.range->from);
      document["to"] = to_rfc3339(report.range->to);
      document["whole_from"] = output::time_or_null(whole_from);
    }
    for (const auto& table : report.tables) document[table.name] = output::json_table(table)[table.name];
    text = output::document_text(document);
  } else if (format == "csv") {
    text = output::csv_table(report.tables.front());
  } else if (format == "html") {
    const auto now = session.clock().now();
    const auto subtitle = report.range ? fmt::format("{} to {} ({})", to_iso(zone.local(report.range->from)),
                                                     to_iso(zone.local(report.range->to)), zone.name())
                                       : fmt::format("{} ({})", to_iso(zone.local(now)), zone.name());
    text = output::html_page({report.title, subtitle, "en", now}, report.tables, zone);
  } else {
    for (const auto& table : report.tables) {
      if (!text.empty()) text += "\n";
      text += output::terminal_table(table, style_of(session, options));
    }
  }
  return write(session, options, text);
}

Exit run_utilization(Session& session, const Options& options) {
  const auto range = range_of(session, options);
  const auto& office = session.office(office::StoreAccess::read);
  return write_report(
      session, options,
      {"utilization", "Utilization", {office::utilization(office, range.from, range.to)}, range});
}

Exit run_activity(Session& session, const Options& options) {
  const auto& office = session.office(office::StoreAccess::read);
  return write_report(session, options, {"activity", "What will be sent", {office::activity(office)}, {}});
}

Exit run_management(Session& session, const Options& options) {
  auto report = office::management(session.office(office::StoreAccess::read));
  return write_report(
      session, options,
      {"management", "Management", {std::move(report.figures), std::move(report.issues)}, {}});
}

Exit run_issues(Session& session, const Options& options) {
  const auto& office = session.office(office::StoreAccess::read);
  return write_report(session, options,
                      {"issues", "Data issues", {office::issue_table(office, "", "open")}, {}});
}

Exit run_delivery(Session& session, const Options& options) {
  const auto zone = session.zone();
  const auto now = session.clock().now();
  const auto [from, to] = range_of(session, options);
  const auto& office = session.office(office::StoreAccess::read);
  auto report = office::delivery_report(office, from, to);
  const auto whole_from = deliveries_whole_from(office);
  if (auto note = not_whole(session, whole_from, from); !note.empty()) {
    report.deliveries.notes.push_back(std::move(note));
  }
  const auto format = session.json() ? std::string("json") : options.format;
  std::string text;
  if (format == "json") {
    auto document = output::json_table(report.deliveries);
    document["report"] = "delivery";
    document["from"] = to_rfc3339(from);
    document["to"] = to_rfc3339(to);
    document["whole_from"] = output::time_or_null(whole_from);
    document["jobs"] = output::json_table(report.summary)["jobs"];
    text = output::document_text(document);
  } else if (format == "csv") {
    text = output::csv_table(report.deliveries);
  } else if (format == "html") {
    const std::array tables{report.summary, report.deliveries};
    text = output::html_page(
        {"Delivery report",
         fmt::format("{} to {} ({})", to_iso(zone.local(from)), to_iso(zone.local(to)), zone.name()), "en",
         now},
        tables, zone);
  } else {
    text = output::terminal_table(report.deliveries, style_of(session, options));
  }
  return write(session, options, text);
}

}  // namespace

void add_report(CLI::App& app, Session& session) {
  auto& command =
      subcommand(app, "report", "reports as table, CSV, JSON or a page",
                 "Examples:\n"
                 "  crier report delivery --from 2026-11-01 --to 2026-11-30 --format html -o november.html\n"
                 "  crier report delivery --format csv > week.csv");
  command.require_subcommand(1);
  auto& delivery = subcommand(
      command, "delivery", "everything that was sent, to whom, with what result (default: the last 7 days)",
      "Example:\n  crier report delivery --format html -o week.html");
  auto options = std::make_shared<Options>();
  add_common(delivery, *options);
  delivery.callback(
      [&session, options] { session.run = [&session, options] { return run_delivery(session, *options); }; });
  auto& use = subcommand(command, "utilization",
                         "how much was sent, by day, school and channel (default: the last 7 days)",
                         "Example:\n  crier report utilization --from 2026-11-01 --format csv");
  auto use_options = std::make_shared<Options>();
  add_common(use, *use_options);
  use.callback([&session, use_options] {
    session.run = [&session, use_options] { return run_utilization(session, *use_options); };
  });
  const auto add_now = [&](const char* name, const char* about, Exit (*act)(Session&, const Options&)) {
    auto& one =
        subcommand(command, name, about,
                   fmt::format("Example:\n  crier report {} --format html -o {}.html", name, name).c_str());
    auto chosen = std::make_shared<Options>();
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
  add_common(audit, audit_options->report);
  audit.add_option("--actor", audit_options->actor, "acts of this account alone")->type_name("ACCOUNT");
  audit.add_option("--act", audit_options->act, "this act alone, such as send or import")->type_name("ACT");
  audit.add_flag("--verify", audit_options->verify,
                 "whether the log is whole: nothing changed, missing or cut off");
  audit.callback([&session, audit_options] {
    session.run = [&session, audit_options] { return run_audit(session, *audit_options); };
  });
}

}  // namespace crier::cmd
