// D4, D5: the fault matrix: every trick of a broken or hostile server at every point of the dialogue, with
// and without pipelining, and what must come of it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "smtp_fixture.hpp"

namespace crier::test {
namespace {

// What becomes of the first parcel. dp: deferred, passing. do: deferred, ours. rr: rejected, the recipient's
// fault. rc: rejected, the content's. id: in doubt. ok: delivered. A refusal after the server took charge
// cannot happen; silence after it can, and is in doubt. In the middle of a body the client has long said its
// dot (the mail is small): what it hears is an answer to that.
constexpr std::string_view matrix = R"(
           4xx 5xx 421 close reset hang drip garbage nul long endless extra
 connect   dp  do  dp  dp    dp    dp   dp   dp      dp  dp   dp      dp
 banner    dp  do  dp  dp    dp    dp   dp   dp      dp  dp   dp      dp
 ehlo      dp  do  dp  dp    dp    dp   dp   dp      dp  dp   dp      dp
 starttls  dp  do  dp  dp    dp    dp   dp   dp      dp  dp   dp      dp
 auth      dp  do  dp  dp    dp    dp   dp   dp      dp  dp   dp      dp
 mail      dp  do  dp  dp    dp    dp   dp   dp      dp  dp   dp      dp
 rcpt      dp  rr  dp  dp    dp    dp   dp   dp      dp  dp   dp      dp
 data      dp  rc  dp  dp    dp    dp   dp   dp      dp  dp   dp      dp
 body      dp  rc  dp  id    id    id   id   id      id  id   id      ok
 dot       dp  rc  dp  id    id    id   id   id      id  id   id      ok
 quit      ok  ok  ok  ok    ok    ok   ok   ok      ok  ok   ok      ok
)";

struct Cell {
  SmtpFault fault;
  std::string name;
  std::string expected;
};

std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> found;
  for (const auto word : split(line, ' ')) {
    if (!word.empty()) found.emplace_back(word);
  }
  return found;
}

std::vector<Cell> cells() {
  std::vector<Cell> all;
  std::vector<std::string> tricks;
  int point = 0;
  for (const auto line : split(matrix, '\n')) {
    const auto row = words(line);
    if (row.empty()) continue;
    if (tricks.empty()) {
      tricks = row;
      continue;
    }
    for (std::size_t i = 0; i < tricks.size(); ++i) {
      all.push_back({SmtpFault{static_cast<SmtpPoint>(point), static_cast<SmtpTrick>(i)},
                     row[0] + " × " + tricks[i], row.at(i + 1)});
    }
    ++point;
  }
  return all;
}

std::string abbreviated(const Outcome& outcome) {
  using enum Outcome::Verdict;
  switch (outcome.verdict) {
    case delivered:
      return "ok";
    case in_doubt:
      return "id";
    case deferred:
      return outcome.fault == Outcome::Fault::ours ? "do" : "dp";
    case rejected:
      return outcome.fault == Outcome::Fault::recipient ? "rr" : "rc";
  }
  return "";
}

SmtpScript script_of(const Cell& cell, bool pipelining) {
  SmtpScript script;
  script.pipelining = pipelining;
  script.fault = cell.fault;
  if (cell.fault.point == SmtpPoint::starttls) script.tls = ServerTls::starttls;
  if (cell.fault.point == SmtpPoint::auth) script.auth = "PLAIN";
  return script;
}

/// A cell under way: all of them share one event loop, so that those that wait for a deadline wait together.
struct Trial {
  Trial(boost::asio::io_context& io, const Cell& what, bool pipelining)
      : cell(what), server(script_of(what, pipelining)), work(io.get_executor()) {
    auto settings = smtp_settings(server.port());
    if (cell.fault.point == SmtpPoint::starttls) settings.security = config::Security::starttls;
    settings.ca_file = authority_file();
    if (cell.fault.point == SmtpPoint::auth) {
      settings.user = "crier";
      settings.password = Secret("pass word");
    }
    smtp = std::make_unique<transport::Smtp>(settings, io.get_executor(), short_times());
    for (int i = 1; i <= parcels; ++i) work.add(mail_parcel(i, fmt::format("ann{}@example.org", i)));
    start(io, smtp->run(work));
  }

  static constexpr int parcels = 3;
  Cell cell;
  SmtpServer server;
  ListWork work;
  std::unique_ptr<transport::Smtp> smtp;
};

void check_ledger(const Trial& trial) {
  std::multiset<std::string> taken;
  for (const auto& mail : trial.server.taken()) taken.insert(mail.to.at(0));
  CHECK(trial.work.outcomes().size() == Trial::parcels);
  for (const auto& [delivery, outcomes] : trial.work.outcomes()) {
    CAPTURE(delivery);
    CHECK(outcomes.size() == 1);
    const auto& outcome = outcomes.front();
    const auto times = taken.count(fmt::format("ann{}@example.org", delivery));
    CAPTURE(to_text(outcome.verdict));
    CAPTURE(outcome.text);
    CHECK(times <= 1);
    if (outcome.verdict == Outcome::Verdict::delivered) CHECK(times == 1);
    if (times == 1) {
      const bool owned =
          outcome.verdict == Outcome::Verdict::delivered || outcome.verdict == Outcome::Verdict::in_doubt;
      CHECK(owned);
    }
    CHECK(is_utf8(outcome.text));
    CHECK(outcome.text.size() <= 1000);
    if (outcome.verdict != Outcome::Verdict::delivered) CHECK_FALSE(outcome.cause.empty());
  }
}

void run_matrix(bool pipelining) {
  boost::asio::io_context io(1);
  std::vector<std::unique_ptr<Trial>> trials;
  for (const auto& cell : cells()) trials.push_back(std::make_unique<Trial>(io, cell, pipelining));
  CHECK(trials.size() == 11 * 12);
  io.run();
  for (const auto& trial : trials) {
    CAPTURE(trial->cell.name);
    check_ledger(*trial);
    REQUIRE(trial->work.outcomes().count(1) == 1);
    const auto& first = trial->work.outcome(1);
    CAPTURE(first.cause);
    CAPTURE(first.text);
    CHECK(abbreviated(first) == trial->cell.expected);
  }
}

TEST_CASE("D5: whatever a pipelining server does, each parcel has one outcome and it is the right one") {
  run_matrix(true);
}

TEST_CASE(
    "D5: whatever a server without pipelining does, each parcel has one outcome and it is the right one") {
  run_matrix(false);
}

}  // namespace
}  // namespace crier::test
