#include "store/receipt_store.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "store/feedback_store.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"
#include "store/report_store.hpp"
#include "support/roster_builder.hpp"

using namespace crier;
using namespace crier::store;

namespace {

constexpr std::int64_t fence = 7;

/// A job of one text message, and what receipts do to it.
struct ReceiptFixture {
  test::RosterBuilder roster;
  Instant now = *parse_rfc3339("2026-11-25T08:30:00Z");
  std::int64_t job = 0;
  std::int64_t delivery = 0;

  Connection& store() { return roster.store(); }

  void make_delivery(std::int64_t segments = 1) {
    const auto person = roster.contact("C" + std::to_string(job), "Given", "Family").id();
    const auto school = roster.school_id("CAM");
    Transaction transaction(store());
    MessageRow message;
    message.school = school;
    message.subject = "Subject";
    message.body = "Body";
    message.sender = "test";
    message.created = now;
    job = insert_job(store(), insert_message(store(), message), Channel::sms, now);
    NewDelivery one;
    one.person = person;
    one.school = school;
    one.address = "+447400900123";
    one.state = DeliveryState::queued;
    one.due = now;
    one.segments = segments;
    insert_deliveries(store(), job, Channel::sms, Priority::general, std::array{one}, now);
    store().execute(
        "INSERT INTO lease (name, fence, holder, host, pid, start_mark, taken, expires) "
        "VALUES ('daemon', 7, 'test', 'here', 1, '', 0, 0) ON CONFLICT DO NOTHING");
    transaction.commit();
    delivery = store().integer("SELECT max(id) FROM delivery");
  }

  void take() {
    Transaction transaction(store());
    CHECK(claim(store(), Channel::sms, 10, fence, now).size() == 1);
    transaction.commit();
  }

  void end_as(DeliveryState state, int attempt = 1) {
    Settlement one;
    one.delivery = delivery;
    one.attempt = attempt;
    one.started = now;
    one.state = state;
    one.due = now;
    one.outcome.verdict = state == DeliveryState::complete ? Outcome::Verdict::delivered
                          : state == DeliveryState::failed ? Outcome::Verdict::rejected
                                                           : Outcome::Verdict::in_doubt;
    Transaction transaction(store());
    CHECK(settle(store(), std::array{one}, fence, now) == 1);
    transaction.commit();
  }

  /// One that was taken and has ended so.
  void sent(DeliveryState state, std::int64_t segments = 1) {
    make_delivery(segments);
    take();
    end_as(state);
  }

  ReceiptNews tell(ReceiptState state, int attempt = 1, const std::string& part = "") {
    Receipt receipt;
    receipt.state = state;
    receipt.part = part;
    if (is_failure(state)) {
      receipt.fault = Outcome::Fault::recipient;
      receipt.cause = "refused-recipient";
    }
    Transaction transaction(store());
    const auto news = note_receipt(store(), delivery, attempt, receipt, now);
    weigh_receipts(store(), delivery, now);
    transaction.commit();
    CHECK(jobs_that_do_not_add_up(store()).empty());
    return news;
  }

  DeliveryState state() { return sent_delivery(store(), delivery)->state; }
  std::string word() { return delivery_story(store(), delivery)->line.receipt; }
};

}  // namespace

TEST_CASE_FIXTURE(ReceiptFixture, "D1: in whatever order receipts come, the heaviest counts in the end") {
  using enum ReceiptState;
  std::array states{accepted, buffered, delivered, undelivered};
  do {
    sent(DeliveryState::complete);
    for (const auto one : states) {
      tell(one);
      CHECK(tell(one) == ReceiptNews::known);
    }
    CHECK(state() == DeliveryState::failed);
    CHECK(word() == "undelivered");
    const auto story = delivery_story(store(), delivery);
    // It was failed once: one attempt beside the one that was made.
    CHECK(story->attempts.size() == 2);
    CHECK(story->receipts.size() == 1);
  } while (std::ranges::next_permutation(states).found);
}

TEST_CASE_FIXTURE(ReceiptFixture, "D1: delivered stands beside complete, and is counted by job") {
  sent(DeliveryState::complete);
  JobFilter filter;
  filter.job = job;
  CHECK_FALSE(job_rows(store(), filter, 0, 1).front().delivered);
  tell(ReceiptState::accepted);
  CHECK(job_rows(store(), filter, 0, 1).front().delivered == 0);
  tell(ReceiptState::delivered);
  CHECK(job_rows(store(), filter, 0, 1).front().delivered == 1);
  CHECK(job_rows(store(), filter, 0, 1).front().counts.complete == 1);
  tell(ReceiptState::failed);
  CHECK(job_rows(store(), filter, 0, 1).front().delivered == 0);
  CHECK(job_rows(store(), filter, 0, 1).front().counts.failed == 1);
}

TEST_CASE_FIXTURE(ReceiptFixture,
                  "D1: what comes while it is under way is kept, and has its effect afterwards") {
  for (const auto& [told, then] : {std::pair(ReceiptState::delivered, DeliveryState::complete),
                                   std::pair(ReceiptState::undelivered, DeliveryState::failed)}) {
    make_delivery();
    take();
    CHECK(tell(told) == ReceiptNews::noted);
    CHECK(state() == DeliveryState::claimed);
    CHECK(receipts_to_weigh(store(), 10).empty());
    end_as(DeliveryState::complete);
    CHECK(receipts_to_weigh(store(), 10) == std::vector{delivery});
    Transaction transaction(store());
    weigh_receipts(store(), delivery, now);
    transaction.commit();
    CHECK(state() == then);
    CHECK(receipts_to_weigh(store(), 10).empty());
  }
}

TEST_CASE_FIXTURE(ReceiptFixture,
                  "D5: what is in doubt or waits to be tried again is complete once the gateway has it") {
  for (const auto before : {DeliveryState::in_doubt, DeliveryState::waiting}) {
    sent(before);
    tell(ReceiptState::unknown);
    CHECK(state() == before);
    tell(ReceiptState::buffered);
    CHECK(state() == DeliveryState::complete);
  }
  sent(DeliveryState::in_doubt);
  tell(ReceiptState::failed);
  CHECK(state() == DeliveryState::failed);
  // That try has failed; the next is to be made all the same.
  sent(DeliveryState::waiting);
  tell(ReceiptState::failed);
  CHECK(state() == DeliveryState::waiting);
  Transaction transaction(store());
  wake(store(), now);
  transaction.commit();
  CHECK(state() == DeliveryState::queued);
  tell(ReceiptState::delivered);
  CHECK(state() == DeliveryState::queued);
}

TEST_CASE_FIXTURE(ReceiptFixture,
                  "D1: of two tries the one that reached the phone counts, whatever became of the other") {
  sent(DeliveryState::waiting);
  Transaction transaction(store());
  wake(store(), now);
  transaction.commit();
  take();
  end_as(DeliveryState::complete, 2);
  tell(ReceiptState::delivered, 1);
  tell(ReceiptState::undelivered, 2);
  CHECK(state() == DeliveryState::complete);
  CHECK(word() == "delivered");
}

TEST_CASE_FIXTURE(ReceiptFixture,
                  "D1: a text of several parts is delivered when all are, and failed when one is") {
  sent(DeliveryState::complete, 3);
  for (const auto* part : {"1", "1", "2"}) tell(ReceiptState::delivered, 1, part);
  CHECK(word() == "accepted");
  tell(ReceiptState::delivered, 1, "3");
  CHECK(word() == "delivered");
  tell(ReceiptState::undelivered, 1, "2");
  CHECK(state() == DeliveryState::failed);
  sent(DeliveryState::complete, 3);
  tell(ReceiptState::delivered);
  CHECK(word() == "delivered");
}

TEST_CASE_FIXTURE(ReceiptFixture, "D1: of a delivery or a try that is not there nothing is kept") {
  sent(DeliveryState::complete);
  CHECK(tell(ReceiptState::failed, 2) == ReceiptNews::no_delivery);
  CHECK(tell(ReceiptState::failed, 0) == ReceiptNews::no_delivery);
  delivery += 100;
  CHECK(tell(ReceiptState::failed) == ReceiptNews::no_delivery);
  CHECK(store().integer("SELECT count(*) FROM receipt") == 0);
}

TEST_CASE_FIXTURE(ReceiptFixture, "D7: receipts of the time before a rerun do not count for it") {
  sent(DeliveryState::complete);
  tell(ReceiptState::undelivered);
  {
    Transaction transaction(store());
    const Rerunnable one = rerunnable(store(), job, RerunScope::failed).front();
    CHECK(requeue(store(), one, one.address, DeliveryState::queued, now, now));
    transaction.commit();
  }
  tell(ReceiptState::failed);
  CHECK(state() == DeliveryState::queued);
  take();
  end_as(DeliveryState::complete, 2);
  tell(ReceiptState::failed);
  CHECK(state() == DeliveryState::complete);
  tell(ReceiptState::delivered, 2);
  CHECK(word() == "delivered");
}
