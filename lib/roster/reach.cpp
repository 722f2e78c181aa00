#include "roster/reach.hpp"

namespace crier::roster {
namespace {

/// Best first.
enum class State { flagged, usable, closed, blocked, not_for_sms, invalid };

bool takes_texts(const store::AddressRow& address) {
  if (address.for_sms) return *address.for_sms && address.line != "landline";
  return address.line == "mobile" || address.line == "mobile-or-landline";
}

/// A number that takes no texts may well be spoken to.
bool is_blocked(Channel channel, const store::AddressRow& address) {
  if (address.block.empty()) return false;
  return channel != Channel::voice || address.block != to_text(Reason::blocked_text_failure);
}

State state_of(Channel channel, const store::AddressRow& address, const Closed& closed) {
  if (address.normal.empty()) return State::invalid;
  if (channel == Channel::sms && !takes_texts(address)) return State::not_for_sms;
  if (is_blocked(channel, address)) return State::blocked;
  if (closed && closed(address)) return State::closed;
  return channel == Channel::sms && address.for_sms ? State::flagged : State::usable;
}

std::optional<Reason> reason_of(State state, const store::AddressRow& address) {
  switch (state) {
    case State::flagged:
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

Way choose_address(Channel channel, std::span<const store::AddressRow> addresses, const Closed& closed) {
  const store::AddressRow* best = nullptr;
  State best_state = State::invalid;
  for (const auto& address : addresses) {
    if (address.kind != address_kind(channel)) continue;
    const auto state = state_of(channel, address, closed);
    if (best != nullptr && state >= best_state) continue;
    best = &address;
    best_state = state;
  }
  if (best == nullptr) {
    return {{"", channel == Channel::wechat ? Reason::not_registered : Reason::no_address}, nullptr};
  }
  const auto reason = reason_of(best_state, *best);
  return {{best->normal.empty() ? best->given : best->normal, reason}, reason ? nullptr : best};
}

}  // namespace crier::roster
