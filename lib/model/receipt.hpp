// What a gateway tells later of a message that it took (D1). Read by transport/receipt_words, kept by
// store/receipt_store.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/outcome.hpp"

namespace crier {

/// From the lightest to the heaviest: of two receipts of one message the heavier counts, in whichever order
/// they come, so that a failure wins over 'delivered', and what is final over what is not.
enum class ReceiptState {
  /// A word that tells nothing.
  unknown,
  /// The gateway or the network has it.
  accepted,
  /// It waits there for the phone.
  buffered,
  delivered,
  /// It has waited too long for the phone.
  expired,
  undelivered,
  /// The network or the gateway did not take it.
  failed,
};

inline constexpr std::array all_receipt_states{
    ReceiptState::unknown, ReceiptState::accepted,    ReceiptState::buffered, ReceiptState::delivered,
    ReceiptState::expired, ReceiptState::undelivered, ReceiptState::failed};

constexpr std::string_view to_text(ReceiptState state) {
  constexpr std::array<std::string_view, all_receipt_states.size()> words{
      "unknown", "accepted", "buffered", "delivered", "expired", "undelivered", "failed"};
  return words[static_cast<std::size_t>(state)];
}

constexpr std::optional<ReceiptState> parse_receipt_state(std::string_view word) {
  for (const auto state : all_receipt_states) {
    if (to_text(state) == word) return state;
  }
  return std::nullopt;
}

constexpr bool is_failure(ReceiptState state) {
  return state > ReceiptState::delivered;
}

struct Receipt {
  ReceiptState state = ReceiptState::unknown;
  /// A failure: whose fault, and its word as in `Outcome::cause`.
  Outcome::Fault fault = Outcome::Fault::none;
  std::string cause = {};
  /// The gateway's own words, in one line.
  std::string text = {};
  /// Which part of a long message; empty where the gateway does not say.
  std::string part = {};
  /// The recipient has told the gateway to be left alone (D12).
  bool opted_out = false;
};

}  // namespace crier
