#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "command.hpp"
#include "office/deliveries.hpp"

namespace crier::cmd {
namespace {

boost::json::object attempt_json(const store::AttemptLine& attempt) {
  boost::json::object one;
  const auto& o = attempt.outcome;
  one["n"] = attempt.n;
  one["started"] = to_rfc3339(attempt.started);
  one["ended"] = to_rfc3339(attempt.ended);
  one["verdict"] = to_text(o.verdict);
  one["fault"] = to_text(o.fault);
  one["cause"] = output::text_or_null(o.cause);
  one["host"] = output::text_or_null(o.host);
  one["port"] = output::number_or_null(o.port == 0 ? std::nullopt : std::optional<std::int64_t>(o.port));
  one["tls"] = o.tls;
  one["code"] = output::number_or_null(o.code == 0 ? std::nullopt : std::optional<std::int64_t>(o.code));
  one["enhanced"] = output::text_or_null(o.enhanced);
  one["text"] = output::text_or_null(o.text);
  return one;
}

boost::json::object receipt_json(const store::ReceiptLine& receipt) {
  boost::json::object one;
  one["attempt"] = receipt.attempt;
  one["part"] = output::text_or_null(receipt.part);
  one["state"] = to_text(receipt.state);
  one["cause"] = output::text_or_null(receipt.cause);
  one["text"] = output::text_or_null(receipt.text);
  one["received"] = to_rfc3339(receipt.received);
  return one;
}

boost::json::object document(const office::ShownDelivery& story) {
  boost::json::object one;
  one["id"] = story.line.delivery;
  one["job"] = story.line.job;
  one["message"] = story.message;
  one["school"] = story.line.school;
  one["subject"] = story.line.subject;
  one["type"] = story.line.type;
  one["code"] = story.line.code;
  one["name"] = story.line.name;
  one["address"] = output::text_or_null(story.line.address);
  one["state"] = to_text(story.line.state);
  one["reason"] = output::text_or_null(story.line.reason);
  one["due"] = output::time_or_null(story.due);
  one["segments"] =
      output::number_or_null(story.segments == 0 ? std::nullopt : std::optional(story.segments));
  one["created"] = to_rfc3339(story.line.created);
  one["updated"] = to_rfc3339(story.line.updated);
  boost::json::array attempts;
  for (const auto& attempt : story.attempts) attempts.push_back(attempt_json(attempt));
  one["attempts"] = std::move(attempts);
  one["hold"] = story.hold ? boost::json::value(office::to_text(*story.hold)) : boost::json::value(nullptr);
  boost::json::array came_back;
  for (const auto& mail : story.came_back) {
    came_back.push_back(boost::json::object{{"kind", mail.kind}, {"read", to_rfc3339(mail.read)}});
  }
  one["came_back"] = std::move(came_back);
  one["receipt"] = output::text_or_null(story.line.receipt);
  boost::json::array receipts;
  for (const auto& receipt : story.receipts) receipts.push_back(receipt_json(receipt));
  one["receipts"] = std::move(receipts);
  boost::json::object document;
  document["delivery"] = std::move(one);
  return document;
}

std::string waits_for(office::Hold hold, std::int64_t message) {
  switch (hold) {
    case office::Hold::approval:
      return fmt::format("It waits for approval: crier approve {}.", message);
    case office::Hold::own_time:
      return "It waits for the time that its sender gave it.";
    case office::Hold::window:
      return "It waits for the hours that its sender gave it.";
    case office::Hold::hours:
      return "It waits for the end of quiet hours, of the undo delay, or for a day below the cap.";
    case office::Hold::retry:
      return "It is tried again by itself.";
  }
  return "";
}

Exit show(Session& session, std::int64_t id) {
  const auto story = office::show_delivery(session.office(office::StoreAccess::read), id);
  if (session.json()) {
    session.print(document(story));
    return Exit::done;
  }
  const auto zone = session.zone();
  const auto at = [&](Instant instant) { return to_iso(zone.local(instant)); };
  const auto& line = story.line;
  session.print(fmt::format("Delivery {} of job {} (message {}, {}): {}\n", line.delivery, line.job,
                            story.message, line.school, line.subject));
  session.print(fmt::format("  To {} ({}) by {} at {}\n", line.name, line.code, line.type,
                            line.address.empty() ? "no address" : line.address));
  session.print(fmt::format("  {}{}{}, since {}\n", to_text(line.state),
                            line.reason.empty() ? "" : fmt::format(" ({})", line.reason),
                            story.due ? fmt::format(" until {}", at(*story.due)) : "", at(line.updated)));
  if (story.hold) session.print(fmt::format("  {}\n", waits_for(*story.hold, story.message)));
  if (story.attempts.empty()) session.print("  Not tried yet.\n");
  Table table;
  table.name = "attempts";
  table.columns = {{"n", "Try", ColumnKind::count}, {"ended", "At", ColumnKind::instant},
                   {"verdict", "Verdict"},          {"cause", "Cause"},
                   {"gateway", "Gateway"},          {"response", "Response"}};
  for (const auto& attempt : story.attempts) {
    const auto& o = attempt.outcome;
    table.rows.push_back({attempt.n, attempt.ended, std::string(to_text(o.verdict)), o.cause,
                          o.port == 0 ? o.host : fmt::format("{}:{} tls {}", o.host, o.port, o.tls),
                          o.code == 0 ? o.text : fmt::format("{} {} {}", o.code, o.enhanced, o.text)});
  }
  if (!story.attempts.empty()) session.print(table);
  if (!story.receipts.empty()) {
    Table receipts;
    receipts.name = "receipts";
    receipts.columns = {{"attempt", "Try", ColumnKind::count},
                        {"received", "Receipt at", ColumnKind::instant},
                        {"state", "Receipt"},
                        {"part", "Part"},
                        {"cause", "Cause"},
                        {"text", "Gateway's words"}};
    for (const auto& one : story.receipts) {
      receipts.rows.push_back(
          {one.attempt, one.received, std::string(to_text(one.state)), one.part, one.cause, one.text});
    }
    session.print(receipts);
  }
  for (const auto& mail : story.came_back) {
    session.print(fmt::format("  A mail came back and was read {}: {}\n", at(mail.read), mail.kind));
  }
  if (line.state == DeliveryState::in_doubt) {
    session.print(
        fmt::format("It may have arrived. Ask, then: crier deliveries decide {0} --sent, or --send-again.\n",
                    line.delivery));
  }
  return Exit::done;
}

struct DecideOptions {
  std::int64_t id = 0;
  bool sent = false;
  bool send_again = false;
};

Exit decide(Session& session, const DecideOptions& options) {
  if (options.sent == options.send_again) {
    throw Error(Exit::usage, "no-decision", "what is to be decided is not said",
                "Add --sent where it has arrived, or --send-again where it has not.");
  }
  const auto decided =
      office::decide_doubtful(session.office(office::StoreAccess::write), options.id,
                              options.sent ? office::DoubtDecision::sent : office::DoubtDecision::send_again);
  if (session.json()) {
    boost::json::object document;
    document["delivery"] = decided.delivery;
    document["job"] = decided.job;
    document["state"] = to_text(decided.state);
    document["held_until"] = output::time_or_null(decided.held_until);
    session.print(document);
    return Exit::done;
  }
  session.print(fmt::format(
      "Delivery {} is {}{}.\n", decided.delivery, to_text(decided.state),
      decided.held_until ? " until " + to_iso(session.zone().local(*decided.held_until)) : std::string()));
  return Exit::done;
}

}  // namespace

void add_deliveries(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "deliveries", "one message to one recipient, with its tries",
                             "Examples:\n"
                             "  crier status 31 --recipients --state in-doubt\n"
                             "  crier deliveries show 4711\n"
                             "  crier deliveries decide 4711 --sent");
  command.require_subcommand(1);
  auto& look = subcommand(command, "show", "everything that is known of one delivery",
                          "Example:\n  crier deliveries show 4711 --json");
  auto id = std::make_shared<std::int64_t>(0);
  look.add_option("id", *id, "the delivery")
      ->type_name("ID")
      ->required()
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000'000}));
  look.callback([&session, id] { session.run = [&session, id] { return show(session, *id); }; });
  auto& judge = subcommand(command, "decide", "what is in doubt: it has arrived, or it is to go again",
                           "Examples:\n  crier deliveries decide 4711 --sent\n"
                           "  crier deliveries decide 4711 --send-again");
  auto options = std::make_shared<DecideOptions>();
  judge.add_option("id", options->id, "the delivery")
      ->type_name("ID")
      ->required()
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000'000}));
  auto* sent = judge.add_flag("--sent", options->sent, "it has arrived");
  judge.add_flag("--send-again", options->send_again, "it has not: send it again")->excludes(sent);
  judge.callback(
      [&session, options] { session.run = [&session, options] { return decide(session, *options); }; });
}

}  // namespace crier::cmd
