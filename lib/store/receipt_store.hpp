// What gateways told of deliveries, and what that does to them (D1). The caller holds the transaction in all
// functions that change something.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "model/message.hpp"
#include "model/receipt.hpp"
#include "store/connection.hpp"

namespace crier::store {

enum class ReceiptNews {
  /// There is no such delivery or try any more.
  no_delivery,
  /// What is known of it weighs as much: nothing was changed.
  known,
  noted,
};
/// Keeps a receipt of one try, where it weighs more than what is known of the same part of it.
ReceiptNews note_receipt(Connection& connection, std::int64_t delivery, int attempt, const Receipt& receipt,
                         Instant now);

/// What receipts made of a delivery.
struct ReceiptEffect {
  DeliveryState before = DeliveryState::complete;
  DeliveryState after = DeliveryState::complete;
};
/// Weighs all receipts of a delivery's tries of this round and does what follows: its state beside `complete`
/// is set; a failure fails it; what was in doubt or waits for another try is complete as soon as the gateway
/// says that it has it. A delivery that is under way is left until that has ended. Nothing where there is no
/// such delivery.
std::optional<ReceiptEffect> weigh_receipts(Connection& connection, std::int64_t delivery, Instant now);

/// Deliveries with receipts that came while they were under way, and are not under way any more.
std::vector<std::int64_t> receipts_to_weigh(Connection& connection, std::int64_t limit);

struct ReceiptLine {
  std::int64_t attempt = 0;
  std::string part;
  ReceiptState state = ReceiptState::unknown;
  std::string cause;
  std::string text;
  Instant received{};
};
/// By try, then in the order in which they came.
std::vector<ReceiptLine> receipts_of(Connection& connection, std::int64_t delivery);

}  // namespace crier::store
