#include "delivery/gateway_limits.hpp"

#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "base/text.hpp"
#include "store/limit_store.hpp"

namespace crier::delivery {
namespace {

using std::chrono::hours;

struct Span {
  const char* key;
  std::int64_t limit;
  std::chrono::seconds window;
};

}  // namespace

std::int64_t GatewayLimits::room(store::Connection& connection, std::int64_t wanted, Instant now) {
  const bool limited = limits_.per_hour > 0 || limits_.per_day > 0;
  if (!limited && looked_) return wanted;
  auto least = wanted;
  std::optional<store::ChannelLimit> reached;
  for (const auto& span :
       {Span{"per_hour", limits_.per_hour, hours(1)}, Span{"per_day", limits_.per_day, hours(24)}}) {
    if (span.limit == 0) continue;
    const auto use = store::use_within(connection, channel_, "", span.window, now);
    least = std::min(least, span.limit - use.count);
    if (use.count < span.limit) continue;
    if (!reached || use.eases > reached->until) reached = store::ChannelLimit{span.key, use.eases};
  }
  if (!reached) {
    // Also of settings that were.
    if (rests_until_ || !looked_) store::clear_channel_limit(connection, channel_);
    looked_ = true;
    rests_until_.reset();
    return least;
  }
  if (rests_until_ != reached->until) {
    log::info("{} rests until {}: it has carried as much as {} allows", to_text(channel_),
              to_rfc3339(reached->until), reached->cause);
  }
  store::set_channel_limit(connection, channel_, *reached);
  looked_ = true;
  rests_until_ = reached->until;
  return 0;
}

std::vector<std::pair<std::string, std::int64_t>> GatewayLimits::own_limits(const store::Claimed& one) const {
  std::vector<std::pair<std::string, std::int64_t>> own;
  const auto address = to_lower(one.address);
  const auto at = address.rfind('@');
  if (limits_.per_domain > 0 && at != std::string::npos) {
    own.emplace_back("domain:" + address.substr(at + 1), limits_.per_domain);
  }
  if (limits_.per_recipient > 0) own.emplace_back("address:" + address, limits_.per_recipient);
  return own;
}

std::optional<Instant> GatewayLimits::over(store::Connection& connection, const store::Claimed& one,
                                           std::unordered_map<std::string, store::Use>& uses, Instant now) {
  const auto own = own_limits(one);
  std::optional<Instant> until;
  for (const auto& [key, limit] : own) {
    auto known = uses.find(key);
    if (known == uses.end()) {
      known = uses.emplace(key, store::use_within(connection, channel_, key, hours(1), now)).first;
      if (known->second.count < limit) put_off_.erase(key);
    }
    if (known->second.count < limit || one.urgency == 0) continue;
    // Those who are put off do not all come back at once: as many in each hour as may go.
    const auto turn = put_off_[key]++ / limit;
    until = std::max(until.value_or(now), known->second.eases + hours(turn));
  }
  if (until) return until;
  for (const auto& [key, limit] : own) {
    auto& use = uses.at(key);
    if (use.count == 0) use.eases = now + hours(1);
    ++use.count;
    store::add_use(connection, channel_, key, 1, now);
  }
  return std::nullopt;
}

std::size_t GatewayLimits::count(store::Connection& connection, std::vector<store::Claimed>& claimed,
                                 std::int64_t fence, Instant now) {
  if (!any() || claimed.empty()) return 0;
  std::size_t put_off = 0;
  if (limits_.per_domain > 0 || limits_.per_recipient > 0) {
    std::unordered_map<std::string, store::Use> uses;
    put_off = std::erase_if(claimed, [&](const store::Claimed& one) {
      const auto until = over(connection, one, uses, now);
      if (until) store::put_off(connection, one.id, fence, *until, now);
      return until.has_value();
    });
  }
  if (!claimed.empty()) {
    store::add_use(connection, channel_, "", static_cast<std::int64_t>(claimed.size()), now);
  }
  if (!forgets_at_ || now >= *forgets_at_) {
    store::forget_use(connection, now - hours(25));
    forgets_at_ = now + hours(1);
  }
  return put_off;
}

}  // namespace crier::delivery
