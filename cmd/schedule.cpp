#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <array>

#include "base/text.hpp"
#include "command.hpp"
#include "office/previewing.hpp"
#include "office/scheduling.hpp"

namespace crier::cmd {
namespace {

Exit list(Session& session) {
  Table table;
  table.name = "schedules";
  table.columns = {{"name", "Name"},
                   {"kind", "Kind"},
                   {"enabled", "Enabled"},
                   {"school", "School"},
                   {"next", "Next", ColumnKind::instant},
                   {"last", "Last run", ColumnKind::instant},
                   {"last_outcome", "Outcome"},
                   {"file", "File"}};
  const auto& office = session.office(office::StoreAccess::read);
  for (const auto& line : office::list_schedules(office)) {
    const auto time = [](const std::optional<Instant>& at) -> Cell {
      if (!at) return std::monostate{};
      return *at;
    };
    table.rows.push_back({line.schedule.name, std::string(config::to_text(line.schedule.kind)),
                          line.schedule.enabled, line.school, time(line.next), time(line.last),
                          line.last_outcome, line.schedule.file.filename().string()});
    if (!line.fault.empty())
      table.notes.push_back(fmt::format("{} cannot run: {}", line.schedule.name, line.fault));
  }
  for (const auto& broken : office::schedules(office).broken) {
    table.notes.push_back(
        fmt::format("{} cannot be used: {}", broken.file.filename().string(), broken.message));
  }
  session.print(table);
  return Exit::done;
}

Exit check(Session& session) {
  const auto findings = office::check_schedules(session.office(office::StoreAccess::read));
  bool bad = false;
  boost::json::array array;
  for (const auto& finding : findings) {
    const bool good = finding.message.empty();
    bad = bad || !good;
    boost::json::object one;
    one["schedule"] = finding.schedule;
    one["file"] = finding.file;
    one["good"] = good;
    one["message"] = output::text_or_null(finding.message);
    one["hint"] = output::text_or_null(finding.hint);
    array.push_back(std::move(one));
    if (session.json()) continue;
    session.print(good ? fmt::format("good   {}\n", finding.schedule)
                       : fmt::format("wrong  {}\n       {}\n       {}\n", finding.schedule, finding.message,
                                     finding.hint));
  }
  if (session.json()) {
    boost::json::object document;
    document["schedules"] = std::move(array);
    session.print(document);
  } else if (findings.empty()) {
    session.remark("There are no schedule files.");
  }
  return bad ? Exit::in_part : Exit::done;
}

std::string times_of(const config::Schedule& schedule) {
  if (schedule.cron) return fmt::format("cron {}", schedule.cron->text());
  constexpr std::array words{"once", "hourly", "daily", "weekly", "monthly"};
  return fmt::format("{} from {}", words[static_cast<std::size_t>(schedule.frequency)],
                     to_iso(schedule.start));
}

std::string what_it_does(const config::Schedule& schedule) {
  if (schedule.kind == config::NoticeKind::import_source) return fmt::format("imports {}", schedule.source);
  if (schedule.kind == config::NoticeKind::retention) return "lets go of old data, as [retention] says";
  if (schedule.kind == config::NoticeKind::report) {
    return fmt::format("sends the report {} of {} days to {}", config::to_text(schedule.report),
                       schedule.report_days.count(), join(schedule.mail_to, ","));
  }
  std::vector<std::string> via;
  for (const auto channel : schedule.via) via.emplace_back(to_text(channel));
  return fmt::format("for {} to {} by {}", schedule.expression, join(schedule.to, ","), join(via, ","));
}

Exit show(Session& session, const std::string& name) {
  const auto story = office::show_schedule(session.office(office::StoreAccess::read), name);
  const auto& schedule = story.line.schedule;
  std::vector<std::string> via;
  for (const auto channel : schedule.via) via.emplace_back(to_text(channel));
  if (session.json()) {
    boost::json::object one;
    one["name"] = schedule.name;
    one["kind"] = config::to_text(schedule.kind);
    one["enabled"] = schedule.enabled;
    one["school"] = story.line.school;
    one["times"] = times_of(schedule);
    const bool notice = config::is_notice(schedule.kind);
    one["for"] = notice ? boost::json::value(schedule.expression) : boost::json::value(nullptr);
    one["to"] = notice ? boost::json::value(join(schedule.to, ",")) : boost::json::value(nullptr);
    one["via"] = notice ? boost::json::value(join(via, ",")) : boost::json::value(nullptr);
    one["source"] = output::text_or_null(schedule.source);
    one["report"] = schedule.kind == config::NoticeKind::report
                        ? boost::json::value(config::to_text(schedule.report))
                        : boost::json::value(nullptr);
    one["fault"] = output::text_or_null(story.line.fault);
    one["file"] = schedule.file.string();
    boost::json::array next, runs;
    for (const auto at : story.next) next.emplace_back(to_rfc3339(at));
    for (const auto& run : story.runs) {
      boost::json::object row;
      row["at"] = to_rfc3339(run.at);
      row["ran"] = to_rfc3339(run.ran);
      row["outcome"] = to_text(run.outcome);
      row["missed"] = run.missed;
      row["message"] = output::number_or_null(run.message);
      runs.push_back(std::move(row));
    }
    one["next"] = std::move(next);
    one["runs"] = std::move(runs);
    boost::json::object document;
    document["schedule"] = std::move(one);
    session.print(document);
    return Exit::done;
  }
  session.print(fmt::format("{} ({}){}\n  {}\n  {}\n  {}\n", schedule.name, config::to_text(schedule.kind),
                            schedule.enabled ? "" : ", disabled", schedule.file.string(), times_of(schedule),
                            what_it_does(schedule)));
  if (!story.line.fault.empty()) session.print(fmt::format("  It cannot run: {}\n", story.line.fault));
  const auto zone = session.zone();
  for (const auto at : story.next) session.print(fmt::format("  next {}\n", to_iso(zone.local(at))));
  if (story.runs.empty()) {
    session.print("  It has not run yet.\n");
    return Exit::done;
  }
  Table table;
  table.name = "runs";
  table.columns = {{"at", "For", ColumnKind::instant},
                   {"ran", "Ran", ColumnKind::instant},
                   {"outcome", "Outcome"},
                   {"missed", "Missed before", ColumnKind::count},
                   {"message", "Message"}};
  for (const auto& run : story.runs) {
    table.rows.push_back({run.at, run.ran, std::string(to_text(run.outcome)), run.missed,
                          run.message ? std::to_string(*run.message) : std::string()});
  }
  session.print(table);
  return Exit::done;
}

Exit turn(Session& session, const std::string& name, office::Switch to) {
  const bool changed = office::switch_schedule(session.office(office::StoreAccess::write), name, to);
  const auto word = to == office::Switch::on ? "enabled" : "disabled";
  if (session.json()) {
    boost::json::object document;
    document["schedule"] = name;
    document["enabled"] = to == office::Switch::on;
    document["changed"] = changed;
    session.print(document);
  } else {
    session.print(fmt::format("{} is {}{}.\n", name, word, changed ? "" : " already"));
  }
  return Exit::done;
}

Exit run(Session& session, const std::string& name) {
  const auto& office = session.office(office::StoreAccess::write);
  const auto answer = office::run_schedule(office, office::find_schedule(office, name));
  if (session.json()) {
    boost::json::object document;
    document["schedule"] = answer.schedule;
    document["message"] =
        answer.sent ? boost::json::value(answer.sent->message) : boost::json::value(nullptr);
    document["state"] = answer.sent ? answer.sent->state : answer.done.empty() ? "empty" : "done";
    document["done"] = output::text_or_null(answer.done);
    boost::json::array jobs, unreachable;
    if (answer.sent) {
      for (const auto& job : answer.sent->jobs) {
        boost::json::object one;
        one["id"] = job.id;
        one["type"] = to_text(job.type);
        one["messages"] = job.messages;
        jobs.push_back(std::move(one));
      }
      for (const auto& person : answer.sent->unreachable) {
        boost::json::object one;
        one["code"] = person.code;
        one["name"] = person.name;
        one["type"] = to_text(person.type);
        one["reason"] = to_text(person.reason);
        unreachable.push_back(std::move(one));
      }
    }
    document["jobs"] = std::move(jobs);
    document["unreachable"] = std::move(unreachable);
    document["held_until"] = output::time_or_null(answer.sent ? answer.sent->held_until : std::nullopt);
    session.print(document);
    return Exit::done;
  }
  if (!answer.done.empty()) {
    session.print(fmt::format("{}: {}.\n", answer.schedule, answer.done));
    return Exit::done;
  }
  if (!answer.sent) {
    session.print(fmt::format("{}: nothing to tell.\n", answer.schedule));
    return Exit::done;
  }
  session.print(fmt::format("{}: message {} to {} people is queued.\n", answer.schedule, answer.sent->message,
                            answer.sent->recipients));
  for (const auto& job : answer.sent->jobs) {
    session.print(fmt::format("  job {} {}: {} messages\n", job.id, to_text(job.type), job.messages));
  }
  if (!answer.sent->unreachable.empty()) {
    session.print(fmt::format("  {} could not be reached; 'crier status JOB --errors' tells why.\n",
                              answer.sent->unreachable.size()));
  }
  if (answer.sent->held_until) {
    session.print(fmt::format("  Quiet hours: they leave at {} ({}).\n",
                              to_iso(session.zone().local(*answer.sent->held_until)), session.zone().name()));
  }
  return Exit::done;
}

Exit preview(Session& session, const std::string& from, std::int64_t days) {
  const auto zone = session.zone();
  const auto start = from.empty() ? session.clock().now() : parse_when(from, zone, "--from");
  const auto end = zone.instant(zone.local(start) + std::chrono::days(days));
  const auto runs = office::preview_schedules(session.office(office::StoreAccess::read), start, end);
  if (session.json()) {
    boost::json::array array;
    for (const auto& run : runs) {
      boost::json::object one, messages;
      one["schedule"] = run.schedule;
      one["at"] = to_rfc3339(run.at);
      one["local"] = run.local;
      one["kind"] = run.kind;
      for (const auto& [channel, count] : run.messages) messages[to_text(channel)] = count;
      one["messages"] = std::move(messages);
      one["sends_at"] = to_rfc3339(run.sends_at);
      array.push_back(std::move(one));
    }
    boost::json::object document;
    document["runs"] = std::move(array);
    session.print(document);
    return Exit::done;
  }
  Table table;
  table.name = "runs";
  table.columns = {{"local", "When (the school's time)"},
                   {"schedule", "Schedule"},
                   {"kind", "Kind"},
                   {"messages", "Messages"},
                   {"sends_at", "Leaves", ColumnKind::instant}};
  for (const auto& run : runs) {
    table.rows.push_back({run.local, run.schedule, run.kind, counts_text(run.messages), run.sends_at});
  }
  session.print(table);
  if (runs.empty()) session.remark("Nothing would run.");
  return Exit::done;
}

}  // namespace

void add_schedule(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "schedule", "the notices that go out by themselves",
                             "Examples:\n"
                             "  crier schedule check\n"
                             "  crier schedule preview --days 14\n"
                             "  crier schedule run missing-weekly");
  command.require_subcommand(1);
  auto& list_command = subcommand(command, "list", "all schedules, their next and last run",
                                  "Example:\n  crier schedule list");
  list_command.callback([&session] { session.run = [&session] { return list(session); }; });
  auto& check_command = subcommand(command, "check", "whether all schedule files are good",
                                   "Exit 1 where one is not.\nExample:\n  crier schedule check");
  check_command.callback([&session] { session.run = [&session] { return check(session); }; });
  auto named = std::make_shared<std::string>();
  const auto add_named = [&](const char* word, const char* about,
                             std::function<Exit(const std::string&)> act) {
    auto& one = subcommand(command, word, about,
                           fmt::format("Example:\n  crier schedule {} missing-weekly", word).c_str());
    one.add_option("name", *named, "the schedule")->required()->type_name("NAME");
    one.callback(
        [&session, named, act = std::move(act)] { session.run = [named, act] { return act(*named); }; });
  };
  add_named("show", "one schedule, its next times and last runs",
            [&session](const std::string& which) { return show(session, which); });
  add_named("enable", "let it run again; what lies behind is not made up for",
            [&session](const std::string& which) { return turn(session, which, office::Switch::on); });
  add_named("disable", "let it run no more, until it is enabled",
            [&session](const std::string& which) { return turn(session, which, office::Switch::off); });
  auto& run_command = subcommand(command, "run", "run one now, by hand; it queues as send does",
                                 "Example:\n  crier schedule run missing-weekly");
  auto name = std::make_shared<std::string>();
  run_command.add_option("name", *name, "the schedule")->required()->type_name("NAME");
  run_command.callback([&session, name] { session.run = [&session, name] { return run(session, *name); }; });
  auto& preview_command =
      subcommand(command, "preview", "what would run, to how many, and when it would leave",
                 "Nothing is written. Example:\n  crier schedule preview --days 14");
  struct Span {
    std::string from;
    std::int64_t days = 7;
  };
  auto span = std::make_shared<Span>();
  preview_command.add_option("--from", span->from, "from this date or time; now by default")
      ->type_name("TIME");
  preview_command.add_option("--days", span->days, "how many days")->check(CLI::Range(1, 400));
  preview_command.callback([&session, span] {
    session.run = [&session, span] { return preview(session, span->from, span->days); };
  });
}

}  // namespace crier::cmd
