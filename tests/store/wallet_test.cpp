#include "store/wallet_store.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>

#include "base/error.hpp"
#include "store/job_counts.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"
#include "store/release_store.hpp"
#include "store/report_store.hpp"
#include "support/roster_builder.hpp"

using namespace crier;
using namespace crier::store;
using enum DeliveryState;

namespace {

constexpr std::int64_t paid_in = 100'000;
constexpr std::int64_t price = 150;

struct WalletFixture {
  test::RosterBuilder roster;
  Instant now = *parse_rfc3339("2026-11-25T08:30:00Z");
  std::int64_t fence = 7;
  std::int64_t job = 0;
  std::int64_t wallet = 0;
  std::vector<std::int64_t> people;

  Connection& store() { return roster.store(); }

  void make_job(std::initializer_list<DeliveryState> states, Priority priority = Priority::general) {
    for (std::size_t i = people.size(); i < states.size(); ++i) {
      people.push_back(roster.contact("C" + std::to_string(i), "Given", "Family" + std::to_string(i)).id());
    }
    const auto school = roster.school_id("CAM");
    wallet = open_wallet(store(), std::nullopt).id;
    if (find_wallet(store(), std::nullopt)->balance == 0)
      book_by_hand(store(), wallet, WalletEntryKind::top_up, paid_in, "ann", "", now);
    MessageRow message;
    message.school = school;
    message.subject = "Subject";
    message.body = "Body";
    message.sender = "test";
    message.created = now;
    message.state = MessageState::released;
    job = insert_job(store(), insert_message(store(), message), Channel::sms, now);
    std::vector<NewDelivery> deliveries;
    for (const auto state : states) {
      NewDelivery one;
      one.person = people[deliveries.size()];
      one.school = school;
      one.address = "+447400123456";
      one.state = state;
      one.due = now;
      one.segments = 1 + static_cast<std::int64_t>(deliveries.size()) % 3;
      one.cost = state == failed ? 0 : one.segments * price;
      deliveries.push_back(one);
    }
    insert_deliveries(store(), job, Channel::sms, priority, deliveries, now, wallet);
    store().execute(
        "INSERT INTO lease (name, fence, holder, host, pid, start_mark, taken, expires) "
        "VALUES ('daemon', 7, 'test', 'here', 1, '', 0, 0) ON CONFLICT DO NOTHING");
  }

  /// Balance and what is reserved, as a wallet that adds up.
  std::pair<std::int64_t, std::int64_t> figures() {
    for (const auto& fault : wallet_faults(store())) FAIL_CHECK(fault);
    CHECK(jobs_that_do_not_add_up(store()).empty());
    const auto found = find_wallet(store(), std::nullopt).value();
    return {found.balance, found.reserved};
  }
  void check(std::int64_t charged, std::int64_t reserved) {
    CHECK(figures() == std::pair{paid_in - charged, reserved});
  }

  static Settlement settlement(const Claimed& claimed, DeliveryState state, Outcome::Verdict verdict,
                               Instant now) {
    Settlement one;
    one.delivery = claimed.id;
    one.attempt = claimed.attempts;
    one.started = now;
    one.state = state;
    one.due = now;
    one.outcome.verdict = verdict;
    return one;
  }
  void settle_one(const Claimed& claimed, DeliveryState state, Outcome::Verdict verdict) {
    const std::array one{settlement(claimed, state, verdict, now)};
    REQUIRE(settle(store(), one, fence, now) == 1);
  }
  std::vector<Claimed> take(std::int64_t most = 100) {
    return claim(store(), Channel::sms, most, fence, now);
  }
  void next_holder() { store().execute("UPDATE lease SET fence = " + std::to_string(++fence)); }
  Rerunnable as_it_is(std::int64_t delivery) {
    for (const auto& one : rerunnable(store(), job, RerunScope::all)) {
      if (one.delivery == delivery) return one;
    }
    auto found =
        store().query("SELECT id, person, school, address, state, segments FROM delivery WHERE id = ?1");
    found.with(delivery);
    REQUIRE(found.step());
    return {found.integer(0),
            found.integer(1),
            found.integer(2),
            found.text(3),
            parse_delivery_state(found.view(4)),
            found.integer(5)};
  }
};

using Verdict = Outcome::Verdict;

}  // namespace

TEST_CASE_FIXTURE(WalletFixture,
                  "D8: what is queued or held is reserved, what failed from the start is not") {
  make_job({queued, held, failed});
  check(0, 150 + 300);
  const auto entries = wallet_entries(store(), {}, 0, 10);
  REQUIRE(entries.size() == 3);
  CHECK(entries.back().kind == WalletEntryKind::top_up);
  CHECK(entries.back().said_by == "ann");
  CHECK(entries.front().kind == WalletEntryKind::reserve);
  CHECK(entries.front().message == 1);
}

TEST_CASE_FIXTURE(WalletFixture,
                  "D8: charged when complete or in doubt, given back when failed or cancelled") {
  make_job({queued, queued, queued, queued, held});
  const auto taken = take();
  check(0, 150 + 300 + 450 + 150 + 300);
  settle_one(taken[0], complete, Verdict::delivered);
  check(150, 300 + 450 + 150 + 300);
  settle_one(taken[1], in_doubt, Verdict::in_doubt);
  check(450, 450 + 150 + 300);
  settle_one(taken[2], failed, Verdict::rejected);
  check(450, 150 + 300);
  settle_one(taken[3], waiting, Verdict::deferred);
  check(450, 150 + 300);
  CHECK(cancel_deliveries(store(), {}, "cancelled", now) == 2);
  check(450, 0);
  CHECK(count_wallet_entries(store(), {{}, WalletEntryKind::charge}) == 2);
  CHECK(count_wallet_entries(store(), {{}, WalletEntryKind::release}) == 3);
}

TEST_CASE_FIXTURE(
    WalletFixture,
    "D8: what a person decides of a doubt is not charged twice, and sent again it is reserved anew") {
  make_job({queued, queued});
  for (const auto& one : take()) settle_one(one, in_doubt, Verdict::in_doubt);
  check(450, 0);
  const auto first = as_it_is(1);
  CHECK(confirm_doubtful(store(), 1, "ann says so", now));
  check(450, 0);
  CHECK(requeue(store(), as_it_is(2), first.address, queued, now, now, {wallet, 300}));
  check(450, 300);
  settle_one(take().at(0), complete, Verdict::delivered);
  check(750, 0);
}

TEST_CASE_FIXTURE(WalletFixture,
                  "D8, D7: a rerun reserves the price of the corrected number, and its end is charged") {
  make_job({queued, queued});
  for (const auto& one : take()) settle_one(one, failed, Verdict::rejected);
  check(0, 0);
  CHECK(requeue(store(), as_it_is(1), "+8613800138000", queued, now, now, {wallet, 50}));
  check(0, 50);
  settle_one(take().at(0), complete, Verdict::delivered);
  check(50, 0);
  // Without a wallet by now: nothing is booked any more.
  CHECK(requeue(store(), as_it_is(1), "+8613800138000", queued, now, now));
  check(50, 0);
}

TEST_CASE_FIXTURE(WalletFixture,
                  "D8, D7: what was complete, was to go again and is called off is not charged again") {
  make_job({queued});
  settle_one(take().at(0), complete, Verdict::delivered);
  CHECK(requeue(store(), as_it_is(1), "+447400123456", queued, now, now, {wallet, 150}));
  check(150, 150);
  CHECK(cancel_deliveries(store(), {}, "cancelled", now) == 1);
  check(150, 0);
}

TEST_CASE_FIXTURE(WalletFixture,
                  "D8, D5: an interrupted text is charged, and what goes rather twice for each time") {
  make_job({queued});
  CHECK(take().size() == 1);
  next_holder();
  CHECK(take_over(store(), Channel::sms, fence, {in_doubt, queued}, now).in_doubt == 1);
  check(150, 0);
  make_job({queued}, Priority::emergency);
  CHECK(take().size() == 1);
  next_holder();
  CHECK(take_over(store(), Channel::sms, fence, {in_doubt, queued}, now).again == 1);
  check(300, 150);
  settle_one(take().at(0), complete, Verdict::delivered);
  check(450, 0);
}

TEST_CASE_FIXTURE(WalletFixture, "D8, T4: called off after a doubt and a deferral, it is charged once") {
  make_job({queued});
  settle_one(take().at(0), waiting, Verdict::in_doubt);
  check(150, 150);
  // The same try told a second time is no second text.
  store().execute(
      "INSERT INTO attempt (delivery, n, started, ended, verdict, fault, cause, host, port, tls, code, "
      "enhanced, "
      "text, fence) SELECT delivery, n, started, ended, verdict, fault, cause, host, port, tls, code, "
      "enhanced, text, "
      "fence FROM attempt");
  check(150, 150);
  CHECK(wake(store(), now) == 1);
  settle_one(take().at(0), waiting, Verdict::deferred);
  CHECK(cancel_deliveries(store(), {}, "cancelled", now) == 1);
  CHECK(as_it_is(1).state == in_doubt);
  check(150, 0);
}

TEST_CASE_FIXTURE(WalletFixture, "D8, A5: renewed words change what is reserved") {
  make_job({held, held, held});
  const auto known = known_deliveries(store(), job);
  CHECK(known[1].booked.cost == 300);
  CHECK(known[1].booked.wallet == wallet);
  JobCountChanges changes;
  NewDelivery longer;
  longer.state = queued;
  longer.address = "+447400123456";
  longer.segments = 4;
  longer.cost = 600;
  CHECK(renew_delivery(store(), job, known[0], longer, changes, now, wallet));
  longer.segments = 1;
  longer.cost = 150;
  CHECK(renew_delivery(store(), job, known[1], longer, changes, now, wallet));
  // Another wallet pays from now on.
  const auto other = open_wallet(store(), roster.school_id("CAM")).id;
  CHECK(renew_delivery(store(), job, known[2], longer, changes, now, other));
  changes.write(store(), now);
  check(0, 600 + 150);
  CHECK(find_wallet(store(), roster.school_id("CAM"))->reserved == 150);
}

TEST_CASE_FIXTURE(WalletFixture, "D8: a bounce after the charge gives nothing back") {
  make_job({queued});
  settle_one(take().at(0), complete, Verdict::delivered);
  store().execute("UPDATE delivery SET state = 'failed'; UPDATE job SET complete = 0, failed = 1");
  check(150, 0);
}

TEST_CASE_FIXTURE(WalletFixture, "D8: entries are never changed and never deleted") {
  make_job({queued});
  CHECK_THROWS(store().execute("UPDATE wallet_entry SET paid = 1"));
  CHECK_THROWS(store().execute("DELETE FROM wallet_entry"));
  check(0, 150);
}

TEST_CASE_FIXTURE(WalletFixture, "D8: the check sees a balance, a reservation and a charge that are wrong") {
  make_job({queued, queued});
  settle_one(take(1).at(0), complete, Verdict::delivered);
  check(150, 300);
  SUBCASE("balance") {
    store().execute("UPDATE wallet SET balance = balance + 1");
  }
  SUBCASE("reserved") {
    store().execute("UPDATE wallet SET reserved = 0");
  }
  SUBCASE("a reservation that nobody gave back") {
    store().execute("DROP TRIGGER wallet_at_change; UPDATE delivery SET state = 'cancelled' WHERE id = 2");
  }
  SUBCASE("a delivery that holds too little") {
    store().execute("DROP TRIGGER wallet_at_change; UPDATE delivery SET cost = 900 WHERE id = 2");
  }
  SUBCASE("a charge that was forgotten") {
    store().execute("DROP TRIGGER wallet_at_change; UPDATE delivery SET state = 'complete' WHERE id = 2");
  }
  CHECK_FALSE(wallet_faults(store()).empty());
}

TEST_CASE_FIXTURE(WalletFixture, "D8: without a wallet nothing is booked") {
  make_job({queued});
  store().execute("UPDATE delivery SET wallet = NULL");
  check(0, 0);
  settle_one(take().at(0), complete, Verdict::delivered);
  check(0, 0);
}

TEST_CASE_FIXTURE(WalletFixture, "D8: staff hear once, and again after a top-up") {
  make_job({queued});
  CHECK(note_told_low(store(), wallet, now));
  CHECK_FALSE(note_told_low(store(), wallet, now));
  book_by_hand(store(), wallet, WalletEntryKind::correction, -5, "ann", "mistyped", now);
  CHECK_FALSE(note_told_low(store(), wallet, now));
  book_by_hand(store(), wallet, WalletEntryKind::top_up, 5, "ann", "", now);
  CHECK(note_told_low(store(), wallet, now));
}

namespace {

/// One step of the queue's life, whichever; what it does to the wallet is looked at afterwards.
void step(WalletFixture& at, std::mt19937& random) {
  const auto chance = [&](unsigned of) { return random() % of == 0; };
  auto& store = at.store();
  switch (random() % 9) {
    case 0:
    case 1:
      for (const auto& one : at.take(1 + random() % 4)) {
        switch (random() % 7) {
          case 0:
            at.settle_one(one, complete, Verdict::delivered);
            break;
          case 1:
            at.settle_one(one, failed, Verdict::rejected);
            break;
          case 2:
            at.settle_one(one, in_doubt, Verdict::in_doubt);
            break;
          case 3:
            at.settle_one(one, waiting, chance(2) ? Verdict::in_doubt : Verdict::deferred);
            break;
          case 4:
            give_back(store, {{one.id}}, at.fence, at.now);
            break;
          case 5:
            put_off(store, one.id, at.fence, at.now, at.now);
            break;
          default:
            break;  // stays claimed
        }
      }
      break;
    case 2:
      at.next_holder();
      (void)take_over(store, Channel::sms, at.fence, {in_doubt, queued}, at.now);
      break;
    case 3:
      (void)wake(store, at.now);
      break;
    case 4: {
      const auto all = rerunnable(store, at.job, RerunScope::all);
      if (all.empty()) break;
      const auto& one = all[random() % all.size()];
      (void)requeue(store, one, one.address, chance(3) ? held : queued, at.now, at.now,
                    {at.wallet, one.segments * price});
      break;
    }
    case 5:
      if (chance(3)) (void)cancel_deliveries(store, {{}, at.people[random() % 6]}, "cancelled", at.now);
      break;
    case 6: {
      std::vector<std::int64_t> ids;
      {
        auto rows = store.query("SELECT id FROM delivery WHERE state = 'in-doubt' ORDER BY id");
        while (rows.step()) ids.push_back(rows.integer(0));
      }
      if (ids.empty()) break;
      const auto one = at.as_it_is(ids[random() % ids.size()]);
      if (chance(2)) {
        (void)confirm_doubtful(store, one.delivery, "ann", at.now);
      } else {
        (void)requeue(store, one, one.address, queued, at.now, at.now, {at.wallet, one.segments * price});
      }
      break;
    }
    case 7:
      (void)hold(store, Channel::sms, at.roster.school_id("CAM"), at.now, at.now);
      break;
    default: {
      JobCountChanges changes;
      for (const auto& one : known_deliveries(store, at.job)) {
        if (one.state != held || chance(2)) continue;
        if (chance(3)) {
          (void)drop_delivery(store, at.job, one, "not-meant", changes, at.now);
          continue;
        }
        NewDelivery next;
        next.state = queued;
        next.address = one.address;
        next.segments = one.segments;
        next.cost = one.segments * price;
        (void)release_as_it_is(store, at.job, one, next, changes, at.now, at.wallet);
      }
      changes.write(store, at.now);
    }
  }
}

}  // namespace

TEST_CASE(
    "D8: whatever the queue does, the balance is what was paid in less a charge for each try that may have "
    "gone") {
  std::int64_t charges = 0;
  std::int64_t releases = 0;
  for (unsigned seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    WalletFixture at;
    std::mt19937 random(seed);
    at.make_job({queued, queued, held, queued, failed, held},
                seed % 2 == 0 ? Priority::emergency : Priority::general);
    for (int i = 0; i < 250; ++i) {
      {
        Transaction transaction(at.store());
        step(at, random);
        transaction.commit();
      }
      // By another path than the entries: the tries that a gateway took or may have taken, and what has not
      // gone.
      const auto charged = at.store().integer(
          "SELECT coalesce(sum(d.segments), 0) FROM delivery d JOIN (SELECT DISTINCT delivery, n FROM "
          "attempt "
          "WHERE verdict IN ('delivered', 'in-doubt') AND cause <> 'decided') a ON a.delivery = d.id");
      const auto open = at.store().integer(
          "SELECT coalesce(sum(segments), 0) FROM delivery WHERE state IN ('queued', 'held', 'claimed', "
          "'waiting')");
      REQUIRE(at.figures() == std::pair{paid_in - charged * price, open * price});
    }
    charges += at.store().integer("SELECT count(*) FROM wallet_entry WHERE kind = 'charge'");
    releases += at.store().integer("SELECT count(*) FROM wallet_entry WHERE kind = 'release'");
  }
  CHECK(charges > 100);
  CHECK(releases > 100);
}
