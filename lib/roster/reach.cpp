#include "roster/reach.hpp"

#include <compare>

namespace crier::roster {
namespace {

/// Best first.
enum class State { usable, closed, blocked, not_for_sms, invalid };

bool takes_texts(const store::AddressRow& address) {
  if (address.for_sms) return *address.for_sms && address.line != "landline";
  return address.line == "mobile" || address.line == "mobile-or-landline";
}

/// A number that takes no texts may well be spoken to.
bool is_blocked(Channel channel, const store::AddressRow& address) {
  if (address.block.empty()) return false;
  return channel != Channel::voice || address.block != to_text(Reason::blocked_text_failure);
}

State state_of(Channel channel, const store::AddressRow& address) {
  if (address.normal.empty()) return State::invalid;
  if (channel == Channel::sms && !takes_texts(address)) return State::not_for_sms;
  return is_blocked(channel, address) ? State::blocked : State::usable;
}

std::optional<Reason> reason_of(State state, const store::AddressRow& address) {
  switch (state) {
    case State::usable:
      return std::nullopt;
    case State::closed:
      return Reason::court_order;
    case State::blocked:
      return parse_reason(address.block).value_or(Reason::disabled);
    case State::not_for_sms:
      return Reason::not_for_sms;
    case State::invalid:
      return Reason::invalid_address;
  }
  return std::nullopt;
}

}  // namespace

bool is_usable(Channel channel, const store::AddressRow& address) {
  return address.kind == address_kind(channel) && state_of(channel, address) == State::usable;
}

Way choose_address(Channel channel, std::span<const store::AddressRow> addresses, const Judge& judge) {
  struct Rank {
    State state = State::invalid;
    Standing standing = Standing::own;
    bool unflagged = true;
    auto operator<=>(const Rank&) const = default;
  };
  const store::AddressRow* best = nullptr;
  Rank best_rank;
  for (const auto& address : addresses) {
    if (address.kind != address_kind(channel)) continue;
    Rank rank{state_of(channel, address), Standing::own, channel != Channel::sms || !address.for_sms};
    if (rank.state == State::usable && judge) {
      rank.standing = judge(address);
      if (rank.standing == Standing::closed) rank.state = State::closed;
    }
    if (best != nullptr && rank >= best_rank) continue;
    best = &address;
    best_rank = rank;
  }
  if (best == nullptr) {
    return {{"", channel == Channel::wechat ? Reason::not_registered : Reason::no_address, {}}, nullptr};
  }
  const auto reason = reason_of(best_rank.state, *best);
  return {{best->normal.empty() ? best->given : best->normal, reason, {}}, reason ? nullptr : best};
}

}  // namespace crier::roster
