// What a gateway may still carry (D4): asked before a claim, told after it, in the claim's own transaction.
// Nothing is kept in memory but what spreads those who are put off.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/instant.hpp"
#include "config/settings.hpp"
#include "model/channel.hpp"
#include "store/limit_store.hpp"
#include "store/queue_store.hpp"

namespace crier::delivery {

class GatewayLimits {
 public:
  GatewayLimits(Channel channel, config::GatewayLimits limits) : channel_(channel), limits_(limits) {}

  /// How many may be claimed at most; `wanted` where there is no limit. Notes for whoever looks until when
  /// the channel rests.
  std::int64_t room(store::Connection& connection, std::int64_t wanted, Instant now);

  /// Counts what was claimed, and takes out of it what one domain or one address has had enough of for this
  /// hour: that waits, its attempt not counted.
  /// How many were taken out.
  std::size_t count(store::Connection& connection, std::vector<store::Claimed>& claimed, std::int64_t fence,
                    Instant now);

  /// When the channel may carry more; none: it may now.
  std::optional<Instant> rests_until() const { return rests_until_; }

 private:
  bool any() const {
    return limits_.per_hour + limits_.per_day + limits_.per_domain + limits_.per_recipient > 0;
  }
  /// The limits that this delivery counts for: key in the store, and how many an hour.
  std::vector<std::pair<std::string, std::int64_t>> own_limits(const store::Claimed& one) const;
  std::optional<Instant> over(store::Connection& connection, const store::Claimed& one,
                              std::unordered_map<std::string, store::Use>& uses, Instant now);

  Channel channel_;
  config::GatewayLimits limits_;
  bool looked_ = false;
  std::optional<Instant> rests_until_;
  /// How many of a key were put off since it last had room, and so when the next of them may go.
  std::unordered_map<std::string, std::int64_t> put_off_;
  std::optional<Instant> forgets_at_;
};

}  // namespace crier::delivery
