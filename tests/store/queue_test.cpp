#include "store/queue_store.hpp"

#include <doctest/doctest.h>

#include <array>

#include "base/os.hpp"
#include "store/audit_store.hpp"
#include "store/lease_store.hpp"
#include "store/message_store.hpp"
#include "store/release_store.hpp"
#include "store/report_store.hpp"
#include "support/roster_builder.hpp"

using namespace crier;
using namespace crier::store;

namespace {

constexpr std::int64_t fence = 7;

struct QueueFixture {
  test::RosterBuilder roster;
  Instant now = *parse_rfc3339("2026-11-25T08:30:00Z");
  std::int64_t job = 0;
  std::vector<std::int64_t> people;

  Connection& store() { return roster.store(); }

  /// A job of e-mail deliveries in these states.
  void make_job(std::initializer_list<DeliveryState> states, Priority priority = Priority::general) {
    for (std::size_t i = people.size(); i < states.size(); ++i) {
      people.push_back(roster.contact("C" + std::to_string(i), "Given", "Family" + std::to_string(i)).id());
    }
    const auto school = roster.school_id("CAM");
    Transaction transaction(store());
    MessageRow message;
    message.school = school;
    message.subject = "Subject";
    message.body = "Body";
    message.sender = "test";
    message.created = now;
    const auto id = insert_message(store(), message);
    job = insert_job(store(), id, Channel::email, now);
    std::vector<NewDelivery> deliveries;
    for (const auto state : states) {
      NewDelivery one;
      one.person = people[deliveries.size()];
      one.school = school;
      one.address = "a" + std::to_string(deliveries.size()) + "@example.org";
      one.state = state;
      one.due = state == DeliveryState::held ? now + std::chrono::hours(1) : now;
      deliveries.push_back(one);
    }
    insert_deliveries(store(), job, Channel::email, priority, deliveries, now);
    store().execute(
        "INSERT INTO lease (name, fence, holder, host, pid, start_mark, taken, expires) "
        "VALUES ('daemon', 7, 'test', 'here', 1, '', 0, 0) ON CONFLICT DO NOTHING");
    transaction.commit();
  }

  JobCounts counts() {
    JobFilter filter;
    filter.job = job;
    CHECK(jobs_that_do_not_add_up(store()).empty());
    return job_rows(store(), filter, 0, 1).front().counts;
  }

  Settlement settlement(const Claimed& claimed, DeliveryState state) {
    Settlement one;
    one.delivery = claimed.id;
    one.attempt = claimed.attempts;
    one.started = now;
    one.state = state;
    one.due = now + std::chrono::minutes(5);
    one.outcome.verdict =
        state == DeliveryState::complete ? Outcome::Verdict::delivered : Outcome::Verdict::rejected;
    one.outcome.code = state == DeliveryState::complete ? 250 : 550;
    return one;
  }
};

}  // namespace

TEST_CASE_FIXTURE(QueueFixture,
                  "D1: a delivery is claimed once, its attempt counted before the wire is touched") {
  using enum DeliveryState;
  make_job({queued, queued, queued, failed, held});
  const auto first = claim(store(), Channel::email, 2, fence, now);
  CHECK(first.size() == 2);
  CHECK(first.front().attempts == 1);
  CHECK(counts().processing == 2);
  const auto second = claim(store(), Channel::email, 10, fence, now);
  CHECK(second.size() == 1);
  CHECK(claim(store(), Channel::email, 10, fence, now).empty());
  CHECK(claim(store(), Channel::sms, 10, fence, now).empty());
  const auto c = counts();
  CHECK(c.messages == 5);
  CHECK(c.not_started == 0);
  CHECK(c.processing == 3);
  CHECK(c.failed == 1);
  CHECK(c.held == 1);
}

TEST_CASE_FIXTURE(QueueFixture, "D1: outcomes become states, each with its attempt, and the counts add up") {
  using enum DeliveryState;
  make_job({queued, queued, queued, queued});
  const auto taken = claim(store(), Channel::email, 10, fence, now);
  const std::array settled{settlement(taken[0], complete), settlement(taken[1], failed),
                           settlement(taken[2], waiting), settlement(taken[3], in_doubt)};
  CHECK(settle(store(), settled, fence, now) == 4);
  auto c = counts();
  CHECK(c.complete == 1);
  CHECK(c.failed == 1);
  CHECK(c.processing == 1);
  CHECK(c.in_doubt == 1);
  CHECK(store().integer("SELECT count(*) FROM attempt") == 4);
  // A second outcome for the same claim changes nothing: somebody else was first.
  CHECK(settle(store(), settled, fence, now) == 0);
  CHECK(store().integer("SELECT count(*) FROM attempt") == 4);
  CHECK(wake(store(), now) == 0);
  CHECK(wake(store(), now + std::chrono::minutes(5)) == 1);
  CHECK(counts().not_started == 1);
}

TEST_CASE_FIXTURE(QueueFixture, "D6: under an old fence nothing is claimed and nothing settled") {
  make_job({DeliveryState::queued, DeliveryState::queued});
  const auto claimed = claim(store(), Channel::email, 1, fence, now);
  store().execute("UPDATE lease SET fence = 8 WHERE name = 'daemon'");
  CHECK(claim(store(), Channel::email, 1, fence, now).empty());
  // The new holder takes over what the old one had in hand; the old one's outcome comes too late.
  CHECK(take_over(store(), Channel::email, 8, {}, now).again == 1);
  CHECK(store().text("SELECT verdict FROM attempt") == "in-doubt");
  const std::array late{settlement(claimed[0], DeliveryState::complete)};
  CHECK(settle(store(), late, fence, now) == 0);
  CHECK(counts().not_started == 2);
  CHECK(claim(store(), Channel::email, 10, 8, now).size() == 2);
}

TEST_CASE_FIXTURE(QueueFixture, "D5: what was never begun goes back without an attempt") {
  make_job({DeliveryState::queued});
  const auto claimed = claim(store(), Channel::email, 1, fence, now);
  const std::array back{claimed.front().id};
  give_back(store(), back, fence, now);
  CHECK(counts().not_started == 1);
  CHECK(claim(store(), Channel::email, 1, fence, now).front().attempts == 1);
}

TEST_CASE_FIXTURE(QueueFixture, "D3: quiet hours hold what is queued, but no emergency") {
  make_job({DeliveryState::queued});
  const auto general = job;
  make_job({DeliveryState::queued}, Priority::emergency);
  const auto school = roster.school_id("CAM");
  CHECK(schools_with_queued(store(), Channel::email) == std::vector{school});
  CHECK(hold(store(), Channel::email, school, now + std::chrono::hours(11), now) == 1);
  CHECK(counts().not_started == 1);
  const auto claimed = claim(store(), Channel::email, 10, fence, now);
  REQUIRE(claimed.size() == 1);
  CHECK(claimed.front().job == job);
  job = general;
  CHECK(counts().held == 1);
  CHECK(next_due(store()) == now + std::chrono::hours(11));
}

TEST_CASE_FIXTURE(QueueFixture, "M3: an emergency is claimed before everything that waited longer") {
  make_job({DeliveryState::queued, DeliveryState::queued});
  make_job({DeliveryState::queued, DeliveryState::queued}, Priority::emergency);
  for (const auto& one : claim(store(), Channel::email, 2, fence, now)) CHECK(one.job == job);
}

TEST_CASE_FIXTURE(QueueFixture, "D7: a rerun takes the new address and keeps the old attempts") {
  make_job({DeliveryState::queued, DeliveryState::queued});
  const auto claimed = claim(store(), Channel::email, 2, fence, now);
  const std::array settled{settlement(claimed[0], DeliveryState::failed),
                           settlement(claimed[1], DeliveryState::complete)};
  settle(store(), settled, fence, now);
  CHECK(rerunnable(store(), job, RerunScope::all).size() == 2);
  const auto failed = rerunnable(store(), job, RerunScope::failed);
  REQUIRE(failed.size() == 1);
  CHECK(requeue(store(), failed.front(), "new@example.org", DeliveryState::queued, now, now));
  CHECK_FALSE(requeue(store(), failed.front(), "new@example.org", DeliveryState::queued, now, now));
  const auto again = claim(store(), Channel::email, 2, fence, now);
  REQUIRE(again.size() == 1);
  CHECK(again.front().address == "new@example.org");
  CHECK(again.front().attempts == 2);
  CHECK(store().integer("SELECT count(*) FROM attempt") == 2);
}

TEST_CASE_FIXTURE(QueueFixture, "A4: nobody is twice in one job") {
  make_job({DeliveryState::queued});
  NewDelivery again;
  again.person = people.front();
  again.school = roster.school_id("CAM");
  again.address = "other@example.org";
  const std::array twice{again};
  CHECK_THROWS(insert_deliveries(store(), job, Channel::email, Priority::general, twice, now));
}

TEST_CASE(
    "D6: one holder at a time, a higher fence each time, a dead process of this machine loses it at once") {
  test::RosterBuilder roster;
  auto& store = roster.store();
  const auto pid = os::process_id();
  const LeaseClaimant me{"daemon", os::host_name(), pid, os::process_start_mark(pid)};
  auto first = Lease::take(store, me, std::chrono::seconds(30));
  REQUIRE(first);
  CHECK_FALSE(Lease::take(store, me, std::chrono::seconds(30)));
  CHECK(lease_holder(store)->pid == pid);
  CHECK(first->renew(store));
  first->release(store);
  CHECK_FALSE(first->renew(store));
  CHECK_FALSE(lease_holder(store));
  const auto second =
      Lease::take(store, {"daemon", os::host_name(), pid, "another start"}, std::chrono::seconds(30));
  REQUIRE(second);
  CHECK(second->fence() == first->fence() + 1);
  // That process id lives, but it is not the process that took the lease.
  const auto third = Lease::take(store, me, std::chrono::seconds(30));
  REQUIRE(third);
  CHECK(third->fence() == second->fence() + 1);
}

TEST_CASE("D6: a holder on another machine must run out") {
  test::RosterBuilder roster;
  auto& store = roster.store();
  REQUIRE(Lease::take(store, {"daemon", "elsewhere", 1, "x"}, std::chrono::seconds(30)));
  const auto pid = os::process_id();
  const LeaseClaimant me{"daemon", os::host_name(), pid, os::process_start_mark(pid)};
  CHECK_FALSE(Lease::take(store, me, std::chrono::seconds(30)));
  store.execute("UPDATE lease SET expires = 1");
  CHECK(Lease::take(store, me, std::chrono::seconds(30)));
}

TEST_CASE("D6: on this machine a clock that is set takes nobody's lease, time does") {
  test::RosterBuilder roster;
  auto& store = roster.store();
  const auto pid = os::process_id();
  const LeaseClaimant me{"daemon", os::host_name(), pid, os::process_start_mark(pid)};
  auto first = Lease::take(store, me, std::chrono::seconds(30));
  REQUIRE(first);
  store.execute("UPDATE lease SET expires = 1");
  CHECK_FALSE(Lease::take(store, me, std::chrono::seconds(30)));
  REQUIRE(first->renew(store));
  store.execute("UPDATE lease SET expires_since_boot = 1");
  const auto second = Lease::take(store, me, std::chrono::seconds(30));
  REQUIRE(second);
  CHECK(second->current(store));
  CHECK_FALSE(first->current(store));
  CHECK_FALSE(first->renew(store));
}

TEST_CASE("M7: a changed, missing or reordered audit entry shows") {
  test::RosterBuilder roster;
  auto& store = roster.store();
  for (const char* act : {"init", "import", "send"}) {
    Transaction transaction(store);
    append_audit(store, {from_millis(1000), "ann", act, "subject", "detail"});
    transaction.commit();
  }
  CHECK(check_audit(store).fault.empty());
  SUBCASE("changed") {
    store.execute("UPDATE audit SET detail = 'other' WHERE id = 2");
  }
  SUBCASE("missing") {
    store.execute("DELETE FROM audit WHERE id = 2");
  }
  SUBCASE("reordered") {
    store.execute("UPDATE audit SET id = 9 WHERE id = 2");
    store.execute("UPDATE audit SET id = 2 WHERE id = 3");
    store.execute("UPDATE audit SET id = 3 WHERE id = 9");
  }
  CHECK(check_audit(store).first_bad == 2);
}

TEST_CASE_FIXTURE(QueueFixture,
                  "D5, T4: cancelling leaves in doubt what may have been delivered, and complete what was") {
  using enum DeliveryState;
  make_job({queued, queued, queued, held});
  const auto taken = claim(store(), Channel::email, 2, fence, now);
  store().execute("UPDATE lease SET fence = 8");
  CHECK(take_over(store(), Channel::email, 8, {}, now).again == 2);
  const auto again = claim(store(), Channel::email, 1, 8, now);
  const std::array settled{settlement(again[0], complete)};
  CHECK(settle(store(), settled, 8, now) == 1);
  const Rerunnable sent{again[0].id, again[0].person, again[0].school, again[0].address, complete};
  CHECK(requeue(store(), sent, sent.address, queued, now, now));
  CHECK(cancel_deliveries(store(), {}, "cancelled", now) == 4);
  const auto c = counts();
  CHECK(c.in_doubt == 1);
  CHECK(c.complete == 1);
  CHECK(c.cancelled == 2);
}

TEST_CASE_FIXTURE(QueueFixture,
                  "A5, T4: who may hear no more at release, but may have heard, stays in doubt") {
  using enum DeliveryState;
  make_job({queued});
  CHECK(claim(store(), Channel::email, 1, fence, now).size() == 1);
  store().execute("UPDATE lease SET fence = 8");
  CHECK(take_over(store(), Channel::email, 8, {}, now).again == 1);
  CHECK(hold(store(), Channel::email, roster.school_id("CAM"), now + std::chrono::hours(9), now) == 1);
  const auto known = known_deliveries(store(), job);
  REQUIRE(known.size() == 1);
  JobCountChanges changes;
  CHECK(drop_delivery(store(), job, known[0], "not-meant", changes, now));
  changes.write(store(), now);
  CHECK(counts().in_doubt == 1);
  CHECK(counts().held == 0);
}

TEST_CASE_FIXTURE(QueueFixture,
                  "D5, T4: what may have arrived stays in doubt, also after later tries were put off") {
  using enum DeliveryState;
  make_job({queued, queued});
  CHECK(claim(store(), Channel::email, 2, fence, now).size() == 2);
  store().execute("UPDATE lease SET fence = 8");
  CHECK(take_over(store(), Channel::email, 8, {}, now).again == 2);
  auto again = claim(store(), Channel::email, 2, 8, now);
  std::array settled{settlement(again[0], waiting), settlement(again[1], waiting)};
  settled[0].outcome.verdict = Outcome::Verdict::deferred;
  // The second is refused for good, and so was never taken.
  settled[1].outcome.verdict = Outcome::Verdict::rejected;
  CHECK(settle(store(), settled, 8, now) == 2);
  CHECK(may_have_arrived(store(), again[0].id, 2));
  CHECK_FALSE(may_have_arrived(store(), again[0].id, 1));
  CHECK(cancel_deliveries(store(), {}, "cancelled", now) == 2);
  CHECK(counts().in_doubt == 1);
  CHECK(counts().cancelled == 1);
}
