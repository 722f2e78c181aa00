// What gateways have carried of late, for their limits (D4): kept in the store, so that a restart forgets
// nothing. Counted by minute; a minute counts until it is wholly past. The caller holds the transaction where
// it writes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "model/channel.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// `about`: empty for the whole channel, else what a limit of its own is for (`domain:example.org`).
void add_use(Connection& connection, Channel channel, std::string_view about, std::int64_t count,
             Instant now);

struct Use {
  std::int64_t count = 0;
  /// When the first of it no longer counts; `now` where there is none.
  Instant eases{};
};
/// What was carried within `window` up to now.
Use use_within(Connection& connection, Channel channel, std::string_view about, std::chrono::seconds window,
               Instant now);

void forget_use(Connection& connection, Instant before);

/// A channel that has carried as much as it may, for whoever looks.
struct ChannelLimit {
  /// The settings' key: `per_hour`, `per_day`.
  std::string cause;
  Instant until{};
};
std::optional<ChannelLimit> channel_limit(Connection& connection, Channel channel);
void set_channel_limit(Connection& connection, Channel channel, const ChannelLimit& limit);
void clear_channel_limit(Connection& connection, Channel channel);

}  // namespace crier::store
