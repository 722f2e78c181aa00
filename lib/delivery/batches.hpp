// Which deliveries go in one request (WeChat, D5): those of the same words, and of what is in doubt always
// the same ones, so that the gateway knows the request again. In the claim's own transaction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/instant.hpp"
#include "delivery/verdict.hpp"
#include "model/channel.hpp"
#include "store/connection.hpp"
#include "store/queue_store.hpp"

namespace crier::delivery {

struct BatchRule {
  Channel channel = Channel::wechat;
  DoubtRule doubt;
  /// Of one request.
  std::size_t most = 1000;
};

/// Gives each of the claimed a batch, claims what belongs to the batches of those that have one already, and
/// puts batch beside batch. Who has one may have heard: a batch that the gateway knows no more, a machine
/// having stood still, say, is taken out and left in doubt.
void arrange_batches(store::Connection& connection, const BatchRule& rule,
                     std::vector<store::Claimed>& claimed, std::int64_t fence, Instant now);

}  // namespace crier::delivery
