#include "delivery/blocking.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "store/contact_store.hpp"
#include "store/fault_store.hpp"
#include "store/issue_store.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"
#include "support/roster_builder.hpp"

using namespace crier;

namespace {

/// A contact with an address and a number, and jobs that fail or get through as a test says.
struct BlockingFixture {
  test::RosterBuilder roster;
  config::BounceRules rules;
  Instant now = *parse_rfc3339("2026-11-25T12:00:00Z");
  std::vector<test::PersonBuilder> people;
  std::int64_t last_job = 0;

  BlockingFixture() {
    for (int i = 0; i < 12; ++i) {
      people.push_back(roster.contact(fmt::format("C{}", i), "Given", fmt::format("F{}", i))
                           .email(fmt::format("P{}@example.org", i))
                           .mobile(fmt::format("+4474009001{:02}", i)));
    }
  }

  store::Connection& store() { return roster.store(); }

  std::string address(Channel channel, int person) {
    return channel == Channel::email ? fmt::format("P{}@example.org", person)
                                     : fmt::format("+4474009001{:02}", person);
  }

  /// A message by this channel to the first `recipients` people, tried at once: `outcome` says how for each.
  /// A minute passes.
  template <typename Says>
  std::vector<delivery::BlockedAddress> send(Channel channel, int recipients, Says outcome,
                                             std::int64_t left = 0) {
    const auto school = roster.school_id("CAM");
    store::Transaction transaction(store());
    store::MessageRow row;
    row.school = school;
    row.subject = "Subject";
    row.body = "Body";
    row.sender = "test";
    row.created = now;
    const auto message = store::insert_message(store(), row);
    const auto job = store::insert_job(store(), message, channel, now);
    last_job = job;
    std::vector<store::NewDelivery> deliveries;
    for (int i = 0; i < recipients; ++i) {
      store::NewDelivery one;
      one.person = people[static_cast<std::size_t>(i)].id();
      one.school = school;
      one.address = address(channel, i);
      one.due = now;
      deliveries.push_back(one);
    }
    store::insert_deliveries(store(), job, channel, Priority::general, deliveries, now);
    store().execute(
        "INSERT INTO lease (name, fence, holder, host, pid, start_mark, taken, expires) VALUES ('daemon', "
        "1, '', '', 0, '', 0, 0) ON CONFLICT DO NOTHING");
    settle(channel, recipients - left, outcome);
    const auto blocked = delivery::weigh_faults(store(), rules, "test", now);
    transaction.commit();
    now += std::chrono::minutes(1);
    return blocked;
  }

  template <typename Says>
  void settle(Channel channel, std::int64_t count, Says outcome) {
    std::vector<store::Settlement> settlements;
    int i = 0;
    for (const auto& one : store::claim(store(), channel, count, 1, now)) {
      const Outcome said = outcome(i++);
      const auto state =
          said.verdict == Outcome::Verdict::delivered ? DeliveryState::complete : DeliveryState::failed;
      settlements.push_back({one.id, one.attempts, now, state, now, said});
    }
    store::settle(store(), settlements, 1, now);
  }

  std::string block(std::string_view kind, const std::string& key) {
    const auto found = store::block_of(store(), kind, key);
    return found ? found->reason : "";
  }

  std::vector<std::string> open_issues() {
    std::vector<std::string> kinds;
    store::IssueFilter open;
    open.state = "open";
    for (const auto& row : store::issue_rows(store(), open)) kinds.push_back(row.kind + " " + row.code);
    return kinds;
  }
};

Outcome outcome_of(Outcome::Verdict verdict, Outcome::Fault fault, std::string cause) {
  Outcome outcome;
  outcome.verdict = verdict;
  outcome.fault = fault;
  outcome.cause = std::move(cause);
  return outcome;
}

Outcome dead() {
  auto outcome = outcome_of(Outcome::Verdict::rejected, Outcome::Fault::recipient, "refused-recipient");
  outcome.code = 550;
  outcome.enhanced = "5.1.1";
  outcome.text = "no such user";
  return outcome;
}

Outcome fine() {
  return outcome_of(Outcome::Verdict::delivered, Outcome::Fault::none, "");
}

Outcome full() {
  return outcome_of(Outcome::Verdict::rejected, Outcome::Fault::passing, "mailbox-full");
}

/// The first fails so, all others get through.
auto only_first(const Outcome& outcome) {
  return [outcome](int i) { return i == 0 ? outcome : fine(); };
}

}  // namespace

TEST_CASE_FIXTURE(BlockingFixture,
                  "C8: three messages refused in a row block the address and raise the issue") {
  CHECK(send(Channel::email, 3, only_first(dead())).empty());
  CHECK(send(Channel::email, 3, only_first(dead())).empty());
  CHECK(block("email", "p0@example.org").empty());
  const auto blocked = send(Channel::email, 3, only_first(dead()));
  REQUIRE(blocked.size() == 1);
  CHECK(blocked.front().compare_key == "p0@example.org");
  CHECK(block("email", "p0@example.org") == "blocked-bounce");
  CHECK(block("email", "p1@example.org").empty());
  CHECK(open_issues() == std::vector<std::string>{"permanent-bounce C0"});
  const auto held = store::addresses_held(store(), people[0].id());
  CHECK(held.front().evidence == "3 failed messages in a row, the last: 550 5.1.1 no such user");
}

TEST_CASE_FIXTURE(BlockingFixture, "D9: three texts that fail block the number for text delivery failure") {
  for (int i = 0; i < 3; ++i) send(Channel::sms, 2, only_first(dead()));
  CHECK(block("phone", "+447400900100") == "blocked-text-failure");
  CHECK(block("email", "p0@example.org").empty());
  CHECK(open_issues() == std::vector<std::string>{"text-delivery-failure C0"});
}

TEST_CASE_FIXTURE(BlockingFixture, "D9: e-mails and texts are counted apart") {
  for (int i = 0; i < 2; ++i) {
    send(Channel::email, 2, only_first(dead()));
    send(Channel::sms, 2, only_first(dead()));
  }
  CHECK(block("email", "p0@example.org").empty());
  CHECK(block("phone", "+447400900100").empty());
}

TEST_CASE_FIXTURE(BlockingFixture,
                  "D9: a success between starts from zero, a passing fault between does not") {
  send(Channel::email, 2, only_first(dead()));
  send(Channel::email, 2, only_first(dead()));
  send(Channel::email, 2, only_first(fine()));
  send(Channel::email, 2, only_first(dead()));
  send(Channel::email, 2, only_first(full()));
  send(Channel::email, 2, only_first(dead()));
  CHECK(block("email", "p0@example.org").empty());
  send(Channel::email, 2, only_first(dead()));
  CHECK(block("email", "p0@example.org") == "blocked-bounce");
}

TEST_CASE_FIXTURE(BlockingFixture,
                  "D9: letters that our own relay cannot carry are not the address's fault") {
  const auto letters = outcome_of(Outcome::Verdict::rejected, Outcome::Fault::recipient, "no-smtputf8");
  for (int i = 0; i < 4; ++i) CHECK(send(Channel::email, 2, only_first(letters)).empty());
}

TEST_CASE_FIXTURE(BlockingFixture, "D9: when much of a job fails alike nothing is counted") {
  for (int i = 0; i < 4; ++i) CHECK(send(Channel::email, 12, [](int) { return dead(); }).empty());
  for (int i = 0; i < 4; ++i)
    CHECK(send(Channel::email, 12, [](int k) { return k < 6 ? dead() : fine(); }).empty());
  CHECK(open_issues().empty());
  // No more than the number: counted.
  for (int i = 0; i < 3; ++i) send(Channel::email, 12, [](int k) { return k < 5 ? dead() : fine(); });
  CHECK(open_issues().size() == 5);
}

TEST_CASE_FIXTURE(BlockingFixture, "D9: a job is weighed when all of it has been tried and not before") {
  rules.block_after = 1;
  CHECK(send(
            Channel::email, 12, [](int) { return dead(); }, 11)
            .empty());
  CHECK(store::jobs_to_weigh(store()).empty());
  store::Transaction transaction(store());
  settle(Channel::email, 100, [](int) { return dead(); });
  CHECK(store::jobs_to_weigh(store()) == std::vector{last_job});
  CHECK(delivery::weigh_faults(store(), rules, "test", now).empty());
  CHECK(store::jobs_to_weigh(store()).empty());
}

TEST_CASE_FIXTURE(BlockingFixture,
                  "D9: an address that was opened begins from zero and its issue is resolved") {
  for (int i = 0; i < 3; ++i) send(Channel::email, 2, only_first(dead()));
  {
    store::Transaction transaction(store());
    CHECK(store::unblock(store(), "email", "p0@example.org", "test", now));
    transaction.commit();
  }
  CHECK(open_issues().empty());
  for (int i = 0; i < 2; ++i) send(Channel::email, 2, only_first(dead()));
  CHECK(block("email", "p0@example.org").empty());
  send(Channel::email, 2, only_first(dead()));
  CHECK(block("email", "p0@example.org") == "blocked-bounce");
  CHECK(open_issues() == std::vector<std::string>{"permanent-bounce C0"});
}

TEST_CASE_FIXTURE(BlockingFixture, "D9: a complaint closes whatever had closed the address before") {
  roster.block(AddressKind::email, "p0@example.org", "blocked-bounce");
  store::Transaction transaction(store());
  CHECK(delivery::block_for_complaint(store(), "P0@example.org", "complaint about message 1", now));
  CHECK_FALSE(delivery::block_for_complaint(store(), "P0@example.org", "complaint about message 1", now));
  CHECK(block("email", "p0@example.org") == "blocked-spam");
  CHECK(open_issues() == std::vector<std::string>{"spam C0"});
}

TEST_CASE_FIXTURE(BlockingFixture, "D9: a success costs the counting nothing but a look at an empty table") {
  send(Channel::email, 12, [](int) { return fine(); });
  CHECK(store().integer("SELECT count(*) FROM recipient_fault") == 0);
  CHECK(store().integer("SELECT count(*) FROM job_to_weigh") == 0);
}

namespace {

/// The mail to the first person of this job comes back, days after the relay took it.
void comes_back(BlockingFixture& at, std::int64_t job) {
  store::Transaction transaction(at.store());
  at.store()
      .query(
          "UPDATE job SET complete = complete - 1, failed = failed + 1 WHERE id = ?1 AND EXISTS (SELECT 1 "
          "FROM delivery "
          "WHERE job = ?1 AND person = ?2 AND state = 'complete')")
      .with(job, at.people[0].id())
      .run();
  at.store()
      .query("UPDATE delivery SET state = 'failed' WHERE job = ?1 AND person = ?2")
      .with(job, at.people[0].id())
      .run();
  at.store()
      .query(
          "INSERT INTO attempt (delivery, n, started, ended, verdict, fault, cause, host, port, tls, code, "
          "enhanced, "
          "text, fence) SELECT id, attempts, 0, 0, 'rejected', 'recipient', 'bounced', '', 0, 'none', 550, "
          "'5.1.1', "
          "'no such user', 0 FROM delivery WHERE job = ?1 AND person = ?2")
      .with(job, at.people[0].id())
      .run();
  store::note_job_to_weigh(at.store(), job);
  delivery::weigh_faults(at.store(), at.rules, "test", at.now);
  transaction.commit();
}

}  // namespace

TEST_CASE_FIXTURE(
    BlockingFixture,
    "D9: what a relay has only accepted is no success, bounces that come days later are counted") {
  std::vector<std::int64_t> jobs;
  for (int i = 0; i < 6; ++i) {
    send(Channel::email, 2, only_first(fine()));
    jobs.push_back(last_job);
  }
  comes_back(*this, jobs[0]);
  comes_back(*this, jobs[1]);
  CHECK(block("email", "p0@example.org").empty());
  comes_back(*this, jobs[2]);
  CHECK(block("email", "p0@example.org") == "blocked-bounce");
}

TEST_CASE_FIXTURE(BlockingFixture,
                  "D9: an address that somebody has opened begins from zero, whatever is weighed again") {
  std::vector<std::int64_t> jobs;
  for (int i = 0; i < 3; ++i) {
    send(Channel::email, 2, only_first(dead()));
    jobs.push_back(last_job);
  }
  REQUIRE(block("email", "p0@example.org") == "blocked-bounce");
  {
    store::Transaction transaction(store());
    store::unblock(store(), "email", "p0@example.org", "test", now);
    for (const auto job : jobs) store::note_job_to_weigh(store(), job);
    CHECK(delivery::weigh_faults(store(), rules, "test", now).empty());
    transaction.commit();
  }
  CHECK(block("email", "p0@example.org").empty());
  send(Channel::email, 2, only_first(dead()));
  send(Channel::email, 2, only_first(dead()));
  CHECK(block("email", "p0@example.org").empty());
  send(Channel::email, 2, only_first(dead()));
  CHECK(block("email", "p0@example.org") == "blocked-bounce");
}
