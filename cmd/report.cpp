#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <array>

#include "base/os.hpp"
#include "command.hpp"
#include "output/html.hpp"
#include "output/table.hpp"
#include "report/delivery_report.hpp"

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

Exit run_delivery(Session& session, const Options& options) {
  const auto zone = session.zone();
  const auto now = session.clock().now();
  const auto from =
      options.from.empty() ? now - std::chrono::days(7) : parse_when(options.from, zone, "--from");
  const auto to = options.to.empty() ? now + std::chrono::seconds(1) : end_of(options.to, zone);
  if (to <= from) {
    throw Error(Exit::usage, "bad-range", "--to lies before --from", "Give the earlier time with --from.");
  }
  const auto& office = session.office(office::StoreAccess::read);
  const auto report = report::delivery_report(office.store, office::named_school(office), from, to);
  const auto format = session.json() ? std::string("json") : options.format;
  std::string text;
  if (format == "json") {
    auto document = output::json_table(report.deliveries);
    document["report"] = "delivery";
    document["from"] = to_rfc3339(from);
    document["to"] = to_rfc3339(to);
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
    text = output::terminal_table(
        report.deliveries,
        {zone, os::is_terminal(os::Stream::out) && options.out.empty() ? os::terminal_columns() : 0,
         options.out.empty() ? session.paint() : output::Paint()});
  }
  if (options.out.empty()) {
    session.print(text);
  } else {
    os::write_file_whole(options.out, text);
    session.remark(fmt::format("Wrote {}", options.out));
  }
  return Exit::done;
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
  delivery.add_option("--from", options->from, "from this date or time")->type_name("TIME");
  delivery.add_option("--to", options->to, "to this date, the whole day, or before this time")
      ->type_name("TIME");
  delivery.add_option("--format", options->format, "table, csv, json or html")
      ->check(CLI::IsMember({"table", "csv", "json", "html"}));
  delivery.add_option("-o,--output", options->out, "write to a file")->type_name("FILE");
  delivery.callback(
      [&session, options] { session.run = [&session, options] { return run_delivery(session, *options); }; });
}

}  // namespace crier::cmd
