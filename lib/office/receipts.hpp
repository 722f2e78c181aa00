// Receipts as an act (D1, W3): what a gateway tells of a delivery, from its call to the store. What it told
// is on disk when `take_receipt` returns, so that it can be answered; a receipt that comes twice, late or out
// of order changes nothing that was known better.
#pragma once

#include <cstdint>
#include <string_view>

#include "office/gateway_call.hpp"
#include "office/office.hpp"

namespace crier::office {

/// What became of a gateway's call.
enum class Heard {
  taken,
  /// Known already.
  again,
  /// Of a delivery that is not there any more.
  unknown,
  /// Not from the gateway: the address is not sealed by this store, or the signature or key is wrong.
  forged,
  /// From the gateway, and without what it has to say.
  not_understood,
  /// This channel has no gateway that calls.
  no_gateway,
};
inline constexpr int kinds_of_hearing = 6;
/// `taken`, `again`, `unknown`, `forged`, `not-understood`, `no-gateway`.
std::string_view to_text(Heard heard);

/// Throws Error(store) where it could not be written: the gateway is to tell it again.
Heard take_receipt(const Office& office, const GatewayCall& call);

/// What came of deliveries while they were under way, and has its effect now that they are not: how many.
/// Costs one look at an empty index where there is nothing.
std::int64_t weigh_waiting_receipts(const Office& office);

}  // namespace crier::office
