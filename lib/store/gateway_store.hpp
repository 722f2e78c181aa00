// What gateways that are asked over HTTP need kept: which deliveries go in one request (WeChat, D5), and the
// tokens that let us in. The caller holds the transaction in all functions that change something.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/secret.hpp"
#include "model/channel.hpp"
#include "store/connection.hpp"
#include "store/queue_store.hpp"

namespace crier::store {

/// A number for a batch that no delivery has.
std::int64_t next_batch(Connection& connection);
/// These go in one request from now on.
void set_batch(Connection& connection, std::span<const std::int64_t> deliveries, std::int64_t batch);

/// Claims whatever else goes in one request with deliveries of this batch and waits for its time, as `claim`
/// does.
std::vector<Claimed> claim_batch(Connection& connection, Channel channel, std::int64_t batch,
                                 std::int64_t fence, Instant now);

struct KeptToken {
  std::string name;
  Secret value;
  /// Seconds since 1970.
  std::int64_t ends = 0;
};
std::vector<KeptToken> gateway_tokens(Connection& connection);
void keep_gateway_token(Connection& connection, const KeptToken& token);

/// What is known of a delivery for whoever has to act on what its gateway says.
struct GatewayDelivery {
  std::int64_t id = 0;
  std::int64_t person = 0;
  Channel channel = Channel::sms;
  std::string address;
};
std::optional<GatewayDelivery> gateway_delivery(Connection& connection, std::int64_t delivery);

/// The numbers of a call's person that are theirs alone and that nobody else of this job is called at, in a
/// ring behind the one that was called.
std::vector<std::string> other_numbers(Connection& connection, std::int64_t delivery);
void readdress(Connection& connection, std::int64_t delivery, std::string_view address);

/// Somebody at this address wants to hear no more on this channel (D12): an opt-out of the person and their
/// other records, and nothing that waits for that address goes any more. How many deliveries are cancelled.
std::int64_t opt_out_at_gateway(Connection& connection, const GatewayDelivery& delivery,
                                std::string_view said_by, Instant now);

}  // namespace crier::store
