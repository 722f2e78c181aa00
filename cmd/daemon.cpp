#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>

#include "base/log.hpp"
#include "command.hpp"
#include "daemon/worker.hpp"

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
    log::error("the settings stay as they were: {}. {}", error.message(), error.hint());
    return std::nullopt;
  }
}

Exit work_on(Session& session, const std::string& listen) {
  const auto& office = session.office(office::StoreAccess::write);
  log::set_form(log::Form::timed);
  auto settings = session.settings();
  std::optional<config::Settings> fresh;
  const auto reload = [&] {
    fresh = settings_again(session, listen, office.store.path());
    return fresh.has_value();
  };
  for (;;) {
    const auto address = config::listen_address(settings.daemon, listen);
    const auto report = daemon::work_until_stopped(
        {office.store, settings, office.clock, "daemon", office.actor, address, CRIER_VERSION, reload});
    if (!report.begins_anew) return Exit::done;
    settings = std::move(*fresh);
  }
}

Exit work_once(Session& session) {
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

}  // namespace

void add_daemon(CLI::App& app, Session& session) {
  auto& command =
      subcommand(app, "daemon", "work the queue and the schedules",
                 "Examples:\n"
                 "  crier daemon                # in the foreground, until SIGTERM\n"
                 "  crier daemon --once         # all that is due, then end: for cron and Task Scheduler\n"
                 "  crier daemon --listen 127.0.0.1:8480   # and answer /healthz, /readyz and /metrics");
  auto once = std::make_shared<bool>(false);
  command.add_flag("--once", *once, "do all that is due and end");
  auto listen = std::make_shared<std::string>();
  command.add_option("--listen", *listen, "answer HTTP there, for monitors (default: as the settings say)")
      ->type_name("HOST:PORT");
  command.callback([&session, once, listen] {
    session.run = [&session, once, listen] {
      (void)config::listen_address(session.settings().daemon, *listen);
      return *once ? work_once(session) : work_on(session, *listen);
    };
  });
}

}  // namespace crier::cmd
