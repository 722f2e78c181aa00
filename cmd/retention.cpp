#include "office/retention.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "command.hpp"

namespace crier::cmd {
namespace {

struct Options {
  bool dry_run = false;
  bool compact = false;
};

boost::json::object json_of(const office::KindReport& kind) {
  boost::json::object let_go;
  for (const auto& one : kind.let_go) {
    auto& count = let_go[one.what];
    count = (count.is_int64() ? count.as_int64() : 0) + one.count;
  }
  boost::json::object document;
  document["kind"] = to_text(kind.kind);
  document["before"] = output::time_or_null(kind.before);
  document["let_go"] = std::move(let_go);
  document["stays"] = kind.stays;
  document["fault"] = output::text_or_null(kind.fault);
  return document;
}

void print_json(Session& session, const Options& options, const office::RetentionReport& report,
                std::optional<std::int64_t> given_back) {
  boost::json::array kinds;
  for (const auto& one : report.kinds) kinds.push_back(json_of(one));
  boost::json::object document;
  document["dry_run"] = options.dry_run;
  document["total"] = report.total();
  document["seconds"] = report.seconds;
  document["longest_lock"] = report.longest_lock;
  document["free_bytes"] = report.free_bytes;
  document["given_back_bytes"] = output::number_or_null(given_back);
  document["kinds"] = std::move(kinds);
  session.print(boost::json::object{{"retention", std::move(document)}});
}

void print_text(Session& session, const Options& options, const office::RetentionReport& report,
                std::optional<std::int64_t> given_back) {
  const auto zone = session.zone();
  for (const auto& kind : report.kinds) {
    for (const auto& one : kind.let_go) {
      if (one.count == 0) continue;
      session.print(fmt::format("{:12} {:>9} {}, from before {}\n", to_text(kind.kind), one.count, one.what,
                                to_iso(zone.local(*kind.before)).substr(0, 10)));
    }
    if (kind.stays > 0) {
      session.print(
          fmt::format("{:12} {:>9} older messages stay: something of them is in doubt or has not left\n",
                      to_text(kind.kind), kind.stays));
    }
    if (!kind.fault.empty()) session.print(fmt::format("{:12} {}\n", to_text(kind.kind), kind.fault));
  }
  if (report.total() == 0) {
    session.print("Nothing is old enough to go.\n");
  } else if (options.dry_run) {
    session.print("That would go; nothing was changed.\n");
  } else {
    session.print(fmt::format("Gone in {:.1f} s; others waited {:.0f} ms at most.\n", report.seconds,
                              report.longest_lock * 1000));
  }
  if (given_back) {
    session.print(fmt::format("The store's file is {} bytes smaller.\n", *given_back));
  } else if (report.free_bytes > 0 && !options.dry_run) {
    session.remark(
        fmt::format("{} bytes of the store's file are free for what comes; --compact gives them back.",
                    report.free_bytes));
  }
}

Exit run(Session& session, const Options& options) {
  const auto& office =
      session.office(options.dry_run ? office::StoreAccess::read : office::StoreAccess::write);
  const auto report = options.dry_run ? office::preview_retention(office) : office::run_retention(office);
  std::optional<std::int64_t> given_back;
  if (options.compact && !options.dry_run) given_back = office::compact_store(office);
  if (session.json()) {
    print_json(session, options, report, given_back);
  } else {
    print_text(session, options, report, given_back);
  }
  return report.in_part() ? Exit::in_part : Exit::done;
}

}  // namespace

void add_retention(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "retention", "let go what was kept long enough",
                             "Examples:\n"
                             "  crier retention show\n"
                             "  crier retention run --dry-run");
  command.require_subcommand(1);
  auto& show = subcommand(command, "show", "how long each kind of data is kept, and since when it is whole",
                          "Example:\n  crier retention show --json");
  show.callback([&session] {
    session.run = [&session] {
      session.print(office::retention_table(session.office(office::StoreAccess::read)));
      return Exit::done;
    };
  });
  auto options = std::make_shared<Options>();
  auto& act = subcommand(command, "run", "let go of all that is older than [retention] says",
                         "Exit 1 where something could not go; it is told.\n"
                         "Examples:\n"
                         "  crier retention run --dry-run\n"
                         "  crier retention run --compact");
  act.add_flag("--dry-run", options->dry_run, "tell what would go, and change nothing");
  act.add_flag("--compact", options->compact,
               "write the store's file anew and give its free room back; nobody else can write meanwhile");
  act.callback([&session, options] { session.run = [&session, options] { return run(session, *options); }; });
}

}  // namespace crier::cmd
