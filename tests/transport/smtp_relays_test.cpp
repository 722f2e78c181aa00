// D2, D4: several mail servers, and what becomes of messages while some of them cannot be used.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "smtp_fixture.hpp"

namespace crier::test {
namespace {

using Verdict = Outcome::Verdict;
using Fault = Outcome::Fault;
using Clock = std::chrono::steady_clock;

/// Two servers, the second for when the first cannot be used.
struct Pair {
  explicit Pair(SmtpScript one, SmtpScript two = {}) : first(std::move(one)), second(std::move(two)) {
    use(first.port());
    times.back_off = std::chrono::milliseconds(20);
    times.longest_rest = std::chrono::milliseconds(100);
    log::set_level(log::Level::error);
  }
  void use(int first_port) {
    settings = smtp_settings(first_port);
    auto other = static_cast<config::SmtpRelay>(settings);
    other.port = second.port();
    settings.further_relays = {other};
  }
  void add_many(int count, int from = 1) {
    for (int i = from; i < from + count; ++i) {
      work.add(mail_parcel(i, "ann" + std::to_string(i) + "@example.org"));
    }
  }
  void run() {
    transport::Smtp smtp(settings, io.get_executor(), times);
    start(io, smtp.run(work));
    io.run();
    io.restart();
  }
  /// Runs with a script of its own that ends with the work.
  void run(std::function<boost::asio::awaitable<void>(Pair&)> script) {
    work.keep_open();
    start(io, [](Pair& pair, auto acts) -> boost::asio::awaitable<void> {
      co_await acts(pair);
      pair.work.close();
    }(*this, std::move(script)));
    run();
  }
  /// Sends one parcel after the other until the first server has taken one, for five seconds at most.
  boost::asio::awaitable<int> send_until_first_takes(int next) {
    const auto limit = Clock::now() + std::chrono::seconds(5);
    net::Signal pause(io.get_executor());
    while (first.taken().empty() && Clock::now() < limit) {
      add_many(1, next);
      co_await work.settled(static_cast<std::size_t>(next));
      ++next;
      co_await pause.wait_until(Clock::now() + std::chrono::milliseconds(5));
    }
    co_return next;
  }

  SmtpServer first;
  SmtpServer second;
  config::ChannelSettings settings;
  transport::SmtpTimes times = short_times();
  boost::asio::io_context io{1};
  ListWork work{io.get_executor()};
};

void check_all_delivered(const Pair& pair, std::size_t count) {
  CHECK(pair.work.outcomes().size() == count);
  for (const auto& [delivery, outcomes] : pair.work.outcomes()) {
    CAPTURE(delivery);
    CAPTURE(outcomes.front().text);
    CHECK(outcomes.size() == 1);
    CHECK(outcomes.front().verdict == Verdict::delivered);
  }
  CHECK(pair.first.taken().size() + pair.second.taken().size() == count);
}

TEST_CASE("D2: the first mail server carries all while it works") {
  Pair pair(SmtpScript{});
  pair.add_many(50);
  pair.run();
  check_all_delivered(pair, 50);
  CHECK(pair.second.connections() == 0);
}

TEST_CASE("D2: where the first mail server is down, the next one takes all at once") {
  const int dead_port = SmtpServer(SmtpScript{}).port();
  Pair pair(SmtpScript{});
  pair.use(dead_port);
  pair.settings.connections = 4;
  pair.add_many(50);
  pair.run();
  check_all_delivered(pair, 50);
  CHECK(pair.second.taken().size() == 50);
  CHECK(pair.work.outcome(1).port == pair.second.port());
}

TEST_CASE("D2: a mail server that turns everybody away at any step has a substitute") {
  for (const auto point : {SmtpPoint::connect, SmtpPoint::banner, SmtpPoint::ehlo}) {
    for (const auto trick : {SmtpTrick::reply_4xx, SmtpTrick::reply_5xx, SmtpTrick::reply_421,
                             SmtpTrick::close, SmtpTrick::garbage}) {
      CAPTURE(static_cast<int>(point));
      CAPTURE(static_cast<int>(trick));
      Pair pair({.fault = SmtpFault{point, trick, 0, 1000}});
      pair.add_many(20);
      pair.run();
      check_all_delivered(pair, 20);
      CHECK(pair.second.taken().size() == 20);
    }
  }
}

TEST_CASE("D4: a mail server that breaks off each conversation costs a try, then the next one has the work") {
  Pair pair({.fault = SmtpFault{SmtpPoint::mail, SmtpTrick::close, 0, 1000}});
  pair.add_many(20);
  pair.run();
  CHECK(pair.work.outcomes().size() == 20);
  CHECK(pair.second.taken().size() >= 15);
  for (const auto& [delivery, outcomes] : pair.work.outcomes()) {
    CHECK(outcomes.size() == 1);
    CHECK(outcomes.front().verdict != Verdict::rejected);
  }
}

TEST_CASE("D4: a mail server that works again gets the work back, and was tried without a message") {
  for (const auto trick : {SmtpTrick::reply_421, SmtpTrick::close}) {
    // It turns away the first three connections.
    Pair pair({.fault = SmtpFault{SmtpPoint::banner, trick, 0, 3}});
    int sent = 0;
    pair.run([&sent](Pair& p) -> boost::asio::awaitable<void> {
      sent = co_await p.send_until_first_takes(1) - 1;
    });
    check_all_delivered(pair, static_cast<std::size_t>(sent));
    CHECK_FALSE(pair.first.taken().empty());
    CHECK_FALSE(pair.second.taken().empty());
  }
}

TEST_CASE("D4: while the first mail server hangs, no message waits for it again and again") {
  Pair pair({.fault = SmtpFault{SmtpPoint::banner, SmtpTrick::hang, 0, 1000}});
  const auto begin = Clock::now();
  pair.run([](Pair& p) -> boost::asio::awaitable<void> {
    net::Signal pause(p.io.get_executor());
    for (int next = 1; next <= 40; ++next) {
      p.add_many(1, next);
      co_await p.work.settled(static_cast<std::size_t>(next));
      co_await pause.wait_until(Clock::now() + std::chrono::milliseconds(5));
    }
  });
  check_all_delivered(pair, 40);
  // Only the very first message waited for the deadline of a second; at the end one session still hangs.
  CHECK(Clock::now() - begin < std::chrono::seconds(4));
}

TEST_CASE("D4: where no mail server can be used a fault of ours stops the channel and fails nobody") {
  const int dead_port = SmtpServer(SmtpScript{}).port();
  Pair pair(SmtpScript{}, {.auth = "PLAIN"});
  pair.use(dead_port);
  pair.settings.further_relays[0].user = "crier";
  pair.settings.further_relays[0].password = Secret("wrong");
  pair.add_many(10);
  pair.times.back_off = std::chrono::seconds(60);
  pair.times.longest_rest = std::chrono::seconds(60);
  pair.run();
  CHECK(pair.work.outcomes().size() == 10);
  for (const auto id : {1, 10}) {
    CHECK(pair.work.outcome(id).verdict == Verdict::deferred);
    CHECK(pair.work.outcome(id).fault == Fault::ours);
    CHECK(pair.work.outcome(id).cause == "authentication");
    CHECK(pair.work.outcome(id).port == pair.second.port());
  }
}

TEST_CASE("D4: where all mail servers are down each is asked once for all that waits") {
  Pair pair({.fault = SmtpFault{SmtpPoint::banner, SmtpTrick::reply_421, 0, 1000}},
            {.fault = SmtpFault{SmtpPoint::banner, SmtpTrick::reply_421, 0, 1000}});
  pair.times.back_off = std::chrono::seconds(60);
  pair.times.longest_rest = std::chrono::seconds(60);
  pair.settings.connections = 8;
  pair.add_many(200);
  pair.run();
  CHECK(pair.first.connections() == 1);
  CHECK(pair.second.connections() == 1);
  CHECK(pair.work.outcomes().size() == 200);
  CHECK(pair.work.outcome(200).cause == "service-closing");
  CHECK(pair.work.outcome(200).fault == Fault::passing);
}

TEST_CASE("D2: a mail server that only wants fewer connections keeps the work") {
  Pair pair({.most_connections = 2});
  pair.settings.connections = 6;
  pair.add_many(200);
  pair.run();
  check_all_delivered(pair, 200);
  CHECK(pair.first.taken().size() == 200);
}

TEST_CASE("D5: a message in doubt at one mail server is not handed to the next by itself") {
  Pair pair({.fault = SmtpFault{SmtpPoint::dot, SmtpTrick::close, 0, 1}});
  pair.add_many(1);
  pair.run();
  CHECK(pair.work.outcome(1).verdict == Verdict::in_doubt);
  CHECK(pair.first.taken().size() == 1);
  CHECK(pair.second.taken().empty());
}

}  // namespace
}  // namespace crier::test
