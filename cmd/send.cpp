#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <iostream>
#include <iterator>

#include "base/os.hpp"
#include "base/text.hpp"
#include "command.hpp"
#include "daemon/worker.hpp"
#include "office/sending.hpp"
#include "output/progress.hpp"

namespace crier::cmd {
namespace {

struct Options {
  std::string expression;
  std::string to;
  std::string via = "email";
  std::string subject;
  std::string body;
  std::string body_file;
  std::string category = "informational";
  std::string priority = "general";
  std::string key;
  bool skip_unreachable = false;
  std::int64_t expect = -1;
  bool yes = false;
  bool dry_run = false;
  bool wait = false;
};

std::string read_body(const Options& options) {
  if (!options.body.empty()) return options.body;
  if (!options.body_file.empty() && options.body_file != "-")
    return os::read_file(options.body_file, 2 << 20);
  if (options.body_file.empty() && os::is_terminal(os::Stream::in)) {
    throw Error(Exit::usage, "no-body", "the message has no body",
                "Give one with -m, --body-file or on standard input.");
  }
  return std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
}

office::SendRequest request_of(const Options& options) {
  office::SendRequest request;
  request.audience = {options.expression, parse_to(options.to), parse_via(options.via)};
  request.subject = options.subject;
  request.body = read_body(options);
  request.category = parse_category(options.category).value();
  request.priority = parse_priority(options.priority).value();
  request.audience.priority = request.priority;
  request.idempotency_key = options.key;
  if (options.skip_unreachable) request.unreached = delivery::Unreached::left_out;
  if (options.expect >= 0) request.expect = options.expect;
  if (options.dry_run) request.mode = office::SendRequest::Mode::dry_run;
  return request;
}

boost::json::object document(const office::SendAnswer& answer) {
  boost::json::object document;
  if (answer.message == 0) {
    document["message"] = nullptr;
  } else {
    document["message"] = answer.message;
  }
  document["state"] = answer.state;
  boost::json::array jobs;
  for (const auto& job : answer.jobs) {
    boost::json::object one;
    if (job.id == 0) {
      one["id"] = nullptr;
    } else {
      one["id"] = job.id;
    }
    one["type"] = to_text(job.type);
    one["messages"] = job.messages;
    jobs.push_back(std::move(one));
  }
  document["jobs"] = std::move(jobs);
  boost::json::array unreachable;
  for (const auto& person : answer.unreachable) {
    boost::json::object one;
    one["code"] = person.code;
    one["name"] = person.name;
    one["type"] = to_text(person.type);
    one["reason"] = to_text(person.reason);
    unreachable.push_back(std::move(one));
  }
  document["unreachable"] = std::move(unreachable);
  document["held_until"] = output::time_or_null(answer.held_until);
  return document;
}

void print_answer(Session& session, const office::SendAnswer& answer) {
  if (answer.state == "duplicate") {
    session.print(fmt::format(
        "Message {} was queued by an earlier call with this key; nothing is sent again.\n", answer.message));
  } else if (answer.state == "dry-run") {
    session.print(
        fmt::format("Dry run: {} people would receive it; nothing was queued.\n", answer.recipients));
  } else {
    session.print(fmt::format("Message {} to {} people is queued.\n", answer.message, answer.recipients));
  }
  for (const auto& job : answer.jobs) {
    session.print(job.id == 0
                      ? fmt::format("  {}: {} messages\n", to_text(job.type), job.messages)
                      : fmt::format("  job {} {}: {} messages\n", job.id, to_text(job.type), job.messages));
  }
  std::map<std::pair<Channel, Reason>, int> by_reason;
  for (const auto& person : answer.unreachable) ++by_reason[{person.type, person.reason}];
  for (const auto& [key, count] : by_reason) {
    session.print(fmt::format("  {} not reached by {}: {}. {}\n", count, to_text(key.first),
                              to_text(key.second), remedy(key.second)));
  }
  if (answer.held_until) {
    session.print(fmt::format("  Quiet hours: what is held leaves at {} ({}).\n",
                              to_iso(session.zone().local(*answer.held_until)), session.zone().name()));
  }
}

std::string question(const office::Sending& sending) {
  std::string text =
      fmt::format("'{}' goes to {} people", sending.school().name, sending.resolution().recipients.size());
  for (const auto& job : sending.plan().jobs) {
    text += fmt::format("\n  {}: {} messages", to_text(job.channel), job.deliveries.size());
  }
  return text + fmt::format("\n  {} cannot be reached.\nSend?", sending.plan().unreachable.size());
}

Exit wait_for(Session& session, const office::SendAnswer& answer) {
  const auto& office = session.office(office::StoreAccess::write);
  std::optional<output::Progress> progress;
  std::vector<JobRow> last;
  daemon::work_jobs({office.store, office.settings, office.clock, "send --wait", office.actor},
                    answer.message, [&](const std::vector<JobRow>& rows) {
                      std::int64_t done = 0, all = 0;
                      for (const auto& row : rows) {
                        all += row.counts.messages;
                        done += row.counts.messages - row.counts.not_started - row.counts.processing;
                      }
                      if (!progress) progress.emplace("sending", all);
                      progress->set(done);
                      last = rows;
                    });
  progress.reset();
  JobCounts sum;
  for (const auto& row : last) {
    sum.complete += row.counts.complete;
    sum.failed += row.counts.failed;
    sum.held += row.counts.held;
    sum.processing += row.counts.processing;
    sum.not_started += row.counts.not_started;
    sum.in_doubt += row.counts.in_doubt;
  }
  session.remark(fmt::format("{} complete, {} failed, {} held, {} wait for another try, {} in doubt.",
                             sum.complete, sum.failed, sum.held, sum.processing, sum.in_doubt));
  if (sum.failed + sum.processing > 0) session.remark("'crier status JOB --errors' tells why.");
  if (sum.not_started > 0) {
    session.remark(fmt::format("{} were not begun: they wait in the queue for a daemon.", sum.not_started));
  }
  return sum.failed + sum.processing + sum.not_started + sum.in_doubt > 0 ? Exit::in_part : Exit::done;
}

Exit run_send(Session& session, const Options& options) {
  auto request = request_of(options);
  const auto& office =
      session.office(options.dry_run ? office::StoreAccess::read : office::StoreAccess::write);
  office::Sending sending(office, std::move(request));
  if (!options.dry_run && !sending.is_duplicate() && !session.confirmed(question(sending), options.yes)) {
    throw Error(Exit::refused_by_rule, "not-confirmed", "not sent", "Nothing was queued.");
  }
  const auto answer = sending.queue();
  Exit exit = Exit::done;
  if (!session.json()) print_answer(session, answer);
  if (options.wait && answer.message != 0) {
    exit = wait_for(session, answer);
  } else if (answer.waits_for_daemon && !daemon::somebody_works(office.store)) {
    session.remark("No daemon works this store: start 'crier daemon', or run 'crier daemon --once'.");
  }
  if (session.json()) session.print(document(answer));
  return exit;
}

}  // namespace

void add_send(CLI::App& app, Session& session) {
  auto& command = subcommand(
      app, "send", "write to an audience",
      "Examples:\n"
      "  crier send form:10A --to parent -s 'School closure' -m 'The school is closed today.'\n"
      "  crier send year:9 --to parent --via email,sms -s Trip --body-file trip.txt --expect 240\n"
      "  echo 'Closed today.' | crier send all --to parent -s Closure --priority emergency --yes --wait");
  auto options = std::make_shared<Options>();
  command.add_option("expression", options->expression, "who it is about, such as form:10A")
      ->required()
      ->type_name("EXPR");
  command.add_option(
      "--to", options->to,
      "who of them receives: self (default), associates, parent, rank1..3, prime or a relation");
  command.add_option("--via", options->via, "channels: email (default), sms, wechat, voice, inbox, alert");
  command.add_option("-s,--subject", options->subject, "the subject, at most 100 characters")->required();
  auto* body = command.add_option("-m,--message", options->body, "the body");
  command.add_option("--body-file", options->body_file, "the body from a file; - is standard input")
      ->excludes(body)
      ->type_name("FILE");
  command.add_option("--category", options->category, "system, informational or periodic")
      ->check(CLI::IsMember({"system", "informational", "periodic"}));
  command.add_option("--priority", options->priority, "general or emergency (passes quiet hours)")
      ->check(CLI::IsMember({"general", "emergency"}));
  command.add_option("--idempotency-key", options->key, "the same call twice with one key sends once")
      ->type_name("KEY")
      ->check([](const std::string& key) {
        // A script whose variable is not set must not send twice.
        return trim_invisible(key).empty() ? std::string("the key is empty") : std::string();
      });
  command.add_flag("--skip-unreachable", options->skip_unreachable,
                   "leave out who cannot be reached, instead of failing them");
  command.add_option("--expect", options->expect, "refuse unless so many people would receive it")
      ->type_name("N")
      ->check(CLI::Range(0, 1'000'000'000));
  command.add_flag("--yes", options->yes, "do not ask");
  command.add_flag("--dry-run", options->dry_run, "show what would be queued, and queue nothing");
  command.add_flag("--wait", options->wait,
                   "show progress until the jobs end; works the queue where no daemon does");
  command.callback(
      [&session, options] { session.run = [&session, options] { return run_send(session, *options); }; });
}

}  // namespace crier::cmd
