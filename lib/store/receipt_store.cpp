#include "store/receipt_store.hpp"

#include <algorithm>
#include <map>

#include "store/feedback_store.hpp"
#include "store/job_counts.hpp"

namespace crier::store {
namespace {

/// What is told of one try: of all its parts together.
struct Weighed {
  ReceiptState state = ReceiptState::unknown;
  Outcome::Fault fault = Outcome::Fault::none;
  std::string cause;
  std::string text;
  std::int64_t delivered_parts = 0;
};

/// A try's receipts, the heaviest part counting; delivered is a text whose every part is.
std::map<std::int64_t, Weighed> weighed_tries(Connection& connection, const SentDelivery& delivery,
                                              std::int64_t parts) {
  auto rows = connection.query(
      "SELECT attempt, part, state, fault, cause, text FROM receipt WHERE delivery = ?1 AND attempt > ?2 "
      "ORDER BY attempt, weight, id");
  rows.with(delivery.id, delivery.attempts - delivery.round);
  std::map<std::int64_t, Weighed> tries;
  while (rows.step()) {
    auto& one = tries[rows.integer(0)];
    const auto state = parse_receipt_state(rows.view(2)).value_or(ReceiptState::unknown);
    // One that names no part speaks for the whole message.
    if (state == ReceiptState::delivered) one.delivered_parts += rows.view(1).empty() ? parts : 1;
    if (state < one.state) continue;
    one.state = state;
    one.fault = parse_fault(rows.view(3));
    one.cause = rows.text(4);
    one.text = rows.text(5);
  }
  for (auto& [n, one] : tries) {
    if (one.state == ReceiptState::delivered && one.delivered_parts < parts)
      one.state = ReceiptState::accepted;
  }
  return tries;
}

/// In doubt, or waiting to be tried again: the gateway has it after all.
bool complete_by_receipt(Connection& connection, const SentDelivery& delivery, std::int64_t attempt,
                         const Weighed& told, Instant now) {
  auto update = connection.query(
      "UPDATE delivery SET state = 'complete', reason = '', updated = ?3 WHERE id = ?1 AND state = ?2 "
      "RETURNING job");
  update.with(delivery.id, to_text(delivery.state), to_millis(now));
  if (!update.step()) return false;
  JobCountChanges changes;
  changes.move(update.integer(0), delivery.state, DeliveryState::complete);
  update.reset();
  changes.write(connection, now);
  connection
      .query(R"sql(
INSERT INTO attempt (delivery, n, started, ended, verdict, fault, cause, host, port, tls, code, enhanced, text, fence)
VALUES (?1, ?2, ?3, ?3, 'delivered', 'none', 'receipt', '', 0, 'none', 0, '', ?4, 0))sql")
      .with(delivery.id, attempt, to_millis(now), told.text)
      .run();
  return true;
}

bool is_undecided(DeliveryState state) {
  return state == DeliveryState::in_doubt || state == DeliveryState::waiting ||
         state == DeliveryState::queued || state == DeliveryState::held;
}

/// The try that tells most of the delivery: one that reached the phone, else the last that was told of.
const std::pair<const std::int64_t, Weighed>& telling(const std::map<std::int64_t, Weighed>& tries) {
  const auto reached = std::ranges::find_if(
      tries, [](const auto& one) { return one.second.state == ReceiptState::delivered; });
  return reached != tries.end() ? *reached : *tries.rbegin();
}

Outcome outcome_of(const Weighed& told) {
  Outcome outcome;
  outcome.verdict = Outcome::Verdict::rejected;
  outcome.fault = told.fault;
  outcome.cause = told.cause;
  outcome.text = told.text;
  return outcome;
}

void set_receipt(Connection& connection, std::int64_t delivery, ReceiptState state, Instant now) {
  connection.query("UPDATE receipt SET waits = 0 WHERE delivery = ?1 AND waits = 1").with(delivery).run();
  connection.query("UPDATE delivery SET receipt = ?2, updated = ?3 WHERE id = ?1 AND receipt <> ?2")
      .with(delivery, to_text(state), to_millis(now))
      .run();
}

}  // namespace

ReceiptNews note_receipt(Connection& connection, std::int64_t delivery, int attempt, const Receipt& receipt,
                         Instant now) {
  const auto known = sent_delivery(connection, delivery);
  // A store that was put back from a copy has not made that try yet.
  if (!known || attempt < 1 || attempt > known->attempts) return ReceiptNews::no_delivery;
  const int waits = known->state == DeliveryState::claimed ? 1 : 0;
  const auto changed =
      connection
          .query(R"sql(
INSERT INTO receipt (delivery, attempt, part, state, weight, fault, cause, text, received, waits)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (delivery, attempt, part) DO UPDATE SET state = excluded.state, weight = excluded.weight,
  fault = excluded.fault, cause = excluded.cause, text = excluded.text, received = excluded.received,
  waits = max(receipt.waits, excluded.waits)
WHERE excluded.weight > receipt.weight)sql")
          .with(delivery, attempt, receipt.part, to_text(receipt.state), static_cast<int>(receipt.state),
                to_text(receipt.fault), receipt.cause, receipt.text, to_millis(now), waits)
          .run();
  return changed > 0 ? ReceiptNews::noted : ReceiptNews::known;
}

std::optional<ReceiptEffect> weigh_receipts(Connection& connection, std::int64_t delivery, Instant now) {
  const auto known = sent_delivery(connection, delivery);
  if (!known) return std::nullopt;
  ReceiptEffect effect{known->state, known->state};
  if (known->state == DeliveryState::claimed) return effect;
  auto parts = connection.query("SELECT max(segments, 1) FROM delivery WHERE id = ?1");
  parts.with(delivery);
  const auto tries = weighed_tries(connection, *known, parts.step() ? parts.integer(0) : 1);
  parts.reset();
  if (tries.empty()) {
    // Of a time before it was sent again: kept, and of no consequence.
    connection.query("UPDATE receipt SET waits = 0 WHERE delivery = ?1 AND waits = 1").with(delivery).run();
    return effect;
  }
  const auto& [attempt, told] = telling(tries);
  if (is_failure(told.state)) {
    // What waits goes again all the same: it is that try alone that has failed.
    const bool ended = known->state == DeliveryState::complete || known->state == DeliveryState::in_doubt;
    if (ended && attempt == known->attempts && fail_returned(connection, *known, outcome_of(told), now))
      effect.after = DeliveryState::failed;
  } else if (told.state != ReceiptState::unknown && is_undecided(known->state)) {
    if (complete_by_receipt(connection, *known, attempt, told, now)) effect.after = DeliveryState::complete;
  }
  set_receipt(connection, delivery, told.state, now);
  return effect;
}

std::vector<std::int64_t> receipts_to_weigh(Connection& connection, std::int64_t limit) {
  auto rows = connection.query(R"sql(
SELECT DISTINCT r.delivery FROM receipt AS r CROSS JOIN delivery AS d
WHERE r.waits = 1 AND d.id = r.delivery AND d.state <> 'claimed' ORDER BY r.delivery LIMIT ?1)sql");
  rows.with(limit);
  std::vector<std::int64_t> deliveries;
  while (rows.step()) deliveries.push_back(rows.integer(0));
  return deliveries;
}

std::vector<ReceiptLine> receipts_of(Connection& connection, std::int64_t delivery) {
  auto rows = connection.query(
      "SELECT attempt, part, state, cause, text, received FROM receipt WHERE delivery = ?1 "
      "ORDER BY attempt, received, id");
  rows.with(delivery);
  std::vector<ReceiptLine> all;
  while (rows.step()) {
    all.push_back({rows.integer(0), rows.text(1),
                   parse_receipt_state(rows.view(2)).value_or(ReceiptState::unknown), rows.text(3),
                   rows.text(4), from_millis(rows.integer(5))});
  }
  return all;
}

}  // namespace crier::store
