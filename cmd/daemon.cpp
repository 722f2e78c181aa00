#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>

#include "base/log.hpp"
#include "command.hpp"
#include "daemon/rehearsal.hpp"
#include "daemon/worker.hpp"
#include "output/progress.hpp"

namespace crier::cmd {
namespace {

/// Settings that are read while the daemon works; nothing where they are not good, and the log says why.
std::optional<config::Settings> settings_again(Session& session, const std::string& listen,
                                               const std::filesystem::path& store) {
  try {
    // The same file: where it is gone, no other takes its place, and no defaults.
    std::optional<std::filesystem::path> file;
    if (!session.settings().file.empty()) file = session.settings().file;
    std::error_code gone;
    auto settings = config::load_settings(file, std::filesystem::current_path(gone));
    (void)config::listen_address(settings.daemon, listen);
    if (office::store_path(settings, session.globals.store) != store)
      log::warning("the settings name another store: it is taken when the daemon is started anew");
    log::info("the settings were read again");
    return settings;
  } catch (const Error& error) {
    log::error("the settings stay as they were: {}", in_one_line(error));
    return std::nullopt;
  }
}

bool is_json(const config::Settings& settings) {
  return settings.daemon.log == config::DaemonRules::Log::json;
}

Exit work_on(Session& session, const std::string& listen) {
  const auto& office = session.office(office::StoreAccess::write);
  auto settings = session.settings();
  std::optional<config::Settings> fresh;
  const auto reload = [&] {
    fresh = settings_again(session, listen, office.store.path());
    return fresh.has_value();
  };
  for (;;) {
    log::set_form(is_json(settings) ? log::Form::json : log::Form::timed);
    const auto address = config::listen_address(settings.daemon, listen);
    const auto report = daemon::work_until_stopped(
        {office.store, settings, office.clock, "daemon", office.actor, address, CRIER_VERSION, reload});
    if (!report.begins_anew) return Exit::done;
    settings = std::move(*fresh);
  }
}

Exit work_once(Session& session) {
  if (is_json(session.settings())) log::set_form(log::Form::json);
  const auto& office = session.office(office::StoreAccess::write);
  const auto report =
      daemon::work_once({office.store, office.settings, office.clock, "daemon --once", office.actor});
  if (session.json()) {
    boost::json::object document;
    document["complete"] = report.complete;
    document["failed"] = report.failed;
    document["deferred"] = report.deferred;
    document["schedules_run"] = report.schedules_run;
    document["schedules_failed"] = report.schedules_failed;
    session.print(document);
  } else {
    session.print(fmt::format("{} complete, {} failed, {} wait for another try; {} schedules ran.\n",
                              report.complete, report.failed, report.deferred, report.schedules_run));
  }
  if (report.failed + report.deferred > 0)
    session.remark("'crier status' names the jobs, 'crier status JOB --errors' tells why.");
  return report.failed + report.deferred + report.schedules_failed > 0 ? Exit::in_part : Exit::done;
}

boost::json::object run_document(const daemon::RehearsedRun& run) {
  const auto& occurrence = run.occurrence;
  boost::json::object one, messages;
  one["schedule"] = occurrence.schedule;
  one["kind"] = output::text_or_null(run.kind);
  one["at"] = to_rfc3339(occurrence.at);
  one["local"] = to_iso(occurrence.local);
  one["ran"] = to_rfc3339(occurrence.ran);
  one["outcome"] = to_text(occurrence.outcome);
  one["missed"] = occurrence.missed;
  for (const auto& [channel, count] : run.messages) messages[to_text(channel)] = count;
  one["messages"] = std::move(messages);
  one["complete"] = run.complete;
  one["failed"] = run.failed;
  one["cancelled"] = run.cancelled;
  one["left"] = run.left;
  one["last_left"] = output::time_or_null(run.last_left);
  return one;
}

Exit rehearse(Session& session, const std::string& span, const std::string& into) {
  const auto length = parse_span(span);
  if (!length || *length == std::chrono::seconds(0) || *length > std::chrono::days(400)) {
    throw Error(Exit::usage, "bad-span", fmt::format("--rehearse: '{}' is no span of time", span),
                "Write how long, such as 36h or 7d; 400d at most.");
  }
  const auto& office = session.office(office::StoreAccess::read);
  const auto from = session.clock().now();
  // What the runs say is in the table.
  if (session.globals.verbose == 0) log::set_level(log::Level::warning);
  std::optional<output::Progress> bar(std::in_place, "rehearsing", length->count());
  const auto report = daemon::rehearse(office, from + *length, into, [&](Instant at) {
    bar->set(std::chrono::duration_cast<std::chrono::seconds>(at - from).count());
  });
  bar.reset();
  if (session.globals.verbose + session.globals.quiet == 0) log::set_level(log::Level::info);
  if (session.json()) {
    boost::json::object document;
    boost::json::array runs;
    for (const auto& run : report.runs) runs.push_back(run_document(run));
    document["from"] = to_rfc3339(report.from);
    document["to"] = to_rfc3339(report.upto);
    document["into"] = output::text_or_null(into);
    document["runs"] = std::move(runs);
    document["complete"] = report.complete;
    document["failed"] = report.failed;
    document["left"] = report.left;
    session.print(document);
    return Exit::done;
  }
  Table table;
  table.name = "runs";
  table.columns = {{"ran", "Ran", ColumnKind::instant},
                   {"schedule", "Schedule"},
                   {"kind", "Kind"},
                   {"outcome", "Outcome"},
                   {"messages", "Messages"},
                   {"complete", "Complete", ColumnKind::count, "", Tone::good},
                   {"failed", "Failed", ColumnKind::count, "", Tone::bad},
                   {"cancelled", "Cancelled", ColumnKind::count},
                   {"left", "Left", ColumnKind::count, "", Tone::warning},
                   {"last_left", "Last left", ColumnKind::instant}};
  for (const auto& run : report.runs) {
    table.rows.push_back({run.occurrence.ran, run.occurrence.schedule, run.kind,
                          std::string(to_text(run.occurrence.outcome)), counts_text(run.messages),
                          run.complete, run.failed, run.cancelled, run.left,
                          run.last_left ? Cell(*run.last_left) : Cell()});
  }
  session.print(table);
  session.remark(fmt::format("By {} {} messages would be sent, {} fail, {} be left.",
                             to_iso(session.zone().local(report.upto)), report.complete, report.failed,
                             report.left));
  if (!into.empty()) session.remark(fmt::format("Every message is in {}.", into));
  return Exit::done;
}

}  // namespace

void add_daemon(CLI::App& app, Session& session) {
  auto& command = subcommand(
      app, "daemon", "work the queue and the schedules",
      "Examples:\n"
      "  crier daemon                # in the foreground, until SIGTERM\n"
      "  crier daemon --once         # all that is due, then end: for cron and Task Scheduler\n"
      "  crier daemon --listen 127.0.0.1:8480   # and answer /healthz, /readyz and /metrics\n"
      "  crier daemon --rehearse 7d --into next-week   # what the coming week would send, as files");
  auto once = std::make_shared<bool>(false);
  command.add_flag("--once", *once, "do all that is due and end");
  auto listen = std::make_shared<std::string>();
  command.add_option("--listen", *listen, "answer HTTP there, for monitors (default: as the settings say)")
      ->type_name("HOST:PORT");
  auto span = std::make_shared<std::string>();
  auto into = std::make_shared<std::string>();
  auto* rehearsed =
      command
          .add_option("--rehearse", *span, "work so much time now, in a copy of the store, and send nothing")
          ->type_name("SPAN")
          ->excludes("--once", "--listen");
  command.add_option("--into", *into, "with --rehearse: keep every message as a file in this new folder")
      ->type_name("FOLDER")
      ->needs(rehearsed);
  command.callback([&session, once, listen, span, into, rehearsed] {
    session.run = [&session, once, listen, span, into, rehearsed] {
      if (rehearsed->count() > 0) return rehearse(session, *span, *into);
      (void)config::listen_address(session.settings().daemon, *listen);
      return *once ? work_once(session) : work_on(session, *listen);
    };
  });
}

}  // namespace crier::cmd
