#include "office/calendar.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "command.hpp"

namespace crier::cmd {
namespace {

Table table_of(const std::vector<office::HolidayLine>& lines) {
  Table table;
  table.name = "holidays";
  table.columns = {{"id", "Number", ColumnKind::count},
                   {"school", "School"},
                   {"from", "From"},
                   {"to", "To"},
                   {"reason", "Reason"},
                   {"source", "Source"}};
  for (const auto& line : lines) {
    table.rows.push_back({line.holiday.id, line.school, to_iso(line.holiday.first), to_iso(line.holiday.last),
                          line.holiday.reason, line.holiday.source});
  }
  return table;
}

void tell(Session& session, std::string_view what, const office::HolidayLine& line) {
  if (session.json()) {
    session.print(table_of({line}));
    return;
  }
  session.print(fmt::format("{} holiday {}: {} to {} for {}: {}\n", what, line.holiday.id,
                            to_iso(line.holiday.first), to_iso(line.holiday.last),
                            line.school.empty() ? "all schools" : line.school, line.holiday.reason));
}

void add_list(CLI::App& calendar, Session& session) {
  auto& list = subcommand(calendar, "list", "holidays that are not over",
                          "Examples:\n  crier calendar list\n  crier --school CAM calendar list --past");
  struct Options {
    bool past = false;
  };
  auto options = std::make_shared<Options>();
  list.add_flag("--past", options->past, "those that are over too");
  list.callback([&session, options] {
    session.run = [&session, options] {
      const auto& office = session.office(office::StoreAccess::read);
      const auto lines = office::list_holidays(
          office, options->past ? office::PastHolidays::shown : office::PastHolidays::left_out);
      session.print(table_of(lines));
      if (!session.json() && lines.empty()) session.remark("No holidays are ahead.");
      return Exit::done;
    };
  });
}

void add_add(CLI::App& calendar, Session& session) {
  auto& add = subcommand(calendar, "add", "a holiday or closure: of --school, or of all schools",
                         "Examples:\n"
                         "  crier calendar add 2026-12-21 2027-01-03 --reason 'Christmas holidays'\n"
                         "  crier --school CAM calendar add 2027-02-05 --reason 'Staff training'");
  struct Options {
    std::string first, last, reason;
  };
  auto options = std::make_shared<Options>();
  add.add_option("from", options->first, "the first day")->required()->type_name("DATE");
  add.add_option("to", options->last, "the last day; without it one day")->type_name("DATE");
  add.add_option("--reason", options->reason, "what it is")->required();
  add.callback([&session, options] {
    session.run = [&session, options] {
      tell(session, "Added",
           office::add_holiday(session.office(office::StoreAccess::write), options->first, options->last,
                               options->reason));
      return Exit::done;
    };
  });
}

void add_remove(CLI::App& calendar, Session& session) {
  auto& remove =
      subcommand(calendar, "remove", "take a holiday out again", "Examples:\n  crier calendar remove 3");
  struct Options {
    std::int64_t id = 0;
  };
  auto options = std::make_shared<Options>();
  remove.add_option("id", options->id, "the holiday's number, as 'calendar list' tells it")
      ->required()
      ->type_name("ID")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000'000}));
  remove.callback([&session, options] {
    session.run = [&session, options] {
      tell(session, "Removed",
           office::remove_holiday(session.office(office::StoreAccess::write), options->id));
      return Exit::done;
    };
  });
}

}  // namespace

void add_calendar(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "calendar", "the days on which a school is away: quiet hours obey them",
                             "Examples:\n"
                             "  crier calendar list\n"
                             "  crier calendar add 2026-12-21 2027-01-03 --reason 'Christmas holidays'");
  command.require_subcommand(1);
  add_list(command, session);
  add_add(command, session);
  add_remove(command, session);
}

}  // namespace crier::cmd
