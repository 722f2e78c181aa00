#include "store/feedback_store.hpp"

#include "store/fault_store.hpp"
#include "store/job_counts.hpp"

namespace crier::store {
namespace {

SentDelivery read_delivery(const Query& row) {
  SentDelivery one;
  one.id = row.integer(0);
  one.job = row.integer(1);
  one.message = row.integer(2);
  one.person = row.integer(3);
  one.channel = parse_channel(row.view(4)).value_or(Channel::email);
  one.address = row.text(5);
  one.state = parse_delivery_state(row.view(6));
  one.attempts = static_cast<int>(row.integer(7));
  one.round = static_cast<int>(row.integer(8));
  if (!row.is_null(9)) one.first_try = from_millis(row.integer(9));
  return one;
}

/// The last attempt's fault and cause, as the store writes them.
bool failed_so_already(Connection& connection, std::int64_t delivery, const Outcome& outcome) {
  auto last = connection.query(
      "SELECT fault, cause FROM attempt WHERE delivery = ?1 ORDER BY n DESC, id DESC LIMIT 1");
  if (!last.with(delivery).step()) return false;
  // What the recipient's server had said in the dialogue counts once, not again for the mail that repeats it.
  return parse_fault(last.view(0)) == Outcome::Fault::recipient || last.view(1) == outcome.cause;
}

}  // namespace

std::optional<SentDelivery> sent_delivery(Connection& connection, std::int64_t id) {
  auto row = connection.query(
      "SELECT d.id, d.job, job.message, d.person, d.channel, d.address, d.state, d.attempts, d.round, "
      "d.first_try "
      "FROM delivery AS d CROSS JOIN job WHERE d.id = ?1 AND job.id = d.job");
  if (!row.with(id).step()) return std::nullopt;
  return read_delivery(row);
}

std::vector<SentDelivery> deliveries_of_holders(Connection& connection, std::string_view compare_key) {
  auto rows = connection.query(R"sql(
SELECT d.id, d.job, job.message, d.person, d.channel, d.address, d.state, d.attempts, d.round, d.first_try
FROM (SELECT DISTINCT person FROM address WHERE compare_key = ?1 AND kind = 'email') AS holder
CROSS JOIN delivery AS d CROSS JOIN job
WHERE d.person = holder.person AND d.channel = 'email' AND d.first_try IS NOT NULL AND job.id = d.job
ORDER BY d.first_try DESC, d.id DESC)sql");
  rows.with(compare_key);
  std::vector<SentDelivery> all;
  while (rows.step()) all.push_back(read_delivery(rows));
  return all;
}

bool is_feedback_known(Connection& connection, std::string_view digest) {
  return connection.query("SELECT 1 FROM feedback_mail WHERE digest = ?1").with(digest).step();
}

void note_feedback(Connection& connection, std::string_view digest, std::string_view kind,
                   std::optional<std::int64_t> delivery, Instant now) {
  connection
      .query(
          "INSERT INTO feedback_mail (digest, read, kind, delivery) VALUES (?1, ?2, ?3, ?4) "
          "ON CONFLICT (digest) DO NOTHING")
      .with(digest, to_millis(now), kind, delivery)
      .run();
}

bool fail_returned(Connection& connection, const SentDelivery& delivery, const Outcome& outcome,
                   Instant now) {
  const bool over = delivery.state == DeliveryState::complete || delivery.state == DeliveryState::in_doubt ||
                    delivery.state == DeliveryState::failed;
  if (!over || !delivery.first_try) return false;
  if (delivery.state == DeliveryState::failed && failed_so_already(connection, delivery.id, outcome))
    return false;
  auto update = connection.query(
      "UPDATE delivery SET state = 'failed', updated = ?3 WHERE id = ?1 AND state = ?2 RETURNING job");
  if (!update.with(delivery.id, to_text(delivery.state), to_millis(now)).step()) return false;
  JobCountChanges changes;
  changes.move(update.integer(0), delivery.state, DeliveryState::failed);
  update.reset();
  changes.write(connection, now);
  connection
      .query(R"sql(
INSERT INTO attempt (delivery, n, started, ended, verdict, fault, cause, host, port, tls, code, enhanced, text, fence)
VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0))sql")
      .with(delivery.id, delivery.attempts, to_millis(now), to_text(outcome.verdict), to_text(outcome.fault),
            outcome.cause, outcome.host, outcome.port, outcome.tls, outcome.code, outcome.enhanced,
            outcome.text)
      .run();
  if (outcome.fault == Outcome::Fault::recipient) note_job_to_weigh(connection, delivery.job);
  return true;
}

}  // namespace crier::store
