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
#include "model/points.hpp"
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
  std::string template_name;
  std::vector<std::string> attachments;
  std::string at, expires, window;
  bool after_sync = false;
  bool ack = false;
  std::int64_t again = 0;
  bool to_new = false;
  bool to_unconfirmed = false;
  std::string test_to;
  std::string fallback;
  std::string confirm_to;
  bool skip_unreachable = false;
  std::int64_t expect = -1;
  bool yes = false;
  bool dry_run = false;
  bool wait = false;
};

std::string read_body(const Options& options) {
  if (!options.template_name.empty() ||
      (options.again != 0 && options.body.empty() && options.body_file.empty()))
    return "";
  if (!options.body.empty()) return options.body;
  if (!options.body_file.empty() && options.body_file != "-")
    return os::read_file(options.body_file, 2 << 20);
  if (options.body_file.empty() && os::is_terminal(os::Stream::in)) {
    throw Error(Exit::usage, "no-body", "the message has no body",
                "Give one with -m, --body-file or on standard input.");
  }
  return std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
}

/// Words and audience come from the command line, from a template or from an earlier message.
void require_words(const Options& options) {
  if (options.again != 0) {
    if (!options.to_new && !options.to_unconfirmed) {
      throw Error(
          Exit::usage, "again-to-whom", "--again does not say to whom",
          "Add --to-new for those who have had none, or --to-unconfirmed for those who have not confirmed.");
    }
    if (!options.expression.empty()) {
      throw Error(Exit::usage, "again-audience", "--again takes its audience from the message",
                  "Leave the expression out.");
    }
    return;
  }
  if (options.expression.empty()) {
    throw Error(Exit::usage, "no-audience", "send: EXPR is required",
                "Such as form:10A; see 'crier send --help'.");
  }
  if (options.subject.empty() && options.template_name.empty()) {
    throw Error(Exit::usage, "no-subject", "the message has no subject",
                "Give one with -s, or a --template.");
  }
}

/// D10. The order of --via is the order in which they are tried.
std::optional<std::chrono::seconds> fallback_of(const Options& options, std::size_t channels) {
  if (options.fallback.empty()) return std::nullopt;
  const auto span = parse_span(options.fallback);
  if (!span || span->count() < 60) {
    throw Error(Exit::usage, "bad-span",
                fmt::format("'{}' is no time to wait for a channel", options.fallback),
                "Write at least a minute: --fallback 30m, or 2h.");
  }
  if (channels < 2) {
    throw Error(Exit::usage, "no-fallback", "--fallback needs a second channel to fall back on",
                "Name the channels in their order: --via wechat,sms.");
  }
  return span;
}

office::SendRequest request_of(const Options& options) {
  require_words(options);
  office::SendRequest request;
  request.audience = {options.expression, parse_to(options.to), parse_via(options.via)};
  request.subject = options.subject;
  request.body = read_body(options);
  request.category = parse_category(options.category).value();
  request.priority = parse_priority(options.priority).value();
  request.audience.priority = request.priority;
  request.idempotency_key = options.key;
  request.template_name = options.template_name;
  for (const auto& file : options.attachments) request.attachments.emplace_back(file);
  request.at = options.at;
  request.expires = options.expires;
  request.window = options.window;
  request.test_to = options.test_to;
  request.fallback_after = fallback_of(options, request.audience.via.size());
  request.confirm_to = options.confirm_to;
  if (options.after_sync) request.sync = office::SendRequest::Sync::after_sync;
  if (options.ack) request.confirmation = office::SendRequest::Confirmation::asked;
  if (options.again != 0) request.again = options.again;
  if (options.to_unconfirmed) request.again_to = AgainTo::unconfirmed;
  if (options.skip_unreachable) request.unreached = delivery::Unreached::left_out;
  if (options.expect >= 0) request.expect = options.expect;
  if (options.dry_run) request.mode = office::SendRequest::Mode::dry_run;
  return request;
}

boost::json::value wallet_or_null(const std::optional<office::WalletAfter>& wallet) {
  if (!wallet) return nullptr;
  return boost::json::object{{"free", output::points_or_null(wallet->free)},
                             {"after", output::points_or_null(wallet->after)}};
}

/// What texts cost, and what of the wallet is left behind them (D8).
std::string cost_text(const office::SendAnswer& answer) {
  auto text = fmt::format("{} parts, {} points", answer.segments.value_or(0), points_text(*answer.cost));
  if (answer.wallet) {
    text += fmt::format("; {} are free in the wallet, {} after it", points_text(answer.wallet->free),
                        points_text(answer.wallet->after));
  }
  return text;
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
  document["expires"] = output::time_or_null(answer.expires);
  document["over_cap"] = answer.over_cap;
  document["sandboxed"] = answer.sandboxed;
  document["segments"] = output::number_or_null(answer.segments);
  document["cost"] = output::points_or_null(answer.cost);
  document["wallet"] = wallet_or_null(answer.wallet);
  boost::json::array warnings;
  for (const auto& warning : answer.warnings) warnings.emplace_back(warning);
  document["warnings"] = std::move(warnings);
  return document;
}

/// How many are not reached, by channel and reason, with the remedy.
std::string unreached_lines(const office::SendAnswer& answer) {
  std::map<std::pair<Channel, Reason>, int> by_reason;
  for (const auto& person : answer.unreachable) ++by_reason[{person.type, person.reason}];
  std::string lines;
  for (const auto& [key, count] : by_reason) {
    lines += fmt::format("  {} not reached by {}: {}. {}\n", count, to_text(key.first), to_text(key.second),
                         remedy(key.second));
  }
  return lines;
}

void print_answer(Session& session, const office::SendAnswer& answer) {
  if (answer.state == "duplicate") {
    session.print(fmt::format(
        "Message {} was queued by an earlier call with this key; nothing is sent again.\n", answer.message));
  } else if (answer.state == "dry-run") {
    session.print(
        fmt::format("Dry run: {} people would receive it; nothing was queued.\n", answer.recipients));
  } else if (answer.state == "awaiting-approval") {
    session.print(fmt::format("Message {} to {} people waits for approval: crier approve {}.\n",
                              answer.message, answer.recipients, answer.message));
  } else {
    session.print(fmt::format("Message {} to {} people is queued.\n", answer.message, answer.recipients));
  }
  for (const auto& job : answer.jobs) {
    session.print(job.id == 0
                      ? fmt::format("  {}: {} messages\n", to_text(job.type), job.messages)
                      : fmt::format("  job {} {}: {} messages\n", job.id, to_text(job.type), job.messages));
  }
  session.print(unreached_lines(answer));
  if (answer.cost) {
    session.print(fmt::format("  Text messages: {}.\n", cost_text(answer)));
  }
  const auto zone = session.zone();
  if (answer.held_until) {
    session.print(fmt::format("  What is held leaves at {} ({}).\n", to_iso(zone.local(*answer.held_until)),
                              zone.name()));
  }
  if (answer.over_cap > 0) {
    session.print(
        fmt::format("  {} wait for another day: their people have had enough for today.\n", answer.over_cap));
  }
  if (answer.sandboxed > 0) {
    session.print(fmt::format("  {} are left out: the sandbox does not let their addresses through.\n",
                              answer.sandboxed));
  }
  for (const auto& warning : answer.warnings) session.remark(warning);
}

/// The first renderings (M9).
std::string sample_text(const office::Sending& sending) {
  std::string text;
  for (const auto& sample : sending.samples(1)) {
    text += fmt::format("\n{} to {} ({}):\n  {}\n", to_text(sample.channel), sample.name, sample.code,
                        sample.subject);
    for (const auto line : split(sample.body, '\n')) text += fmt::format("  {}\n", line);
  }
  return text;
}

/// M9: what will happen, before it does; of an emergency first who will not hear (M3).
std::string question(const office::Sending& sending, const Options& options) {
  const auto answer = sending.preview();
  std::string text;
  const bool emergency = options.priority == "emergency";
  if (emergency) {
    text +=
        fmt::format("Emergency: it passes quiet hours and opt-outs of its category. {} cannot be reached.\n",
                    answer.unreachable.size());
    text += unreached_lines(answer);
  }
  text += fmt::format("'{}' goes to {} people", sending.school().name, answer.recipients);
  for (const auto& job : answer.jobs)
    text += fmt::format("\n  {}: {} messages", to_text(job.type), job.messages);
  if (answer.cost) text += "\n  " + cost_text(answer);
  text += "\n" + sample_text(sending);
  if (!emergency) text += unreached_lines(answer);
  return text + "Send?";
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
  if (options.wait && !options.dry_run) {
    daemon::require_workable({office.store, office.settings, office.clock, "send --wait", office.actor});
  }
  office::Sending sending(office, std::move(request));
  const bool asks = !options.dry_run && !sending.is_duplicate() &&
                    (options.priority == "emergency" ||
                     sending.preview().recipients > session.settings().sending.ask_above);
  if (asks && !session.confirmed(question(sending, options), options.yes)) {
    throw Error(Exit::refused_by_rule, "not-confirmed", "not sent", "Nothing was queued.");
  }
  const auto answer = sending.queue();
  Exit exit = Exit::done;
  if (!session.json()) {
    print_answer(session, answer);
    if (options.dry_run && !sending.is_duplicate()) session.print(sample_text(sending));
  }
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
      ->type_name("EXPR");
  command.add_option(
      "--to", options->to,
      "who of them receives: self (default), associates, parent, rank1..3, prime or a relation");
  command.add_option("--via", options->via, "channels: email (default), sms, wechat, voice, inbox, alert");
  command.add_option("-s,--subject", options->subject, "the subject, at most 100 characters");
  auto* body = command.add_option("-m,--message", options->body, "the body");
  auto* body_file =
      command.add_option("--body-file", options->body_file, "the body from a file; - is standard input")
          ->excludes(body)
          ->type_name("FILE");
  auto* words = command
                    .add_option("--template", options->template_name,
                                "words in the reader's language: see crier template list")
                    ->excludes(body)
                    ->excludes(body_file)
                    ->type_name("NAME");
  command.add_option("--attach", options->attachments, "a file that goes with each e-mail")
      ->type_name("FILE");
  command.add_option("--category", options->category, "system, informational or periodic")
      ->check(CLI::IsMember({"system", "informational", "periodic"}));
  command.add_option("--priority", options->priority, "general or emergency (passes quiet hours)")
      ->check(CLI::IsMember({"general", "emergency"}));
  command.add_option("--at", options->at, "when it leaves: the school's time, or RFC 3339")
      ->type_name("TIME");
  command.add_option("--window", options->window, "the hours of the day within which it leaves")
      ->type_name("HH:MM-HH:MM");
  command
      .add_option("--expires", options->expires,
                  "after that it is useless: a time, or a span such as 3h or 2d")
      ->type_name("TIME");
  command.add_flag("--after-sync", options->after_sync, "wait for an import that runs; refuse on stale data");
  command.add_flag("--ack", options->ack, "ask each reader to confirm");
  auto* again = command.add_option("--again", options->again, "send this message again, see --to-new")
                    ->type_name("ID")
                    ->excludes(words)
                    ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000'000}));
  auto* to_new =
      command.add_flag("--to-new", options->to_new, "to who matches now and had none")->needs(again);
  command.add_flag("--to-unconfirmed", options->to_unconfirmed, "to who has not confirmed")
      ->needs(again)
      ->excludes(to_new);
  command
      .add_option("--test-to", options->test_to,
                  "send three samples to this address, and nothing to anybody else")
      ->type_name("ADDRESS");
  command
      .add_option("--fallback", options->fallback,
                  "after so long a later channel of --via goes to whom the earlier ones have not reached")
      ->type_name("SPAN");
  command
      .add_option("--confirm-to", options->confirm_to,
                  "an e-mail goes to this address when all of it has ended")
      ->type_name("ADDRESS");
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
