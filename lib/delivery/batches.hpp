// Which deliveries go in one request (WeChat, D5): those of the same words, and of what is in doubt always
// the same ones, so that the gateway knows the request again. In the claim's own transaction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/instant.hpp"
#include "model/channel.hpp"
#include "store/connection.hpp"
#include "store/queue_store.hpp"

namespace crier::delivery {

/// Gives each of the claimed a batch of `most` at the most, claims what belongs to the batches of those that
/// have one already, and puts batch beside batch.
void arrange_batches(store::Connection& connection, Channel channel, std::vector<store::Claimed>& claimed,
                     std::size_t most, std::int64_t fence, Instant now);

}  // namespace crier::delivery
