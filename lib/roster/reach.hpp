// By which address a channel reaches somebody, and if by none, why (R4, R7, D9). Looks at one person's
// addresses as the store has them; who may not hear at all, and who else reads an address, is decided in
// `audience/resolve` and `audience/sharing`.
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

/// How an address stands to everybody who reads it (A4), best first: all records of this one person have it;
/// it is the person's or the family's; somebody of another family reads it too; somebody who is barred from
/// the pupil does, which closes it.
enum class Standing { common, own, shared, closed };
using Judge = std::function<Standing(const store::AddressRow&)>;

/// Whether the channel may write there, whoever else reads it.
bool is_usable(Channel channel, const store::AddressRow& address);

/// `addresses` are the person's, of any kinds, by kind and position. Among the usable ones the best standing
/// counts, then for text messages those flagged for SMS, then the first; without a judge all stand alike.
/// Where none is usable, the reason is the one that is nearest to being mended: closed, blocked, not for SMS,
/// invalid, none.
Way choose_address(Channel channel, std::span<const store::AddressRow> addresses, const Judge& judge);

}  // namespace crier::roster
