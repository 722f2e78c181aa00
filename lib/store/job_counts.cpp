#include "store/job_counts.hpp"

namespace crier::store {
namespace {

enum Count : std::size_t { not_started, processing, complete, failed, held, in_doubt, cancelled };

Count column_of(DeliveryState state) {
  switch (state) {
    case DeliveryState::queued:
      return not_started;
    case DeliveryState::claimed:
    case DeliveryState::waiting:
      return processing;
    case DeliveryState::complete:
      return complete;
    case DeliveryState::failed:
      return failed;
    case DeliveryState::held:
      return held;
    case DeliveryState::in_doubt:
      return in_doubt;
    case DeliveryState::cancelled:
      return cancelled;
  }
  return failed;
}

}  // namespace

void JobCountChanges::move(std::int64_t job, DeliveryState from, DeliveryState to) {
  auto& counts = by_job_[job];
  --counts[column_of(from)];
  ++counts[column_of(to)];
}

void JobCountChanges::add(std::int64_t job, DeliveryState state) {
  ++by_job_[job][column_of(state)];
  ++added_[job];
}

void JobCountChanges::write(Connection& connection, Instant now) {
  auto update = connection.query(R"sql(
UPDATE job SET messages = messages + ?2, not_started = not_started + ?3, processing = processing + ?4,
  complete = complete + ?5, failed = failed + ?6, held = held + ?7, in_doubt = in_doubt + ?8,
  cancelled = cancelled + ?9, updated = max(updated, ?10)
WHERE id = ?1)sql");
  for (const auto& [job, counts] : by_job_) {
    update
        .with(job, added_[job], counts[not_started], counts[processing], counts[complete], counts[failed],
              counts[held], counts[in_doubt], counts[cancelled], to_millis(now))
        .run();
  }
}

std::int64_t count_moved(Connection& connection, Query& update, DeliveryState from, Instant now) {
  JobCountChanges changes;
  std::int64_t moved = 0;
  while (update.step()) {
    changes.move(update.integer(0), from, parse_delivery_state(update.view(1)));
    ++moved;
  }
  changes.write(connection, now);
  return moved;
}

}  // namespace crier::store
