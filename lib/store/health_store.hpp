// Figures by which doctor (S6) and the daemon's pages for monitors (T7) judge a store. Reads only, and
// nothing that grows with the deliveries.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "model/message.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// Since when the oldest delivery that could go now has not gone, and how many there are; none: nothing
/// waits.
struct QueueAge {
  Instant oldest{};
  std::int64_t deliveries = 0;
};
std::optional<QueueAge> queue_age(Connection& connection);

/// The counts of all jobs of a channel together: from the jobs, never from their deliveries.
struct ChannelCounts {
  Channel channel = Channel::email;
  JobCounts counts;
};
std::vector<ChannelCounts> channel_counts(Connection& connection);

/// What a source tells of relationships.
struct SourceTells {
  std::string source;
  std::int64_t relationships = 0;
  std::int64_t court_orders = 0;
  /// Those that say what one is to the other, and which contact comes first.
  std::int64_t relations = 0;
  std::int64_t priorities = 0;
};
std::vector<SourceTells> sources_of_relationships(Connection& connection);

/// The domain of most e-mail addresses, another than this one; empty where there is none.
std::string commonest_domain(Connection& connection, std::string_view but);

/// When retention last looked at any kind of data; when the oldest message was written.
std::optional<Instant> last_retention(Connection& connection);
std::optional<Instant> oldest_message(Connection& connection);

std::int64_t count_in_doubt(Connection& connection);
std::int64_t count_open_issues(Connection& connection);
/// Imports that the guard holds and nobody has decided.
std::int64_t count_held_imports(Connection& connection);

}  // namespace crier::store
