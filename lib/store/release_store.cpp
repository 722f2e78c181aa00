#include "store/release_store.hpp"

#include <algorithm>

#include "store/json_list.hpp"

namespace crier::store {

std::vector<JobKey> jobs_to_release(Connection& connection, Instant now) {
  auto rows = connection.query(R"sql(
SELECT job.id, job.message, job.channel FROM job
WHERE job.id IN (SELECT job FROM delivery WHERE state = 'held' AND due <= ?1)
ORDER BY job.id)sql");
  rows.with(to_millis(now));
  std::vector<JobKey> jobs;
  while (rows.step()) {
    jobs.push_back({rows.integer(0), rows.integer(1), parse_channel(rows.view(2)).value_or(Channel::email)});
  }
  return jobs;
}

std::optional<Instant> next_release(Connection& connection) {
  auto found = connection.query("SELECT min(due) FROM delivery WHERE state = 'held'");
  if (!found.step() || found.is_null(0)) return std::nullopt;
  return from_millis(found.integer(0));
}

std::vector<std::int64_t> expired_messages(Connection& connection, Instant now) {
  auto rows = connection.query(R"sql(
SELECT DISTINCT job.message FROM job CROSS JOIN message
WHERE (job.not_started > 0 OR job.held > 0 OR job.processing > 0)
  AND message.id = job.message AND message.expires <= ?1
ORDER BY job.message)sql");
  rows.with(to_millis(now));
  std::vector<std::int64_t> messages;
  while (rows.step()) messages.push_back(rows.integer(0));
  return messages;
}

std::vector<KnownDelivery> known_deliveries(Connection& connection, std::int64_t job) {
  auto rows = connection.query(
      "SELECT id, person, state, due, attempts, address, segments, wallet, cost FROM delivery WHERE job = ?1 "
      "ORDER BY person");
  rows.with(job);
  std::vector<KnownDelivery> known;
  while (rows.step()) {
    known.push_back({rows.integer(0),
                     rows.integer(1),
                     parse_delivery_state(rows.view(2)),
                     from_millis(rows.integer(3)),
                     static_cast<int>(rows.integer(4)),
                     rows.text(5),
                     rows.integer(6),
                     {rows.maybe_integer(7), rows.integer(8)}});
  }
  return known;
}

namespace {

bool update_delivery(Connection& connection, std::int64_t job, const KnownDelivery& known,
                     const NewDelivery& now_planned, JobCountChanges& changes, Instant now,
                     std::optional<std::int64_t> wallet) {
  auto update = connection.query(R"sql(
UPDATE delivery SET state = ?3, address = ?4, reason = ?5, due = ?6, first_try = NULL, updated = ?7, cost = ?8,
  wallet = ?9
WHERE id = ?1 AND state = ?2 RETURNING id)sql");
  update.with(known.id, to_text(known.state), to_text(now_planned.state), now_planned.address,
              now_planned.reason, to_millis(now_planned.due), to_millis(now), wallet ? now_planned.cost : 0,
              wallet);
  if (!update.step()) return false;
  changes.move(job, known.state, now_planned.state);
  return true;
}

}  // namespace

bool renew_delivery(Connection& connection, std::int64_t job, const KnownDelivery& known,
                    const NewDelivery& now_planned, JobCountChanges& changes, Instant now,
                    std::optional<std::int64_t> wallet) {
  if (!update_delivery(connection, job, known, now_planned, changes, now, wallet)) return false;
  replace_words(connection, known.id, now_planned);
  return true;
}

namespace {

/// Calls off what is in a state: what its last try has done already stays done. It may have been delivered
/// (D5), or was, before it was to be sent again (D7); that counts as told (T4).
constexpr auto call_off = R"sql(
UPDATE delivery SET reason = ?3, updated = ?4, state = CASE
  WHEN (SELECT verdict FROM attempt WHERE attempt.delivery = delivery.id ORDER BY n DESC, id DESC LIMIT 1) = 'delivered'
    THEN 'complete'
  WHEN EXISTS (SELECT 1 FROM attempt WHERE attempt.delivery = delivery.id AND attempt.verdict = 'in-doubt'
    AND NOT EXISTS (SELECT 1 FROM attempt AS later WHERE later.delivery = delivery.id AND later.n > attempt.n
      AND later.verdict IN ('rejected', 'delivered')))
    THEN 'in-doubt'
  ELSE 'cancelled' END
WHERE id = ?1 AND state = ?2 RETURNING state)sql";

}  // namespace

bool drop_delivery(Connection& connection, std::int64_t job, const KnownDelivery& known,
                   std::string_view reason, JobCountChanges& changes, Instant now) {
  auto update = connection.query(call_off);
  update.with(known.id, to_text(DeliveryState::held), reason, to_millis(now));
  if (!update.step()) return false;
  changes.move(job, DeliveryState::held, parse_delivery_state(update.view(0)));
  return true;
}

bool release_as_it_is(Connection& connection, std::int64_t job, const KnownDelivery& known,
                      const NewDelivery& now_planned, JobCountChanges& changes, Instant now,
                      std::optional<std::int64_t> wallet) {
  if (known.state != DeliveryState::held) return false;
  return update_delivery(connection, job, known, now_planned, changes, now, wallet) &&
         now_planned.state == DeliveryState::queued;
}

void put_off_release(Connection& connection, std::int64_t job, Instant now, Instant until) {
  connection
      .query("UPDATE delivery SET due = ?3, updated = ?2 WHERE job = ?1 AND state = 'held' AND due <= ?2")
      .with(job, to_millis(now), to_millis(until))
      .run();
}

std::vector<std::string> codes_of(Connection& connection, std::span<const std::int64_t> people) {
  const auto list = json_list(people);
  auto rows =
      connection.query("SELECT code FROM person WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id");
  rows.with(list);
  std::vector<std::string> codes;
  while (rows.step()) codes.push_back(rows.text(0));
  return codes;
}

namespace {

struct OpenDelivery {
  std::int64_t id = 0;
  std::int64_t job = 0;
  DeliveryState state = DeliveryState::queued;
};

/// What has not gone, and what is under way. The one that is named leads.
std::vector<OpenDelivery> open_deliveries(Connection& connection, const CancelScope& scope) {
  auto rows = connection.query(R"sql(
SELECT id, job, state FROM (
  SELECT d.id, d.job, d.state FROM job CROSS JOIN delivery AS d
  WHERE job.message = ?1 AND d.job = job.id AND (?2 IS NULL OR d.person = ?2)
  UNION ALL
  SELECT d.id, d.job, d.state FROM delivery AS d WHERE ?1 IS NULL AND d.person = ?2
  UNION ALL
  SELECT d.id, d.job, d.state FROM job CROSS JOIN delivery AS d
  WHERE ?1 IS NULL AND ?2 IS NULL AND (job.not_started > 0 OR job.held > 0 OR job.processing > 0)
    AND d.job = job.id)
WHERE state IN ('queued', 'held', 'waiting', 'claimed') ORDER BY id)sql");
  rows.with(scope.message, scope.person);
  std::vector<OpenDelivery> open;
  while (rows.step()) open.push_back({rows.integer(0), rows.integer(1), parse_delivery_state(rows.view(2))});
  return open;
}

}  // namespace

namespace {

std::int64_t call_off_all(Connection& connection, const std::vector<OpenDelivery>& open,
                          std::string_view reason, Instant now) {
  auto update = connection.query(call_off);
  JobCountChanges changes;
  std::int64_t cancelled = 0;
  for (const auto& one : open) {
    if (one.state == DeliveryState::claimed) continue;
    update.with(one.id, to_text(one.state), reason, to_millis(now));
    if (update.step()) {
      changes.move(one.job, one.state, parse_delivery_state(update.view(0)));
      ++cancelled;
    }
    update.reset();
  }
  changes.write(connection, now);
  return cancelled;
}

}  // namespace

std::int64_t cancel_deliveries(Connection& connection, const CancelScope& scope, std::string_view reason,
                               Instant now) {
  return call_off_all(connection, open_deliveries(connection, scope), reason, now);
}

std::int64_t cancel_at_address(Connection& connection, Channel channel, std::string_view address,
                               std::string_view reason, Instant now) {
  std::vector<OpenDelivery> open;
  {
    auto rows = connection.query(R"sql(
SELECT d.id, d.job, d.state FROM job CROSS JOIN delivery AS d
WHERE job.channel = ?1 AND (job.not_started > 0 OR job.held > 0 OR job.processing > 0) AND d.job = job.id
  AND d.address = ?2 AND d.state IN ('queued', 'held', 'waiting') ORDER BY d.id)sql");
    rows.with(to_text(channel), address);
    while (rows.step())
      open.push_back({rows.integer(0), rows.integer(1), parse_delivery_state(rows.view(2))});
  }
  return call_off_all(connection, open, reason, now);
}

std::vector<std::int64_t> people_reached_before(Connection& connection, const JobKey& job) {
  auto rows = connection.query(R"sql(
SELECT DISTINCT d.person FROM job CROSS JOIN delivery AS d
WHERE job.message = ?1 AND job.id < ?2 AND d.job = job.id AND d.state = 'complete' ORDER BY d.person)sql");
  rows.with(job.message, job.job);
  std::vector<std::int64_t> people;
  while (rows.step()) people.push_back(rows.integer(0));
  return people;
}

std::int64_t cancel_before(Connection& connection, const JobKey& job, std::int64_t person,
                           std::string_view reason, Instant now) {
  std::vector<OpenDelivery> open;
  {
    auto rows = connection.query(R"sql(
SELECT d.id, d.job, d.state FROM job CROSS JOIN delivery AS d
WHERE job.message = ?1 AND job.id < ?2 AND d.job = job.id AND d.person = ?3
  AND d.state IN ('queued', 'held', 'waiting') ORDER BY d.id)sql");
    rows.with(job.message, job.job, person);
    while (rows.step())
      open.push_back({rows.integer(0), rows.integer(1), parse_delivery_state(rows.view(2))});
  }
  return call_off_all(connection, open, reason, now);
}

void wait_for_earlier_channels(Connection& connection, std::int64_t message, std::chrono::seconds after,
                               Instant now) {
  connection
      .query(R"sql(
UPDATE delivery SET updated = ?3,
  due = max(due, ?3) + ?2 * (SELECT count(*) FROM job AS mine JOIN job AS earlier ON earlier.message = mine.message
                             WHERE mine.id = delivery.job AND earlier.id < mine.id)
WHERE state = 'held' AND job IN (SELECT id FROM job WHERE message = ?1)
  AND EXISTS (SELECT 1 FROM job CROSS JOIN delivery AS first
              WHERE job.message = ?1 AND job.id < delivery.job AND first.job = job.id
                AND first.person = delivery.person AND first.state <> 'failed'))sql")
      .with(message, after.count() * 1000, to_millis(now))
      .run();
}

std::int64_t call_off_due(Connection& connection, std::string_view reason, Instant now) {
  struct Due {
    std::int64_t id = 0;
    std::int64_t job = 0;
    DeliveryState state = DeliveryState::queued;
    bool perhaps_told = false;
  };
  std::vector<Due> due;
  {
    auto rows = connection.query(R"sql(
SELECT d.id, d.job, d.state,
  message.occurrence IS NOT NULL OR d.state = 'claimed'
  OR EXISTS (SELECT 1 FROM attempt WHERE attempt.delivery = d.id AND attempt.verdict = 'in-doubt')
FROM job CROSS JOIN message CROSS JOIN delivery AS d
WHERE (job.not_started > 0 OR job.held > 0 OR job.processing > 0) AND message.id = job.message AND d.job = job.id
  AND (d.state IN ('queued', 'waiting', 'claimed')
    OR (d.state = 'held' AND d.due <= ?1 AND message.state = 'released'))
ORDER BY d.id)sql");
    rows.with(to_millis(now));
    while (rows.step()) {
      due.push_back(
          {rows.integer(0), rows.integer(1), parse_delivery_state(rows.view(2)), rows.integer(3) == 1});
    }
  }
  auto update = connection.query(
      "UPDATE delivery SET state = ?3, reason = ?4, claimed_at = NULL, fence = NULL, updated = ?5 "
      "WHERE id = ?1 AND state = ?2");
  JobCountChanges changes;
  std::int64_t called_off = 0;
  for (const auto& one : due) {
    const auto next = one.perhaps_told ? DeliveryState::in_doubt : DeliveryState::cancelled;
    if (update.with(one.id, to_text(one.state), to_text(next), reason, to_millis(now)).run() == 0) continue;
    changes.move(one.job, one.state, next);
    ++called_off;
  }
  changes.write(connection, now);
  return called_off;
}

std::int64_t count_under_way(Connection& connection, const CancelScope& scope) {
  const auto open = open_deliveries(connection, scope);
  return std::count_if(open.begin(), open.end(),
                       [](const OpenDelivery& one) { return one.state == DeliveryState::claimed; });
}

std::int64_t set_release_time(Connection& connection, std::int64_t message, Instant due, Instant now) {
  return connection
      .query(R"sql(
UPDATE delivery SET due = ?2, updated = ?3
WHERE job IN (SELECT id FROM job WHERE message = ?1) AND state = 'held')sql")
      .with(message, to_millis(due), to_millis(now))
      .run();
}

std::int64_t look_at_held_again(Connection& connection, Instant later_than, Instant now) {
  return connection
      .query(R"sql(
UPDATE delivery SET due = 0, updated = ?2
WHERE state = 'held' AND due > ?1 AND job IN (
  SELECT job.id FROM job JOIN message ON message.id = job.message
  WHERE job.held > 0 AND message.state = 'released' AND (message.send_at IS NULL OR message.send_at <= ?2)))sql")
      .with(to_millis(later_than), to_millis(now))
      .run();
}

std::vector<std::int64_t> people_with_messages(Connection& connection, std::span<const std::int64_t> people,
                                               Instant since, std::int64_t at_least,
                                               std::optional<std::int64_t> besides_message) {
  const auto list = json_list(people);
  auto rows = connection.query(R"sql(
SELECT delivery.person FROM json_each(?1) AS people CROSS JOIN delivery CROSS JOIN job
WHERE delivery.person = people.value AND delivery.urgency > 0 AND delivery.updated >= ?2
  AND delivery.state IN ('queued', 'claimed', 'waiting', 'complete', 'in-doubt')
  AND job.id = delivery.job AND (?4 IS NULL OR job.message <> ?4)
GROUP BY delivery.person HAVING count(DISTINCT job.message) >= ?3
ORDER BY delivery.person)sql");
  rows.with(list, to_millis(since), at_least, besides_message);
  std::vector<std::int64_t> found;
  while (rows.step()) found.push_back(rows.integer(0));
  return found;
}

std::vector<std::pair<std::int64_t, std::int64_t>> other_schools_of(Connection& connection,
                                                                    std::span<const std::int64_t> people,
                                                                    std::int64_t besides_school) {
  const auto list = json_list(people);
  auto rows = connection.query(R"sql(
SELECT DISTINCT relationship.contact, place.school
FROM json_each(?1) AS people CROSS JOIN relationship CROSS JOIN place
WHERE relationship.contact = people.value AND place.person = relationship.pupil AND place.kind = 'pupil'
  AND place.status = 'active' AND place.school <> ?2
ORDER BY relationship.contact, place.school)sql");
  rows.with(list, besides_school);
  std::vector<std::pair<std::int64_t, std::int64_t>> found;
  while (rows.step()) found.emplace_back(rows.integer(0), rows.integer(1));
  return found;
}

std::int64_t hold_for_families_of(Connection& connection, Channel channel, std::int64_t school, Instant until,
                                  Instant now) {
  auto update = connection.query(R"sql(
UPDATE delivery SET state = CASE WHEN batch IS NULL THEN 'held' ELSE 'in-doubt' END, due = ?3, first_try = NULL, updated = ?4
WHERE state = 'queued' AND channel = ?1 AND urgency > 0 AND school <> ?2 AND EXISTS (
  SELECT 1 FROM relationship CROSS JOIN place
  WHERE relationship.contact = delivery.person AND place.person = relationship.pupil AND place.kind = 'pupil'
    AND place.status = 'active' AND place.school = ?2)
RETURNING job, state)sql");
  update.with(to_text(channel), school, to_millis(until), to_millis(now));
  return count_moved(connection, update, DeliveryState::queued, now);
}

std::vector<std::int64_t> people_who_had(Connection& connection, std::int64_t message) {
  return people_who_had_besides(connection, message, 0);
}

std::vector<std::int64_t> people_who_had_besides(Connection& connection, std::int64_t message,
                                                 std::int64_t besides) {
  auto rows = connection.query(R"sql(
SELECT DISTINCT delivery.person FROM message CROSS JOIN job CROSS JOIN delivery
WHERE (message.id = ?1 OR message.again_of = ?1) AND job.message = message.id AND delivery.job = job.id
  AND delivery.state NOT IN ('failed', 'cancelled') AND message.id <> ?2
ORDER BY delivery.person)sql");
  rows.with(message, besides);
  std::vector<std::int64_t> people;
  while (rows.step()) people.push_back(rows.integer(0));
  return people;
}

}  // namespace crier::store
