#include "delivery/verdict.hpp"

#include <doctest/doctest.h>

using namespace crier;
using namespace std::chrono_literals;

namespace {

const Instant start = *parse_rfc3339("2026-11-25T08:30:00Z");

Outcome outcome(Outcome::Verdict verdict, Outcome::Fault fault) {
  Outcome made;
  made.verdict = verdict;
  made.fault = fault;
  return made;
}

}  // namespace

TEST_CASE("D4: a passing fault waits longer each time, to a limit, until the deadline") {
  config::Retry retry;
  retry.first = 60s;
  retry.factor = 2;
  retry.limit = 600s;
  retry.deadline = 3600s;
  CHECK(delivery::backoff(retry, 1) == 60s);
  CHECK(delivery::backoff(retry, 2) == 120s);
  CHECK(delivery::backoff(retry, 4) == 480s);
  CHECK(delivery::backoff(retry, 5) == 600s);
  CHECK(delivery::backoff(retry, 1000) == 600s);
  const auto passing = outcome(Outcome::Verdict::deferred, Outcome::Fault::passing);
  const auto first = delivery::decide(passing, {1, start}, retry, {}, start, 0.5);
  CHECK(first.state == DeliveryState::waiting);
  CHECK(first.due == start + 60s);
  CHECK(delivery::decide(passing, {1, start}, retry, {}, start, 0.0).due == start + 48s);
  CHECK(delivery::decide(passing, {1, start}, retry, {}, start, 0.999).due > start + 71s);
  CHECK(delivery::decide(passing, {9, start}, retry, {}, start + 3599s, 0.5).state == DeliveryState::waiting);
  CHECK(delivery::decide(passing, {9, start}, retry, {}, start + 3600s, 0.5).state == DeliveryState::failed);
  // What an earlier try may have delivered is not called failed (D5, T4).
  CHECK(delivery::decide(passing, {9, start, true}, retry, {}, start + 3600s, 0.5).state ==
        DeliveryState::in_doubt);
}

TEST_CASE("D4: a lasting fault fails at once, our own stops the channel and fails nobody, however late") {
  const config::Retry retry;
  using enum Outcome::Verdict;
  CHECK(
      delivery::decide(outcome(rejected, Outcome::Fault::recipient), {1, start}, retry, {}, start, 0).state ==
      DeliveryState::failed);
  CHECK(delivery::decide(outcome(rejected, Outcome::Fault::content), {1, start}, retry, {}, start, 0).state ==
        DeliveryState::failed);
  for (const auto verdict : {deferred, rejected}) {
    const auto ours =
        delivery::decide(outcome(verdict, Outcome::Fault::ours), {50, start}, retry, {}, start + 30 * 24h, 0);
    CHECK(ours.state == DeliveryState::waiting);
    CHECK(ours.stops_channel);
  }
  CHECK(delivery::decide(outcome(delivered, Outcome::Fault::none), {1, start}, retry, {}, start, 0).state ==
        DeliveryState::complete);
}

TEST_CASE("D5: what may have been delivered is tried again, under the same Message-ID") {
  const auto doubtful = outcome(Outcome::Verdict::in_doubt, Outcome::Fault::passing);
  CHECK(delivery::decide(doubtful, {1, start}, config::Retry{}, {}, start, 0.5).state ==
        DeliveryState::waiting);
  // At the deadline it is not called failed, for then it would be told again (T4).
  CHECK(delivery::decide(doubtful, {9, start}, config::Retry{}, {}, start + 30 * 24h, 0.5).state ==
        DeliveryState::in_doubt);
}

TEST_CASE("D4: a stopped channel is tried after a minute at first, then ever less often") {
  CHECK(delivery::stop_for(start, start) == 60s);
  CHECK(delivery::stop_for(start, start + 300s) == 300s);
  CHECK(delivery::stop_for(start, start + 24h) == 1800s);
}

TEST_CASE(
    "D5: a text that may have arrived stays in doubt, and an emergency goes again where the settings say "
    "so") {
  const config::Retry retry;
  config::ChannelSettings sms;
  sms.kind = config::ChannelKind::kannel;
  const auto doubtful = outcome(Outcome::Verdict::in_doubt, Outcome::Fault::passing);
  const auto rule = delivery::doubt_rule(sms);
  CHECK(delivery::decide(doubtful, {1, start}, retry, rule, start, 0.5).state == DeliveryState::in_doubt);
  CHECK(delivery::decide(doubtful, {1, start, false, true}, retry, rule, start, 0.5).state ==
        DeliveryState::in_doubt);
  sms.gateway.rather_twice = true;
  const auto twice = delivery::doubt_rule(sms);
  CHECK(delivery::decide(doubtful, {1, start}, retry, twice, start, 0.5).state == DeliveryState::in_doubt);
  CHECK(delivery::decide(doubtful, {1, start, false, true}, retry, twice, start, 0.5).state ==
        DeliveryState::waiting);
  // What surely has not arrived is tried again.
  const auto passing = outcome(Outcome::Verdict::deferred, Outcome::Fault::passing);
  CHECK(delivery::decide(passing, {1, start}, retry, rule, start, 0.5).state == DeliveryState::waiting);
}

TEST_CASE("D5: WeChat is asked again only as long as it knows the message again") {
  config::Retry retry;
  retry.first = 60s;
  config::ChannelSettings wechat;
  wechat.kind = config::ChannelKind::wecom;
  wechat.gateway.duplicate_check = 1800s;
  const auto rule = delivery::doubt_rule(wechat);
  const auto doubtful = outcome(Outcome::Verdict::in_doubt, Outcome::Fault::passing);
  const auto passing = outcome(Outcome::Verdict::deferred, Outcome::Fault::passing);
  const auto ours = outcome(Outcome::Verdict::deferred, Outcome::Fault::ours);
  CHECK(delivery::decide(doubtful, {1, start}, retry, rule, start, 0.5).state == DeliveryState::waiting);
  CHECK(delivery::decide(doubtful, {1, start}, retry, rule, start + 1679s, 0.5).state ==
        DeliveryState::waiting);
  CHECK(delivery::decide(doubtful, {1, start}, retry, rule, start + 1680s, 0.5).state ==
        DeliveryState::in_doubt);
  // A later try that failed in passing does not make the first one certain.
  CHECK(delivery::decide(passing, {1, start, true}, retry, rule, start + 1700s, 0.5).state ==
        DeliveryState::in_doubt);
  CHECK(delivery::decide(ours, {1, start, true}, retry, rule, start + 1700s, 0.5).state ==
        DeliveryState::in_doubt);
  CHECK(delivery::decide(passing, {1, start, false}, retry, rule, start + 1700s, 0.5).state ==
        DeliveryState::waiting);
}

TEST_CASE("D12: who has opted out at the gateway is no failure") {
  auto told = outcome(Outcome::Verdict::rejected, Outcome::Fault::none);
  told.opted_out = true;
  CHECK(delivery::decide(told, {1, start}, {}, {}, start, 0.5).state == DeliveryState::cancelled);
}

TEST_CASE("D4: a gateway that asks to be left alone is, for so long, but no longer than a wait may be") {
  config::Retry retry;
  retry.first = 60s;
  retry.limit = 3600s;
  auto busy = outcome(Outcome::Verdict::deferred, Outcome::Fault::passing);
  busy.retry_after = 600s;
  CHECK(delivery::decide(busy, {1, start}, retry, {}, start, 0.5).due == start + 600s);
  busy.retry_after = 5s;
  CHECK(delivery::decide(busy, {1, start}, retry, {}, start, 0.5).due == start + 60s);
  busy.retry_after = 999999s;
  CHECK(delivery::decide(busy, {1, start}, retry, {}, start, 0.5).due == start + 3600s);
}
