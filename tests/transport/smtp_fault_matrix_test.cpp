// D4, D5: the fault matrix: every trick of a broken or hostile server at every point of the dialogue, in each
// way of pipelining, and the state that must come of it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
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

using Verdict = Outcome::Verdict;
using Fault = Outcome::Fault;

/// What a cell's word means: the outcome, and what delivery makes of it (delivery/verdict).
struct Meaning {
  std::string_view word;
  Verdict verdict;
  Fault fault;
  std::string_view cause;
};

constexpr std::array meanings{
    Meaning{"sent", Verdict::delivered, Fault::none, ""},
    // Waits for its next try.
    Meaning{"later", Verdict::deferred, Fault::passing, "try-later"},
    Meaning{"closing", Verdict::deferred, Fault::passing, "service-closing"},
    Meaning{"lost", Verdict::deferred, Fault::passing, "connection-lost"},
    Meaning{"silent", Verdict::deferred, Fault::passing, "timeout"},
    Meaning{"nonsense", Verdict::deferred, Fault::passing, "nonsense"},
    Meaning{"injected", Verdict::deferred, Fault::passing, "injected-text"},
    // Waits; the channel stops and staff are told, nobody fails.
    Meaning{"ours", Verdict::deferred, Fault::ours, "session-refused"},
    Meaning{"login", Verdict::deferred, Fault::ours, "authentication"},
    Meaning{"sender", Verdict::deferred, Fault::ours, "sender-refused"},
    // Failed, and counted against the address.
    Meaning{"unknown", Verdict::rejected, Fault::recipient, "refused-recipient"},
    // Failed; the address is not to blame.
    Meaning{"content", Verdict::rejected, Fault::content, "refused-content"},
    // May have arrived: goes once more, under the same Message-ID.
    Meaning{"?lost", Verdict::in_doubt, Fault::passing, "connection-lost"},
    Meaning{"?silent", Verdict::in_doubt, Fault::passing, "timeout"},
    Meaning{"?nonsense", Verdict::in_doubt, Fault::passing, "nonsense"},
};

// Rows are points, columns tricks, a cell says what becomes of the parcel whose turn it is: the first, at
// RSET the second, for the first is refused to bring about the RSET. `a|b|c`: with the next envelope behind
// the body | with nothing behind it | without PIPELINING. In the middle of a body the client has long said
// its dot (the mail is small): what it hears is an answer to that. A connection that was good before and ends
// before any answer to the envelope costs nothing: the parcel goes over a fresh one. `extra` at STARTTLS is
// text put in before TLS.
constexpr std::string_view matrix = R"(
          4xx   5xx     421     close reset hang   drip   garbage  nul      long     endless  extra    missing
 connect  later ours    closing lost  lost  silent silent nonsense nonsense nonsense nonsense nonsense sent
 banner   later ours    closing lost  lost  silent silent nonsense nonsense nonsense nonsense nonsense silent
 ehlo     later ours    closing lost  lost  silent silent nonsense nonsense nonsense nonsense nonsense silent
 starttls later ours    closing lost  lost  silent silent nonsense nonsense nonsense nonsense injected silent
 auth     later login   closing lost  lost  silent silent nonsense nonsense nonsense nonsense nonsense silent
 mail     later sender  closing lost  lost  silent silent nonsense nonsense nonsense nonsense nonsense nonsense|nonsense|silent
 rcpt     later unknown closing lost  lost  silent silent nonsense nonsense nonsense nonsense nonsense nonsense|nonsense|silent
 data     later content closing lost  lost  silent silent nonsense nonsense nonsense nonsense nonsense silent
 body     later content closing ?lost ?lost ?silent ?silent ?nonsense ?nonsense ?nonsense ?nonsense sent sent
 dot      later content closing ?lost ?lost ?silent ?silent ?nonsense ?nonsense ?nonsense ?nonsense sent sent|?silent|?silent
 rset     nonsense|nonsense|sent nonsense|nonsense|sent sent sent sent silent|silent|sent silent|silent|sent nonsense|nonsense|sent nonsense|nonsense|sent nonsense|nonsense|sent nonsense|nonsense|sent nonsense|nonsense|sent nonsense|nonsense|sent
 quit     sent  sent    sent    sent  sent  sent   sent   sent     sent     sent     sent     sent     sent
)";

/// The ways of pipelining, as the cells tell them apart.
enum class Mode { ahead, alone, in_steps };

struct Cell {
  SmtpFault fault;
  std::string name;
  std::string expected;
};

std::vector<std::string> words(std::string_view line, char separator = ' ') {
  std::vector<std::string> found;
  for (const auto word : split(line, separator)) {
    if (!word.empty()) found.emplace_back(word);
  }
  return found;
}

std::vector<Cell> cells(Mode mode) {
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
    REQUIRE(row.size() == tricks.size() + 1);
    for (std::size_t i = 0; i < tricks.size(); ++i) {
      const auto by_mode = words(row[i + 1], '|');
      all.push_back({SmtpFault{static_cast<SmtpPoint>(point), static_cast<SmtpTrick>(i)},
                     row[0] + " × " + tricks[i],
                     by_mode.size() == 1 ? by_mode[0] : by_mode.at(static_cast<std::size_t>(mode))});
    }
    ++point;
  }
  return all;
}

std::string word_for(const Outcome& outcome) {
  const auto found = std::find_if(meanings.begin(), meanings.end(), [&](const Meaning& one) {
    return one.verdict == outcome.verdict && one.fault == outcome.fault && one.cause == outcome.cause;
  });
  if (found != meanings.end()) return std::string(found->word);
  return fmt::format("{}, {}, {}", to_text(outcome.verdict), to_text(outcome.fault), outcome.cause);
}

SmtpScript script_of(const Cell& cell, Mode mode) {
  SmtpScript script;
  script.pipelining = mode != Mode::in_steps;
  script.fault = cell.fault;
  if (cell.fault.point == SmtpPoint::starttls) script.tls = ServerTls::starttls;
  if (cell.fault.point == SmtpPoint::auth) script.auth = "PLAIN";
  if (cell.fault.point == SmtpPoint::rset) {
    script.rcpt_replies["ann1@example.org"] = "550 5.1.1 no such user";
  }
  return script;
}

/// A cell under way: all of them share one event loop, so that those that wait for a deadline wait together.
struct Trial {
  Trial(boost::asio::io_context& io, const Cell& what, Mode mode)
      : cell(what),
        watched(cell.fault.point == SmtpPoint::rset ? 2 : 1),
        parcels(mode == Mode::alone ? watched : 3),
        server(script_of(what, mode)),
        work(io.get_executor()) {
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

  Cell cell;
  int watched;
  int parcels;
  SmtpServer server;
  ListWork work;
  std::unique_ptr<transport::Smtp> smtp;
};

/// Nothing lost, nothing invented: what crier says of each parcel agrees with what the server took.
void check_ledger(const Trial& trial) {
  std::multiset<std::string> taken;
  for (const auto& mail : trial.server.taken()) taken.insert(mail.to.at(0));
  CHECK(trial.work.outcomes().size() == static_cast<std::size_t>(trial.parcels));
  for (const auto& [delivery, outcomes] : trial.work.outcomes()) {
    CAPTURE(delivery);
    CHECK(outcomes.size() == 1);
    const auto& outcome = outcomes.front();
    const auto times = taken.count(fmt::format("ann{}@example.org", delivery));
    CAPTURE(to_text(outcome.verdict));
    CAPTURE(outcome.text);
    CHECK(times <= 1);
    if (outcome.verdict == Verdict::delivered) CHECK(times == 1);
    if (times == 1) {
      const bool owned = outcome.verdict == Verdict::delivered || outcome.verdict == Verdict::in_doubt;
      CHECK(owned);
    }
    CHECK(is_utf8(outcome.text));
    CHECK(outcome.text.size() <= 1000);
    CHECK(outcome.text.find("pass word") == std::string::npos);
    CHECK(outcome.host == "127.0.0.1");
    CHECK(outcome.port == trial.server.port());
    if (outcome.verdict != Verdict::delivered) CHECK_FALSE(outcome.cause.empty());
  }
}

void run_matrix(Mode mode) {
  boost::asio::io_context io(1);
  std::vector<std::unique_ptr<Trial>> trials;
  for (const auto& cell : cells(mode)) trials.push_back(std::make_unique<Trial>(io, cell, mode));
  CHECK(trials.size() == 12 * 13);
  io.run();
  for (const auto& trial : trials) {
    CAPTURE(trial->cell.name);
    check_ledger(*trial);
    REQUIRE(trial->work.outcomes().count(trial->watched) == 1);
    const auto& outcome = trial->work.outcome(trial->watched);
    CAPTURE(outcome.text);
    CHECK(word_for(outcome) == trial->cell.expected);
  }
}

TEST_CASE(
    "D5: whatever a server does while the next envelope travels behind the body, the outcome is right") {
  run_matrix(Mode::ahead);
}

TEST_CASE("D5: whatever a pipelining server does with the last message, the outcome is right") {
  run_matrix(Mode::alone);
}

TEST_CASE("D5: whatever a server without pipelining does, the outcome is right") {
  run_matrix(Mode::in_steps);
}

}  // namespace
}  // namespace crier::test
