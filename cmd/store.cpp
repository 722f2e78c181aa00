#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/os.hpp"
#include "command.hpp"
#include "office/adopting.hpp"
#include "office/backup.hpp"
#include "office/setup.hpp"

namespace crier::cmd {
namespace {

Exit check(Session& session) {
  const auto findings = office::check_store(session.office(office::StoreAccess::read));
  bool bad = false;
  boost::json::array array;
  for (const auto& finding : findings) {
    bad = bad || finding.level == "error";
    if (!session.json()) {
      session.print(fmt::format("{:8} {:10} {}\n", finding.level, finding.check, finding.message));
      if (!finding.remedy.empty()) session.print(fmt::format("{:19} {}\n", "", finding.remedy));
      continue;
    }
    boost::json::object one;
    one["check"] = finding.check;
    one["level"] = finding.level;
    one["message"] = finding.message;
    one["remedy"] = output::text_or_null(finding.remedy);
    array.push_back(std::move(one));
  }
  if (session.json()) {
    boost::json::object document;
    document["findings"] = std::move(array);
    session.print(document);
  }
  return bad ? Exit::store : Exit::done;
}

Exit backup(Session& session, const std::string& file, bool force) {
  const auto answer = office::backup_store(session.office(office::StoreAccess::write), file,
                                           force ? office::Existing::replace : office::Existing::refuse);
  if (session.json()) {
    boost::json::object document;
    document["backup"] = answer.file.string();
    document["bytes"] = answer.bytes;
    session.print(document);
  } else {
    session.print(
        fmt::format("{} holds the store as it is now ({} bytes).\n", answer.file.string(), answer.bytes));
  }
  return Exit::done;
}

Exit restore(Session& session, const std::string& file, bool yes) {
  const auto store = office::store_path(session.settings(), session.globals.store);
  const auto question =
      fmt::format("Put {} in the place of {}? What stands there is kept beside it.", file, store.string());
  if (!session.confirmed(question, yes)) {
    throw Error(Exit::refused_by_rule, "not-confirmed", "not restored", "Nothing was changed.");
  }
  const auto answer =
      office::restore_store(session.settings(), session.clock(), store, file, os::user_name());
  if (session.json()) {
    boost::json::object document;
    document["restored"] = answer.store.string();
    document["replaced"] = output::text_or_null(answer.replaced.string());
    session.print(document);
    return Exit::done;
  }
  session.print(
      fmt::format("{} is restored. It sends nothing until it is adopted: crier store adopt --dry-run.\n",
                  answer.store.string()));
  if (!answer.replaced.empty()) {
    session.print(fmt::format("What stood there is {} now.\n", answer.replaced.string()));
  }
  return Exit::done;
}

struct AdoptOptions {
  bool yes = false;
  bool cancel_due = false;
  bool dry_run = false;
};

Table due_jobs(const office::DueMeanwhile& due) {
  Table table;
  table.name = "due";
  table.columns = {{"job", "Job", ColumnKind::count},
                   {"school", "School"},
                   {"subject", "Subject"},
                   {"type", "Type"},
                   {"not_started", "Not started", ColumnKind::count},
                   {"processing", "Processing", ColumnKind::count},
                   {"held", "Held", ColumnKind::count},
                   {"created", "Created", ColumnKind::instant}};
  for (const auto& job : due.jobs) {
    table.rows.push_back({job.id, job.school, job.subject, std::string(to_text(job.type)),
                          job.counts.not_started, job.counts.processing, job.counts.held, job.created});
  }
  return table;
}

boost::json::object document(const office::DueMeanwhile& due, bool adopted) {
  boost::json::object document;
  document["adopted"] = adopted;
  boost::json::array jobs, runs;
  for (const auto& job : due.jobs) {
    boost::json::object one;
    one["job"] = job.id;
    one["subject"] = job.subject;
    one["type"] = to_text(job.type);
    one["not_started"] = job.counts.not_started;
    one["processing"] = job.counts.processing;
    one["held"] = job.counts.held;
    jobs.push_back(std::move(one));
  }
  for (const auto& run : due.runs) {
    boost::json::object one;
    one["schedule"] = run.schedule;
    one["at"] = to_rfc3339(run.at);
    one["missed"] = run.missed;
    runs.push_back(std::move(one));
  }
  document["jobs"] = std::move(jobs);
  document["schedules"] = std::move(runs);
  return document;
}

/// D6: what the copy would do is shown first.
Exit adopt(Session& session, const AdoptOptions& options) {
  const auto& office =
      session.office(options.dry_run ? office::StoreAccess::read : office::StoreAccess::write);
  if (!options.dry_run) office::require_copy(office);
  const auto due = office::due_meanwhile(office);
  if (!session.json()) {
    if (due.jobs.empty() && due.runs.empty()) session.print("Nothing was due meanwhile.\n");
    if (!due.jobs.empty()) session.print(due_jobs(due));
    for (const auto& run : due.runs) {
      session.print(fmt::format("Schedule {}: its time at {} was not worked ({}).\n", run.schedule,
                                to_iso(session.zone().local(run.at)), run.missed));
    }
  }
  if (!options.dry_run) {
    const auto question = options.cancel_due
                              ? "Adopt this store, and cancel what has not gone?"
                              : "Adopt this store? What is listed goes when a daemon works it.";
    if (!session.confirmed(question, options.yes)) {
      throw Error(Exit::refused_by_rule, "not-confirmed", "not adopted", "The store stays paused.");
    }
    office::adopt_store(office,
                        options.cancel_due ? office::AdoptWith::nothing_due : office::AdoptWith::everything);
  }
  if (session.json()) {
    session.print(document(due, !options.dry_run));
  } else if (!options.dry_run) {
    session.print("This store goes on by itself now. Never let the one that it was copied from go on too.\n");
  }
  return Exit::done;
}

}  // namespace

void add_store(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "store", "look after the store",
                             "Examples:\n  crier store check\n  crier store adopt --dry-run");
  command.require_subcommand(1);
  auto& look = subcommand(command, "check", "the file, the counts of every job, the audit log",
                          "Exit 6 where something is wrong.\nExample:\n  crier store check --json");
  look.callback([&session] { session.run = [&session] { return check(session); }; });
  auto& move = subcommand(command, "migrate", "bring the store to this program's schema",
                          "Every command that writes does it by itself.\nExample:\n  crier store migrate");
  move.callback([&session] {
    session.run = [&session] {
      session.office(office::StoreAccess::write);
      if (session.json()) {
        boost::json::object document;
        document["migrated"] = true;
        session.print(document);
      } else {
        session.print("The store has this program's schema.\n");
      }
      return Exit::done;
    };
  });
  auto& take = subcommand(command, "adopt", "let a store that was copied or restored go on",
                          "A copy sends nothing until it is adopted.\n"
                          "Examples:\n  crier store adopt --dry-run\n  crier store adopt --cancel-due --yes");
  auto options = std::make_shared<AdoptOptions>();
  auto* dry = take.add_flag("--dry-run", options->dry_run, "only show what was due meanwhile");
  take.add_flag("--cancel-due", options->cancel_due, "cancel what has not gone, and pass over missed times")
      ->excludes(dry);
  take.add_flag("--yes", options->yes, "do not ask");
  take.callback(
      [&session, options] { session.run = [&session, options] { return adopt(session, *options); }; });
  struct FileOptions {
    std::string file;
    bool force = false;
    bool yes = false;
  };
  auto& save =
      subcommand(command, "backup", "the store as a file of its own, while the daemon works",
                 "Examples:\n  crier store backup crier-monday.db\n  crier store backup --force nightly.db");
  auto saving = std::make_shared<FileOptions>();
  save.add_option("file", saving->file, "the file that is written, complete or not at all")
      ->type_name("FILE")
      ->required();
  save.add_flag("--force", saving->force, "replace a file that is there");
  save.callback([&session, saving] {
    session.run = [&session, saving] { return backup(session, saving->file, saving->force); };
  });
  auto& bring = subcommand(command, "restore", "put a backup in the place of the store",
                           "The store is paused then; see crier store adopt.\n"
                           "Example:\n  crier store restore crier-monday.db");
  auto bringing = std::make_shared<FileOptions>();
  bring.add_option("file", bringing->file, "what crier store backup has written")
      ->type_name("FILE")
      ->required();
  bring.add_flag("--yes", bringing->yes, "do not ask");
  bring.callback([&session, bringing] {
    session.run = [&session, bringing] { return restore(session, bringing->file, bringing->yes); };
  });
}

}  // namespace crier::cmd
