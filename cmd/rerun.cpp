#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "command.hpp"
#include "office/rerunning.hpp"

namespace crier::cmd {

void add_rerun(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "rerun", "send what failed of a job again, to addresses as they are now",
                             "Examples:\n  crier rerun 31\n  crier rerun 31 --all");
  struct Options {
    std::int64_t job = 0;
    bool failed = false;
    bool all = false;
  };
  auto options = std::make_shared<Options>();
  command.add_option("job", options->job, "the job")->required()->type_name("JOB");
  auto* failed = command.add_flag("--failed", options->failed, "what failed (default)");
  command.add_flag("--all", options->all, "everything that has ended, to everybody again")->excludes(failed);
  command.callback([&session, options] {
    session.run = [&session, options] {
      const auto& office = session.office(office::StoreAccess::write);
      const auto answer = office::rerun(office, options->job,
                                        options->all ? office::RerunScope::all : office::RerunScope::failed);
      if (session.json()) {
        boost::json::object document;
        document["job"] = answer.job;
        document["requeued"] = answer.requeued;
        document["corrected_addresses"] = answer.corrected_addresses;
        document["still_unreachable"] = answer.still_unreachable;
        document["held_until"] = output::time_or_null(answer.held_until);
        session.print(document);
        return Exit::done;
      }
      session.print(fmt::format(
          "Job {}: {} queued again, {} of them to a corrected address; {} can still not be reached.\n",
          answer.job, answer.requeued, answer.corrected_addresses, answer.still_unreachable));
      if (answer.held_until) {
        session.print(fmt::format("  Quiet hours: they leave at {} ({}).\n",
                                  to_iso(session.zone().local(*answer.held_until)), session.zone().name()));
      }
      return Exit::done;
    };
  });
}

}  // namespace crier::cmd
