#include "store/queue_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

#include "base/error.hpp"
#include "store/fault_store.hpp"
#include "store/job_counts.hpp"
#include "store/number_store.hpp"

namespace crier::store {
void insert_deliveries(Connection& connection, std::int64_t job, Channel channel, Priority priority,
                       std::span<const NewDelivery> deliveries, Instant now,
                       std::optional<std::int64_t> wallet) {
  auto insert = connection.query(
      "INSERT INTO delivery (id, job, person, school, channel, urgency, address, state, reason, due, "
      "attempts, "
      "first_try, claimed_at, fence, updated, segments, cost, wallet) "
      "VALUES (?12, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, NULL, NULL, NULL, ?10, ?11, ?13, ?14)");
  auto insert_content = connection.query(
      "INSERT INTO delivery_content (delivery, related, body, fields) VALUES (?1, ?2, ?3, ?4)");
  JobCountChanges changes;
  auto number = deliveries.empty() ? std::nullopt : number_behind_gone(connection, Numbered::delivery);
  for (const auto& delivery : deliveries) {
    insert
        .with(job, delivery.person, delivery.school, to_text(channel),
              priority == Priority::emergency ? 0 : 1, delivery.address, to_text(delivery.state),
              delivery.reason, to_millis(delivery.due), to_millis(now), delivery.segments, number,
              wallet ? delivery.cost : 0, wallet)
        .run();
    number.reset();  // from here on the table counts
    if (!delivery.related.empty() || delivery.body || delivery.fields) {
      insert_content.with(connection.last_id(), delivery.related, delivery.body, delivery.fields).run();
    }
    changes.add(job, delivery.state);
  }
  changes.write(connection, now);
}

namespace {

/// What an UPDATE that claims gives back, with what hangs on it; emergencies first, then by number: RETURNING
/// keeps no order.
std::vector<Claimed> read_claimed(Connection& connection, Query& take,
                                  const std::function<void(const Claimed&)>& visit) {
  std::vector<Claimed> claimed;
  auto about = connection.query(
      "SELECT job.message, person.code, person.family, person.given, coalesce(content.related, ''), "
      "content.body, content.fields, person.language "
      "FROM job, person LEFT JOIN delivery_content content ON content.delivery = ?3 "
      "WHERE job.id = ?1 AND person.id = ?2");
  while (take.step()) {
    Claimed one;
    one.id = take.integer(0);
    one.job = take.integer(1);
    one.school = take.integer(2);
    one.address = take.text(3);
    one.attempts = static_cast<int>(take.integer(4));
    one.first_try = from_millis(take.integer(5));
    one.round = static_cast<int>(take.integer(7));
    one.urgency = static_cast<int>(take.integer(8));
    one.person = take.integer(6);
    one.batch = take.integer(9);
    about.with(one.job, one.person, one.id);
    if (about.step()) {
      one.message = about.integer(0);
      one.person_code = about.text(1);
      one.family = about.text(2);
      one.given = about.text(3);
      one.related = about.text(4);
      if (!about.is_null(5)) one.body = about.text(5);
      if (!about.is_null(6)) one.fields = about.text(6);
      one.language = about.text(7);
    }
    about.reset();
    visit(one);
    claimed.push_back(std::move(one));
  }
  std::stable_sort(claimed.begin(), claimed.end(), [](const Claimed& a, const Claimed& b) {
    return std::tie(a.urgency, a.id) < std::tie(b.urgency, b.id);
  });
  return claimed;
}

}  // namespace

std::vector<Claimed> claim(Connection& connection, Channel channel, std::int64_t limit, std::int64_t fence,
                           Instant now, ClaimScope scope) {
  // What is queued goes at once; only held and waiting have a time. A clock that stands behind the sender's
  // must not hold it up (interface.md, CRIER_CLOCK).
  auto take = connection.query(R"sql(
UPDATE delivery SET state = 'claimed', attempts = attempts + 1, round = round + 1, claimed_at = ?3, fence = ?4, updated = ?3,
  first_try = coalesce(first_try, ?3)
WHERE id IN (SELECT id FROM delivery WHERE state = 'queued' AND channel = ?1 AND urgency <= ?5
             ORDER BY urgency, due, id LIMIT ?2)
  AND state = 'queued'
  AND EXISTS (SELECT 1 FROM lease WHERE name = 'daemon' AND fence = ?4)
RETURNING id, job, school, address, attempts, first_try, person, round, urgency, coalesce(batch, 0))sql");
  take.with(to_text(channel), limit, to_millis(now), fence, scope == ClaimScope::all ? 1 : 0);
  JobCountChanges changes;
  auto claimed = read_claimed(connection, take, [&](const Claimed& one) {
    changes.move(one.job, DeliveryState::queued, DeliveryState::claimed);
  });
  changes.write(connection, now);
  return claimed;
}

std::vector<Claimed> claim_batch(Connection& connection, Channel channel, std::int64_t batch,
                                 std::int64_t fence, Instant now) {
  JobCountChanges changes;
  {
    auto woken = connection.query(R"sql(
UPDATE delivery SET state = 'queued' WHERE batch = ?1 AND channel = ?2 AND state = 'waiting'
  AND EXISTS (SELECT 1 FROM lease WHERE name = 'daemon' AND fence = ?3) RETURNING job)sql");
    woken.with(batch, to_text(channel), fence);
    while (woken.step()) changes.move(woken.integer(0), DeliveryState::waiting, DeliveryState::queued);
  }
  auto take = connection.query(R"sql(
UPDATE delivery SET state = 'claimed', attempts = attempts + 1, round = round + 1, claimed_at = ?3, fence = ?4, updated = ?3,
  first_try = coalesce(first_try, ?3)
WHERE batch = ?1 AND channel = ?2 AND state = 'queued'
  AND EXISTS (SELECT 1 FROM lease WHERE name = 'daemon' AND fence = ?4)
RETURNING id, job, school, address, attempts, first_try, person, round, urgency, coalesce(batch, 0))sql");
  take.with(batch, to_text(channel), to_millis(now), fence);
  auto claimed = read_claimed(connection, take, [&](const Claimed& one) {
    changes.move(one.job, DeliveryState::queued, DeliveryState::claimed);
  });
  changes.write(connection, now);
  return claimed;
}

std::int64_t settle(Connection& connection, std::span<const Settlement> settlements, std::int64_t fence,
                    Instant now) {
  auto update = connection.query(R"sql(
UPDATE delivery SET state = ?3, due = ?4, claimed_at = NULL, fence = NULL, updated = ?5, batch = nullif(?6, 0),
  reason = CASE WHEN ?3 = 'cancelled' THEN ?7 ELSE reason END
WHERE id = ?1 AND state = 'claimed' AND fence = ?2
RETURNING job)sql");
  auto insert = connection.query(R"sql(
INSERT INTO attempt (delivery, n, started, ended, verdict, fault, cause, host, port, tls, code, enhanced, text, fence,
  gateway_id)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15))sql");
  JobCountChanges changes;
  std::set<std::int64_t> to_weigh;
  std::int64_t changed = 0;
  for (const auto& one : settlements) {
    const auto& o = one.outcome;
    // What may have arrived goes again with the same others, or not at all.
    const auto batch = o.verdict == Outcome::Verdict::in_doubt ? o.batch : 0;
    update.with(one.delivery, fence, to_text(one.state), to_millis(one.due), to_millis(now), batch, o.cause);
    if (!update.step()) {
      update.reset();
      continue;
    }
    const auto job = update.integer(0);
    changes.move(job, DeliveryState::claimed, one.state);
    update.reset();
    // D9: weighed once all of the job has been tried.
    if (one.state == DeliveryState::failed && o.fault == Outcome::Fault::recipient) to_weigh.insert(job);
    insert
        .with(one.delivery, one.attempt, to_millis(one.started), to_millis(now), to_text(o.verdict),
              to_text(o.fault), o.cause, o.host, o.port, o.tls, o.code, o.enhanced, o.text, fence,
              o.gateway_id)
        .run();
    ++changed;
  }
  changes.write(connection, now);
  for (const auto job : to_weigh) note_job_to_weigh(connection, job);
  return changed;
}

void give_back(Connection& connection, std::span<const std::int64_t> deliveries, std::int64_t fence,
               Instant now) {
  auto update = connection.query(R"sql(
UPDATE delivery SET state = 'queued', attempts = attempts - 1, round = round - 1, claimed_at = NULL, fence = NULL, updated = ?3,
  batch = NULL, first_try = CASE WHEN attempts = 1 THEN NULL ELSE first_try END
WHERE id = ?1 AND state = 'claimed' AND fence = ?2
RETURNING job)sql");
  JobCountChanges changes;
  for (const auto id : deliveries) {
    update.with(id, fence, to_millis(now));
    if (update.step()) changes.move(update.integer(0), DeliveryState::claimed, DeliveryState::queued);
    update.reset();
  }
  changes.write(connection, now);
}

void leave_in_doubt(Connection& connection, std::span<const std::int64_t> deliveries, std::int64_t fence,
                    Instant now) {
  auto update = connection.query(R"sql(
UPDATE delivery SET state = 'in-doubt', attempts = attempts - 1, round = round - 1, claimed_at = NULL, fence = NULL,
  batch = NULL, updated = ?3 WHERE id = ?1 AND state = 'claimed' AND fence = ?2 RETURNING job)sql");
  JobCountChanges changes;
  for (const auto id : deliveries) {
    update.with(id, fence, to_millis(now));
    if (update.step()) changes.move(update.integer(0), DeliveryState::claimed, DeliveryState::in_doubt);
    update.reset();
  }
  changes.write(connection, now);
}

void put_off(Connection& connection, std::int64_t delivery, std::int64_t fence, Instant until, Instant now) {
  auto update = connection.query(R"sql(
UPDATE delivery SET state = 'waiting', attempts = attempts - 1, round = round - 1, claimed_at = NULL, fence = NULL,
  due = ?3, updated = ?4, first_try = CASE WHEN attempts = 1 THEN NULL ELSE first_try END
WHERE id = ?1 AND state = 'claimed' AND fence = ?2
RETURNING job)sql");
  update.with(delivery, fence, to_millis(until), to_millis(now));
  if (!update.step()) return;
  JobCountChanges changes;
  changes.move(update.integer(0), DeliveryState::claimed, DeliveryState::waiting);
  update.reset();
  changes.write(connection, now);
}

TakenOverCounts take_over(Connection& connection, Channel channel, std::int64_t fence, const TakenOver& rule,
                          Instant now) {
  connection
      .query(R"sql(
INSERT INTO attempt (delivery, n, started, ended, verdict, fault, cause, host, port, tls, code, enhanced, text, fence)
SELECT id, attempts, claimed_at, ?2, 'in-doubt', 'none', 'interrupted', '', 0, 'none', 0, '',
  'crier was interrupted while this was under way', fence
FROM delivery WHERE state = 'claimed' AND channel = ?1 AND fence <> ?3
  AND EXISTS (SELECT 1 FROM lease WHERE name = 'daemon' AND fence = ?3) ORDER BY id)sql")
      .with(to_text(channel), to_millis(now), fence)
      .run();
  auto update = connection.query(R"sql(
UPDATE delivery SET claimed_at = NULL, fence = NULL, due = ?4, updated = ?4,
  state = CASE WHEN urgency = 0 THEN ?5 ELSE ?3 END
WHERE state = 'claimed' AND channel = ?1 AND fence <> ?2
  AND EXISTS (SELECT 1 FROM lease WHERE name = 'daemon' AND fence = ?2)
RETURNING job, state)sql");
  update.with(to_text(channel), fence, to_text(rule.next), to_millis(now), to_text(rule.emergencies));
  JobCountChanges changes;
  TakenOverCounts taken;
  while (update.step()) {
    const auto next = parse_delivery_state(update.view(1));
    changes.move(update.integer(0), DeliveryState::claimed, next);
    ++(next == DeliveryState::in_doubt ? taken.in_doubt : taken.again);
  }
  changes.write(connection, now);
  return taken;
}

std::int64_t wake(Connection& connection, Instant now) {
  JobCountChanges changes;
  std::int64_t woken = 0;
  auto update = connection.query(
      "UPDATE delivery SET state = 'queued', updated = ?1 WHERE state = 'waiting' AND due <= ?1 RETURNING "
      "job");
  update.with(to_millis(now));
  while (update.step()) {
    changes.move(update.integer(0), DeliveryState::waiting, DeliveryState::queued);
    ++woken;
  }
  changes.write(connection, now);
  return woken;
}

std::int64_t hold(Connection& connection, Channel channel, std::int64_t school, Instant until, Instant now) {
  auto update = connection.query(
      // A night does not count against the retry deadline.
      "UPDATE delivery SET state = CASE WHEN batch IS NULL THEN 'held' ELSE 'in-doubt' END, due = ?3, "
      "first_try = NULL, updated = ?4 WHERE state = 'queued' AND channel = ?1 "
      "AND urgency > 0 AND school = ?2 RETURNING job, state");
  update.with(to_text(channel), school, to_millis(until), to_millis(now));
  return count_moved(connection, update, DeliveryState::queued, now);
}

std::vector<std::int64_t> schools_with_queued(Connection& connection, Channel channel) {
  auto rows = connection.query(
      "SELECT DISTINCT m.school FROM job j JOIN message m ON m.id = j.message "
      "WHERE j.not_started > 0 AND j.channel = ?1 ORDER BY m.school");
  rows.with(to_text(channel));
  std::vector<std::int64_t> schools;
  while (rows.step()) schools.push_back(rows.integer(0));
  return schools;
}

std::optional<Instant> next_due(Connection& connection) {
  auto found = connection.query(R"sql(
SELECT min(due) FROM (SELECT min(due) AS due FROM delivery WHERE state = 'waiting'
  UNION ALL SELECT min(due) FROM delivery WHERE state = 'held'))sql");
  if (!found.step() || found.is_null(0)) return std::nullopt;
  return from_millis(found.integer(0));
}

std::vector<Rerunnable> rerunnable(Connection& connection, std::int64_t job, RerunScope scope) {
  auto rows = connection.query(
      scope == RerunScope::failed ? "SELECT id, person, school, address, state, segments FROM delivery WHERE "
                                    "job = ?1 AND state = 'failed' ORDER BY id"
                                  : "SELECT id, person, school, address, state, segments FROM delivery WHERE "
                                    "job = ?1 AND state IN ('failed', 'complete', 'cancelled') ORDER BY id");
  rows.with(job);
  std::vector<Rerunnable> found;
  while (rows.step()) {
    found.push_back({rows.integer(0), rows.integer(1), rows.integer(2), rows.text(3),
                     parse_delivery_state(rows.view(4)), rows.integer(5)});
  }
  return found;
}

void replace_words(Connection& connection, std::int64_t delivery, const NewDelivery& now_planned) {
  connection.query("UPDATE delivery SET segments = ?2 WHERE id = ?1 AND segments <> ?2")
      .with(delivery, now_planned.segments)
      .run();
  if (now_planned.related.empty() && !now_planned.body && !now_planned.fields) {
    connection.query("DELETE FROM delivery_content WHERE delivery = ?1").with(delivery).run();
    return;
  }
  connection
      .query(
          "INSERT INTO delivery_content (delivery, related, body, fields) VALUES (?1, ?2, ?3, ?4) "
          "ON CONFLICT (delivery) DO UPDATE SET related = excluded.related, body = excluded.body, "
          "fields = excluded.fields")
      .with(delivery, now_planned.related, now_planned.body, now_planned.fields)
      .run();
}

bool can_go_now(Connection& connection, std::int64_t message) {
  auto found = connection.query(R"sql(
SELECT EXISTS (
  SELECT 1 FROM job j JOIN delivery d ON d.job = j.id
  WHERE j.message = ?1 AND (j.not_started > 0 OR j.processing > 0)
    AND (d.state = 'claimed' OR (d.state = 'queued'
      AND NOT EXISTS (SELECT 1 FROM channel_stop s WHERE s.channel = d.channel)
      AND NOT EXISTS (SELECT 1 FROM channel_limit l WHERE l.channel = d.channel))))
)sql");
  return found.with(message).step() && found.integer(0) == 1;
}

std::int64_t queued_behind_stops(Connection& connection) {
  return connection.integer(
      "SELECT coalesce(sum(not_started), 0) FROM job WHERE not_started > 0 AND channel IN "
      "(SELECT channel FROM channel_stop UNION SELECT channel FROM channel_limit)");
}

bool may_have_arrived(Connection& connection, std::int64_t delivery, int tries) {
  auto found = connection.query(
      "SELECT 1 FROM (SELECT verdict FROM attempt WHERE delivery = ?1 ORDER BY n DESC, id DESC LIMIT ?2) "
      "WHERE verdict = 'in-doubt' LIMIT 1");
  return found.with(delivery, tries).step();
}

bool confirm_doubtful(Connection& connection, std::int64_t delivery, std::string_view said_by, Instant now) {
  auto update = connection.query(
      "UPDATE delivery SET state = 'complete', reason = '', updated = ?2 WHERE id = ?1 AND state = "
      "'in-doubt' "
      "RETURNING job, attempts");
  update.with(delivery, to_millis(now));
  if (!update.step()) return false;
  const auto job = update.integer(0);
  const auto attempts = update.integer(1);
  update.reset();
  connection
      .query(R"sql(
INSERT INTO attempt (delivery, n, started, ended, verdict, fault, cause, host, port, tls, code, enhanced, text, fence)
VALUES (?1, ?2, ?3, ?3, 'delivered', 'none', 'decided', '', 0, 'none', 0, '', ?4, 0))sql")
      .with(delivery, attempts, to_millis(now), said_by)
      .run();
  JobCountChanges changes;
  changes.move(job, DeliveryState::in_doubt, DeliveryState::complete);
  changes.write(connection, now);
  return true;
}

bool requeue(Connection& connection, const Rerunnable& delivery, std::string_view address, DeliveryState to,
             Instant due, Instant now, const Booking& booking) {
  auto update = connection.query(
      "UPDATE delivery SET state = ?3, address = ?4, reason = '', due = ?5, first_try = NULL, round = 0, "
      "batch = NULL, updated = ?6, cost = ?7, wallet = ?8 "
      "WHERE id = ?1 AND state = ?2 RETURNING job");
  update.with(delivery.delivery, to_text(delivery.state), to_text(to), address, to_millis(due),
              to_millis(now), booking.cost, booking.wallet);
  if (!update.step()) return false;
  JobCountChanges changes;
  changes.move(update.integer(0), delivery.state, to);
  update.reset();
  changes.write(connection, now);
  return true;
}

std::optional<ChannelStop> channel_stop(Connection& connection, Channel channel) {
  auto found = connection.query("SELECT cause, text, since, retry_at FROM channel_stop WHERE channel = ?1");
  found.with(to_text(channel));
  if (!found.step()) return std::nullopt;
  return ChannelStop{found.text(0), found.text(1), from_millis(found.integer(2)),
                     from_millis(found.integer(3))};
}

void stop_channel(Connection& connection, Channel channel, const ChannelStop& stop) {
  connection
      .query(
          "INSERT INTO channel_stop (channel, cause, text, since, retry_at) VALUES (?1, ?2, ?3, ?4, ?5) "
          "ON CONFLICT (channel) DO UPDATE SET cause = excluded.cause, text = excluded.text, "
          "retry_at = excluded.retry_at")
      .with(to_text(channel), stop.cause, stop.text, to_millis(stop.since), to_millis(stop.retry_at))
      .run();
}

void clear_stop(Connection& connection, Channel channel) {
  connection.query("DELETE FROM channel_stop WHERE channel = ?1").with(to_text(channel)).run();
}

}  // namespace crier::store
