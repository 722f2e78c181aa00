// What a monitor asks of a working store (T7): the queue by channel, its age, what is stopped, how old the
// data are. One short read, whatever the store's size.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "report/status.hpp"
#include "store/connection.hpp"
#include "store/health_store.hpp"

namespace crier::report {

struct Health {
  /// The lease's number; none where nobody alive holds it.
  std::optional<std::int64_t> fence;
  std::vector<store::ChannelCounts> channels;
  std::optional<store::QueueAge> queue;
  std::vector<StoppedChannel> stopped;
  struct Source {
    std::string name;
    /// The last import that was applied, or changed nothing.
    Instant imported{};
  };
  std::vector<Source> sources;
};

/// All of one moment.
Health health(store::Connection& connection);

}  // namespace crier::report
