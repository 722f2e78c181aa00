#include "import_calendar.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "office/calendar_import.hpp"
#include "output/table.hpp"

namespace crier::cmd {
namespace {

Table table_of(const char* name, const char* title, const std::vector<format::CalendarEvent>& events) {
  Table table;
  table.name = name;
  table.title = title;
  table.columns = {{"from", "From"}, {"to", "To"}, {"title", "Title"}};
  for (const auto& one : events) table.rows.push_back({to_iso(one.first), to_iso(one.last), one.summary});
  return table;
}

Exit run(Session& session, const office::CalendarRequest& request) {
  const auto report = office::import_calendar(session.office(office::StoreAccess::write), request);
  const bool dry = request.mode == office::CalendarMode::dry_run;
  auto closures = table_of("closures", "Closures", report.closures);
  auto others = table_of("others", "No closures", report.others);
  if (session.json()) {
    boost::json::object document;
    document["source"] = request.source;
    document["school"] = output::text_or_null(report.school);
    document["outcome"] = dry ? "dry-run" : report.added + report.removed > 0 ? "applied" : "unchanged";
    document["from"] = to_iso(report.from);
    document["to"] = to_iso(report.upto);
    document["added"] = report.added;
    document["removed"] = report.removed;
    document["unchanged"] = report.unchanged;
    document["closures"] = output::json_table(closures)["closures"];
    document["others"] = output::json_table(others)["others"];
    boost::json::array problems;
    for (const auto& one : report.problems) {
      problems.push_back({{"title", one.summary}, {"message", one.problem}});
    }
    document["problems"] = std::move(problems);
    session.print(document);
  } else {
    if (dry) {
      session.print(closures);
      session.print("\n");
      session.print(others);
    }
    session.print(
        fmt::format("{}{} closures for {}: {} added, {} removed, {} unchanged; {} events are none.\n",
                    dry ? "Dry run, nothing is changed: " : "", report.closures.size(),
                    report.school.empty() ? "all schools" : report.school, report.added, report.removed,
                    report.unchanged, report.others.size()));
    for (const auto& one : report.problems)
      session.print(fmt::format("'{}': {}\n", one.summary, one.problem));
  }
  return report.problems.empty() ? Exit::done : Exit::in_part;
}

}  // namespace

void add_import_calendar(CLI::App& import, Session& session) {
  auto& command =
      subcommand(import, "calendar", "days off from a calendar (.ics): of --school, or of all schools",
                 "Which events are closures you say: by words in the title, by category, or all of them.\n"
                 "Examples:\n"
                 "  crier import calendar bank-holidays.ics --all\n"
                 "  crier --school CAM import calendar terms.ics --title holiday --title INSET --dry-run\n"
                 "  crier import calendar terms.ics --all --except 'first day' --except 'last day'");
  auto request = std::make_shared<office::CalendarRequest>();
  auto flags = std::make_shared<std::pair<bool, bool>>();
  command.add_option("file", request->path, "the calendar")->required()->type_name("FILE");
  command.add_flag("--all", request->rule.all, "every event is a closure");
  command.add_option("--title", request->rule.titles, "events with this in their title; may be repeated")
      ->type_name("WORD")
      ->allow_extra_args(false);
  command.add_option("--category", request->rule.categories, "events of this category; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command.add_option("--except", request->rule.except, "but none with this in their title; may be repeated")
      ->type_name("WORD")
      ->allow_extra_args(false);
  command
      .add_option("--source", request->source, "whose days these are, so that the next import replaces them")
      ->type_name("NAME");
  command.add_flag("--dry-run", flags->first, "show which events would be closures, and change nothing");
  command.add_flag("--accept-removals", flags->second, "although many days off that are ahead go");
  command.callback([&session, request, flags] {
    session.run = [&session, request, flags] {
      if (flags->first) request->mode = office::CalendarMode::dry_run;
      if (flags->second) request->removals = office::CalendarRemovals::accepted;
      return run(session, *request);
    };
  });
}

}  // namespace crier::cmd
