#include "report/health.hpp"

#include "store/import_store.hpp"
#include "store/lease_store.hpp"

namespace crier::report {

Health health(store::Connection& connection) {
  const store::Snapshot snapshot(connection);
  Health health;
  if (const auto holder = store::lease_holder(connection)) health.fence = holder->fence;
  health.channels = store::channel_counts(connection);
  health.queue = store::queue_age(connection);
  health.stopped = stopped_channels(connection);
  for (const auto& age : store::source_ages(connection)) health.sources.push_back({age.source, age.started});
  return health;
}

}  // namespace crier::report
