#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/log.hpp"
#include "command.hpp"
#include "daemon/worker.hpp"

namespace crier::cmd {

void add_daemon(CLI::App& app, Session& session) {
  auto& command =
      subcommand(app, "daemon", "work the queue and the schedules",
                 "Examples:\n"
                 "  crier daemon                # in the foreground, until SIGTERM\n"
                 "  crier daemon --once         # all that is due, then end: for cron and Task Scheduler");
  auto once = std::make_shared<bool>(false);
  command.add_flag("--once", *once, "do all that is due and end");
  command.callback([&session, once] {
    session.run = [&session, once] {
      const auto& office = session.office(office::StoreAccess::write);
      const daemon::WorkerSetting setting{office.store, office.settings, office.clock,
                                          *once ? "daemon --once" : "daemon", office.actor};
      if (!*once) {
        log::set_form(log::Form::timed);
        daemon::work_until_stopped(setting);
        return Exit::done;
      }
      const auto report = daemon::work_once(setting);
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
    };
  });
}

}  // namespace crier::cmd
