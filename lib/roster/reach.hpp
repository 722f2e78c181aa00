// By which address a channel reaches somebody, and if by none, why (R4, R7, D9). Looks at one person's
// addresses as the store has them; who may not hear at all is decided before, in `audience/resolve`.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "model/recipient.hpp"
#include "store/audience_store.hpp"

namespace crier::roster {

struct Way {
  Reach reach;
  /// The address that was chosen; nullptr where none was, or where the channel has no addresses (inbox,
  /// alert).
  const store::AddressRow* address = nullptr;
};

/// Whether an address may not be used although it is good: somebody who is barred from the pupil reads it
/// too.
using Closed = std::function<bool(const store::AddressRow&)>;

/// `addresses` are the person's, of any kinds, by kind and position. Among the usable ones the first counts;
/// for text messages those flagged for SMS come before all others. Where none is usable, the reason is the
/// one that is nearest to being mended: closed, blocked, not for SMS, invalid, none.
Way choose_address(Channel channel, std::span<const store::AddressRow> addresses, const Closed& closed);

}  // namespace crier::roster
