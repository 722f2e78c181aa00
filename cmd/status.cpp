#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <array>
#include <chrono>
#include <functional>
#include <thread>

#include "base/os.hpp"
#include "base/text.hpp"
#include "command.hpp"
#include "office/adopting.hpp"
#include "office/deciding.hpp"
#include "office/deliveries.hpp"
#include "office/looking.hpp"
#include "office/naming.hpp"
#include "office/permission.hpp"
#include "report/status.hpp"

namespace crier::cmd {
namespace {

struct Options {
  std::int64_t job = 0;
  bool errors = false;
  bool awaiting = false;
  bool recipients = false;
  bool watch = false;
  std::string state;
  std::string reason;
  std::string name;
  std::string type;
  std::string created_from, created_to, updated_from, updated_to;
  bool has_error = false;
  std::string sender;
  std::int64_t page = 1;
  std::int64_t per_page = 20;
};

boost::json::object job_json(const JobRow& job, std::optional<Instant> expected_end) {
  boost::json::object one;
  one["id"] = job.id;
  one["message"] = job.message;
  one["school"] = job.school;
  one["subject"] = job.subject;
  one["type"] = to_text(job.type);
  one["messages"] = job.counts.messages;
  one["not_started"] = job.counts.not_started;
  one["processing"] = job.counts.processing;
  one["complete"] = job.counts.complete;
  one["failed"] = job.counts.failed;
  one["held"] = job.counts.held;
  one["in_doubt"] = job.counts.in_doubt;
  one["cancelled"] = job.counts.cancelled;
  one["created"] = to_rfc3339(job.created);
  one["updated"] = to_rfc3339(job.updated);
  one["sender"] = job.sender;
  one["held_until"] = output::time_or_null(job.held_until);
  one["state"] = to_text(job.state);
  one["progress"] = report::progress_of(job.counts);
  one["expected_end"] = output::time_or_null(expected_end);
  one["delivered"] = output::number_or_null(job.delivered);
  return one;
}

boost::json::object failed_json(const FailedDelivery& failed) {
  boost::json::object one;
  one["code"] = failed.code;
  one["name"] = failed.name;
  one["address"] = output::text_or_null(failed.address);
  one["attempts"] = failed.attempts;
  one["at"] = to_rfc3339(failed.at);
  const auto& o = failed.outcome;
  std::string response;
  if (o.code != 0) response = std::to_string(o.code);
  for (const auto* part : {&o.enhanced, &o.text}) {
    if (part->empty()) continue;
    if (!response.empty()) response += ' ';
    response += *part;
  }
  one["response"] = output::text_or_null(response);
  boost::json::object context;
  context["host"] = output::text_or_null(o.host);
  if (o.port == 0) {
    context["port"] = nullptr;
  } else {
    context["port"] = o.port;
  }
  context["tls"] = failed.attempts == 0 ? boost::json::value(nullptr) : boost::json::value(o.tls);
  context["from"] = output::text_or_null(failed.from);
  context["to"] = output::text_or_null(failed.address);
  one["context"] = std::move(context);
  return one;
}

Exit print_errors(Session& session, std::int64_t job) {
  const auto& office = session.office(office::StoreAccess::read);
  const auto groups = office::job_errors(office, job);
  if (session.json()) {
    boost::json::array errors;
    for (const auto& group : groups) {
      boost::json::object one;
      one["cause"] = group.cause;
      one["class"] = group.error_class;
      one["count"] = group.recipients.size();
      one["remedy"] = output::text_or_null(group.remedy);
      boost::json::array recipients;
      for (const auto& failed : group.recipients) recipients.push_back(failed_json(failed));
      one["recipients"] = std::move(recipients);
      errors.push_back(std::move(one));
    }
    boost::json::object document;
    document["job"] = job;
    document["errors"] = std::move(errors);
    session.print(document);
    return Exit::done;
  }
  std::string text;
  if (groups.empty()) text = fmt::format("Nothing of job {} has failed.\n", job);
  const auto paint = session.paint();
  for (const auto& group : groups) {
    text += fmt::format("{} ({}): {}\n  {} {}\n", paint(output::Meaning::heading, group.cause),
                        group.error_class, group.recipients.size(), group.meaning, group.remedy);
    Table table;
    table.name = "recipients";
    table.columns = {{"code", "Code"},
                     {"name", "Name"},
                     {"address", "Address", ColumnKind::address},
                     {"attempts", "Attempts", ColumnKind::count},
                     {"at", "At", ColumnKind::instant}};
    const bool tried = group.recipients.front().attempts > 0;
    if (tried) {
      table.columns.push_back({"gateway", "Gateway", ColumnKind::address});
      table.columns.push_back({"response", "Response", ColumnKind::address});
    }
    for (const auto& failed : group.recipients) {
      std::vector<Cell> row{failed.code, failed.name, failed.address,
                            static_cast<std::int64_t>(failed.attempts), failed.at};
      if (tried) {
        const auto& o = failed.outcome;
        row.emplace_back(o.port == 0 ? o.host : fmt::format("{}:{} tls {}", o.host, o.port, o.tls));
        row.emplace_back(o.code == 0 ? o.text : fmt::format("{} {} {}", o.code, o.enhanced, o.text));
      }
      table.rows.push_back(std::move(row));
    }
    text += session.drawn(table) + "\n";
  }
  session.show(text);
  return Exit::done;
}

/// Messages that wait for somebody who may approve (M4).
Exit print_awaiting(Session& session) {
  Table table;
  table.name = "awaiting";
  table.columns = {{"message", "Message", ColumnKind::count},
                   {"school", "School"},
                   {"subject", "Subject"},
                   {"deliveries", "Messages", ColumnKind::count},
                   {"created", "Created", ColumnKind::instant},
                   {"sender", "Sender"}};
  for (const auto& one : office::awaiting_approval(session.office(office::StoreAccess::read))) {
    table.rows.push_back({one.message, one.school, one.subject, one.deliveries, one.created, one.sender});
  }
  session.print(table);
  if (!session.json() && table.rows.empty()) session.remark("Nothing waits for approval.");
  return Exit::done;
}

/// Every recipient of a job, with the number by which a single delivery is looked at.
Exit print_recipients(Session& session, const Options& options) {
  if (options.job == 0) {
    throw Error(Exit::usage, "which-job", "--recipients needs a job",
                "crier status JOB --recipients; 'crier status' lists the jobs.");
  }
  store::RecipientFilter filter;
  if (!options.state.empty()) {
    const auto words = office::delivery_state_words();
    filter.state =
        parse_delivery_state(words[parse_choice("--state", options.state, words, "unknown-state")]);
  }
  filter.reason = options.reason;
  filter.name = options.name;
  const auto answer = office::job_recipients(session.office(office::StoreAccess::read), options.job, filter,
                                             options.page, options.per_page);
  if (!session.json()) report::require_page(options.page, answer.pages, answer.total, "deliveries");
  if (session.json()) {
    boost::json::array recipients;
    for (const auto& line : answer.lines) {
      boost::json::object one;
      one["delivery"] = line.delivery;
      one["code"] = line.code;
      one["name"] = line.name;
      one["address"] = output::text_or_null(line.address);
      one["state"] = to_text(line.state);
      one["reason"] = output::text_or_null(line.reason.empty() ? line.cause : line.reason);
      one["attempts"] = line.attempts;
      one["response"] = output::text_or_null(line.response);
      one["updated"] = to_rfc3339(line.updated);
      recipients.push_back(std::move(one));
    }
    boost::json::object document;
    document["job"] = options.job;
    document["recipients"] = std::move(recipients);
    document["page"] = answer.page;
    document["pages"] = answer.pages;
    document["total"] = answer.total;
    session.print(document);
    return Exit::done;
  }
  Table table;
  table.name = "recipients";
  table.columns = {{"delivery", "Delivery", ColumnKind::count},
                   {"code", "Code"},
                   {"name", "Name"},
                   {"address", "Address", ColumnKind::address},
                   {"state", "State"},
                   {"reason", "Reason"},
                   {"attempts", "Attempts", ColumnKind::count},
                   {"updated", "Last update", ColumnKind::instant}};
  for (const auto& line : answer.lines) {
    table.rows.push_back({line.delivery, line.code, line.name, line.address, std::string(to_text(line.state)),
                          line.reason.empty() ? line.cause : line.reason, line.attempts, line.updated});
  }
  if (answer.pages > 1) {
    table.notes.push_back(
        fmt::format("Page {} of {}, {} deliveries in all.", answer.page, answer.pages, answer.total));
  }
  session.print(table);
  return Exit::done;
}

/// What a narrow terminal does without, the first first.
constexpr std::array<std::string_view, 12> least_important{
    "cancelled", "in_doubt", "school",     "sender",       "updated",     "held",
    "created",   "type",     "processing", "expected_end", "not_started", "progress"};

/// Until somebody interrupts it: on a terminal in the same place, elsewhere whenever something has changed.
Exit watch(Session& session, const std::function<Table()>& look) {
  if (session.json()) {
    throw Error(Exit::usage, "watch-json", "--watch and --json do not go together",
                "Ask again and again with --json alone.");
  }
  const bool terminal = os::is_terminal(os::Stream::out);
  const os::StopSignals signals({});
  std::string last;
  constexpr std::chrono::milliseconds step{100};
  constexpr int steps_between = 10;
  for (int step_count = 0; !os::stop_requested(); ++step_count) {
    if (step_count % steps_between == 0) {
      auto now = session.drawn(look(), least_important);
      if (now != last) {
        session.print(terminal ? "\x1b[H\x1b[J" + now : (last.empty() ? "" : "\n") + now);
        last = std::move(now);
      }
    }
    std::this_thread::sleep_for(step);
  }
  return Exit::done;
}

report::StatusRequest request_of(const Options& options, const office::Office& office, const Zone& zone) {
  report::StatusRequest request;
  request.school = office::school_in_sight(office);
  if (options.job != 0) request.job = options.job;
  if (!options.type.empty()) {
    const auto words = office::channel_words();
    request.type = all_channels[parse_choice("--type", options.type, words, "unknown-type")];
  }
  if (!options.state.empty()) {
    const auto words = office::job_state_words();
    request.state = store::all_job_states[parse_choice("--state", options.state, words, "unknown-state")];
  }
  const auto created =
      parse_range(options.created_from, "--created-from", options.created_to, "--created-to", zone);
  const auto updated =
      parse_range(options.updated_from, "--updated-from", options.updated_to, "--updated-to", zone);
  request.created_from = created.from;
  request.created_to = created.to;
  request.updated_from = updated.from;
  request.updated_to = updated.to;
  request.has_error = options.has_error;
  request.sender = options.sender;
  return request;
}

Exit run_status(Session& session, const Options& options) {
  if (options.recipients) return print_recipients(session, options);
  if (options.awaiting) return print_awaiting(session);
  if (!options.reason.empty() || !options.name.empty()) {
    throw Error(
        Exit::usage, "needs-recipients", "--reason and --name choose among a job's recipients",
        "crier status JOB --recipients --name TEXT; jobs are chosen by --state, --type, --sender and times.");
  }
  if (options.errors) {
    if (options.job == 0) {
      throw Error(Exit::usage, "which-job", "--errors needs a job",
                  "crier status JOB --errors; 'crier status' lists the jobs.");
    }
    return print_errors(session, options.job);
  }
  const auto zone = session.zone();
  const auto& office = session.office(office::StoreAccess::read);
  const auto request = request_of(options, office, zone);
  if (options.watch) {
    return watch(session, [&] {
      return report::status_table(
          report::status_page(office.store, request, options.page, options.per_page, session.clock().now()));
    });
  }
  const auto page =
      report::status_page(office.store, request, options.page, options.per_page, session.clock().now());
  if (session.json()) {
    boost::json::array jobs;
    for (const auto& job : page.jobs) {
      const auto end = page.expected_ends.find(job.id);
      jobs.push_back(
          job_json(job, end == page.expected_ends.end() ? std::nullopt : std::optional(end->second)));
    }
    boost::json::object document;
    document["jobs"] = std::move(jobs);
    document["page"] = page.page;
    document["pages"] = page.pages;
    document["total"] = page.total;
    session.print(document);
    return Exit::done;
  }
  report::require_page(options.page, page.pages, page.total, "jobs");
  session.show(session.drawn(report::status_table(page), least_important));
  for (const auto& job : page.jobs) {
    if (const auto confirmed = office::confirmations(office, job.message)) {
      session.remark(fmt::format("Job {}: {} have confirmed.", job.id, *confirmed));
    }
    if (job.state == MessageState::awaiting_approval) {
      session.remark(fmt::format("Job {}: waits for approval: crier approve {}.", job.id, job.message));
    }
    if (job.held_until) {
      session.remark(fmt::format("Job {}: {} held until {} ({}).", job.id, job.counts.held,
                                 to_iso(zone.local(*job.held_until)), zone.name()));
    }
  }
  for (const auto& stop : report::stopped_channels(office.store)) {
    session.remark(fmt::format("{} is stopped since {}: {} ({}). Nobody is failed for it; next try {}.",
                               to_text(stop.channel), to_iso(zone.local(stop.since)), stop.text, stop.cause,
                               to_iso(zone.local(stop.retry_at))));
  }
  if (office::copied_from(office)) {
    session.remark("This store is a copy and sends nothing: 'crier store adopt' shows what it would send.");
  }
  for (const auto& one : report::resting_channels(office.store)) {
    session.remark(fmt::format("{} rests until {}: it has carried as much as {} in its settings allows.",
                               to_text(one.channel), to_iso(zone.local(one.until)), one.limit));
  }
  return Exit::done;
}

}  // namespace

void add_status(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "status", "a row per job, latest first; a job's errors",
                             "Examples:\n"
                             "  crier status\n"
                             "  crier status --has-error --created-from 2026-11-01\n"
                             "  crier status --state held --type sms\n"
                             "  crier status 31 --errors\n"
                             "  crier status 31 --recipients --state failed --name smith");
  auto options = std::make_shared<Options>();
  command.add_option("job", options->job, "one job alone")
      ->type_name("JOB")
      ->check(CLI::Range(1, 1'000'000'000));
  command.add_flag("--errors", options->errors, "the job's failures, grouped by cause, with the remedy");
  command.add_flag("--recipients", options->recipients,
                   "the job's recipients, each with its delivery's number");
  command.add_option("--state", options->state,
                     "jobs of which something is in this state; with --recipients: recipients in it");
  command.add_option("--reason", options->reason,
                     "with --recipients: those that failed for this reason or cause");
  command.add_option("--name", options->name, "with --recipients: a part of a name or a code")
      ->type_name("TEXT");
  command.add_flag("--awaiting", options->awaiting, "messages that wait for approval");
  command.add_option("--type", options->type, "one channel alone");
  command.add_option("--created-from", options->created_from, "a date or time")->type_name("TIME");
  command.add_option("--created-to", options->created_to, "before this date or time")->type_name("TIME");
  command.add_option("--updated-from", options->updated_from, "a date or time")->type_name("TIME");
  command.add_option("--updated-to", options->updated_to, "before this date or time")->type_name("TIME");
  command.add_flag("--watch", options->watch, "draw it again as it changes, until interrupted");
  command.add_flag("--has-error", options->has_error, "jobs with failures alone");
  command.add_option("--sender", options->sender, "a part of the sender's name");
  command.add_option("--page", options->page, "the page, from 1")->check(CLI::Range(1, 1'000'000'000));
  command.add_option("--per-page", options->per_page, "rows a page")->check(CLI::Range(1, 1000));
  command.callback(
      [&session, options] { session.run = [&session, options] { return run_status(session, *options); }; });
}

}  // namespace crier::cmd
