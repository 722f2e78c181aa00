#include "delivery/batches.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>

#include "delivery/receipt_address.hpp"
#include "store/gateway_store.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"
#include "store/report_store.hpp"
#include "support/roster_builder.hpp"

using namespace crier;

namespace {

constexpr std::int64_t fence = 7;

/// Messages to some people by WeChat, and a lease to claim them under.
struct BatchFixture {
  test::RosterBuilder roster;
  Instant now = *parse_rfc3339("2026-11-25T08:30:00Z");
  std::vector<std::int64_t> people;
  /// WeChat knows a message again for four hours.
  delivery::DoubtRule doubt{delivery::DoubtRule::Kind::again_within, std::chrono::hours(4), false};

  BatchFixture() {
    for (int i = 0; i < 6; ++i) {
      people.push_back(roster.contact(fmt::format("C{}", i), "Given", fmt::format("F{}", i)).id());
    }
    store().execute(
        "INSERT INTO lease (name, fence, holder, host, pid, start_mark, taken, expires) "
        "VALUES ('daemon', 7, 'test', 'here', 1, '', 0, 0)");
  }
  store::Connection& store() { return roster.store(); }

  /// To the first so many; `own`: the first of them has words of their own.
  void queue(int count, bool own = false) {
    const auto school = roster.school_id("CAM");
    store::Transaction transaction(store());
    store::MessageRow message;
    message.school = school;
    message.subject = "Subject";
    message.body = "Body";
    message.sender = "test";
    message.created = now;
    const auto job =
        store::insert_job(store(), store::insert_message(store(), message), Channel::wechat, now);
    std::vector<store::NewDelivery> deliveries;
    for (int i = 0; i < count; ++i) {
      store::NewDelivery one;
      one.person = people[static_cast<std::size_t>(i)];
      one.school = school;
      one.address = fmt::format("w{}", i);
      one.due = now;
      if (own && i == 0) one.body = "Own words";
      deliveries.push_back(one);
    }
    store::insert_deliveries(store(), job, Channel::wechat, Priority::general, deliveries, now);
    transaction.commit();
  }

  std::vector<store::Claimed> claim(std::int64_t limit, std::size_t most = 1000) {
    store::Transaction transaction(store());
    auto claimed = store::claim(store(), Channel::wechat, limit, fence, now);
    delivery::arrange_batches(store(), {Channel::wechat, doubt, most}, claimed, fence, now);
    transaction.commit();
    CHECK(store::jobs_that_do_not_add_up(store()).empty());
    return claimed;
  }

  /// What became of all of them, tried under their batches.
  void settle(const std::vector<store::Claimed>& claimed, Outcome::Verdict verdict, DeliveryState state) {
    std::vector<store::Settlement> settlements;
    for (const auto& one : claimed) {
      store::Settlement settlement;
      settlement.delivery = one.id;
      settlement.attempt = one.attempts;
      settlement.started = now;
      settlement.state = state;
      settlement.due = now;
      settlement.outcome.verdict = verdict;
      settlement.outcome.batch = one.batch;
      settlements.push_back(settlement);
    }
    store::Transaction transaction(store());
    store::settle(store(), settlements, fence, now);
    store::wake(store(), now);
    transaction.commit();
  }
};

std::set<std::int64_t> batches_of(const std::vector<store::Claimed>& claimed) {
  std::set<std::int64_t> batches;
  for (const auto& one : claimed) batches.insert(one.batch);
  return batches;
}

}  // namespace

TEST_CASE_FIXTURE(BatchFixture,
                  "D2: those of the same words go in one request, of so many at most, own words alone") {
  queue(5, true);
  queue(3);
  const auto claimed = claim(100, 3);
  REQUIRE(claimed.size() == 8);
  CHECK_FALSE(batches_of(claimed).contains(0));
  // Own words; three and one of the first message; three of the second.
  CHECK(batches_of(claimed).size() == 4);
  for (std::size_t i = 1; i < claimed.size(); ++i) CHECK(claimed[i - 1].batch <= claimed[i].batch);
}

TEST_CASE_FIXTURE(BatchFixture,
                  "D5: what is in doubt goes again with just the same others, whatever is claimed first") {
  queue(4);
  const auto first = claim(100);
  settle(first, Outcome::Verdict::in_doubt, DeliveryState::waiting);
  queue(6);
  const auto again = claim(1);
  REQUIRE(again.size() == 4);
  CHECK(batches_of(again) == batches_of(first));
  for (std::size_t i = 0; i < 4; ++i) CHECK(again[i].id == first[i].id);
  settle(again, Outcome::Verdict::delivered, DeliveryState::complete);
  const auto next = claim(100);
  CHECK(next.size() == 6);
  CHECK(store().integer("SELECT count(*) FROM delivery WHERE state = 'complete' AND batch IS NOT NULL") == 0);
}

TEST_CASE_FIXTURE(BatchFixture, "D5: what was surely not sent is free to go with others") {
  queue(2);
  const auto first = claim(100);
  settle(first, Outcome::Verdict::deferred, DeliveryState::waiting);
  CHECK(store().integer("SELECT count(*) FROM delivery WHERE batch IS NOT NULL") == 0);
  const auto again = claim(100);
  std::vector<std::int64_t> ids;
  for (const auto& one : again) ids.push_back(one.id);
  store::Transaction transaction(store());
  store::give_back(store(), ids, fence, now);
  transaction.commit();
  CHECK(store().integer("SELECT count(*) FROM delivery WHERE batch IS NOT NULL") == 0);
}

TEST_CASE_FIXTURE(BatchFixture,
                  "D5: taken over after a crash, a batch stays together, and what is too old is in doubt") {
  queue(3);
  const auto first = claim(100);
  const auto take_over = [&](std::int64_t by) {
    store().execute("UPDATE lease SET fence = " + std::to_string(by));
    store::Transaction transaction(store());
    CHECK(store::take_over(store(), Channel::wechat, by, {}, now).again == 3);
    transaction.commit();
    store().execute("UPDATE lease SET fence = 7");
  };
  take_over(8);
  now += std::chrono::hours(3);
  const auto again = claim(1);
  CHECK(again.size() == 3);
  CHECK(batches_of(again) == batches_of(first));
  take_over(9);
  // The first of the tries counts: a later one that WeChat knew again made it no younger.
  now += std::chrono::hours(2);
  CHECK(claim(1).empty());
  CHECK(store().integer("SELECT count(*) FROM delivery WHERE state = 'in-doubt'") == 3);
  CHECK(store().integer("SELECT max(attempts) FROM delivery") == 2);
}

TEST_CASE_FIXTURE(
    BatchFixture,
    "D3, D5: what is in doubt when quiet hours begin waits for a person, what is not for the morning") {
  queue(3);
  settle(claim(100), Outcome::Verdict::in_doubt, DeliveryState::waiting);
  queue(2);
  store::Transaction transaction(store());
  CHECK(store::hold(store(), Channel::wechat, roster.school_id("CAM"), now + std::chrono::hours(12), now) ==
        5);
  transaction.commit();
  CHECK(store().integer("SELECT count(*) FROM delivery WHERE state = 'in-doubt'") == 3);
  CHECK(store().integer("SELECT count(*) FROM delivery WHERE state = 'held'") == 2);
  CHECK(store::jobs_that_do_not_add_up(store()).empty());
}

TEST_CASE_FIXTURE(BatchFixture,
                  "D12: who has opted out at the gateway hears nothing that waits for that address") {
  queue(2);
  queue(2);
  store::Transaction transaction(store());
  const auto known = store::gateway_delivery(store(), 1);
  REQUIRE(known);
  CHECK(store::opt_out_at_gateway(store(), *known, "gateway", now) == 2);
  transaction.commit();
  CHECK(store().integer("SELECT count(*) FROM delivery WHERE state = 'cancelled' AND reason = 'opted-out'") ==
        2);
  CHECK(store().integer("SELECT count(*) FROM opt_out WHERE channel = 'wechat' AND said_by = 'gateway'") ==
        1);
  CHECK(store::jobs_that_do_not_add_up(store()).empty());
}

TEST_CASE("D1: a receipt's address is nobody's to make up") {
  const auto url = delivery::receipt_url("https://crier.example", Channel::sms, {17, 2}, "key");
  CHECK(url.starts_with("https://crier.example/gateway/sms/receipt?d=17&a=2&s="));
  const auto seal = url.substr(url.rfind('=') + 1);
  CHECK(delivery::read_receipt("key", Channel::sms, "17", "2", seal) == delivery::TryNumber{17, 2});
  CHECK_FALSE(delivery::read_receipt("key", Channel::sms, "18", "2", seal));
  CHECK_FALSE(delivery::read_receipt("key", Channel::sms, "17", "1", seal));
  CHECK_FALSE(delivery::read_receipt("key", Channel::voice, "17", "2", seal));
  CHECK_FALSE(delivery::read_receipt("other", Channel::sms, "17", "2", seal));
  CHECK_FALSE(delivery::read_receipt("key", Channel::sms, "17x", "2", seal));
  CHECK_FALSE(delivery::read_receipt("key", Channel::sms, "", "", ""));
  CHECK(delivery::receipt_url("", Channel::sms, {1, 1}, "key").empty());
}
