// Replies by text message (D12, W3): from the gateway's call to what they do. STOP, START, HELP and their
// like have their effect at once and are answered once; anything else is kept for somebody to read.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/table.hpp"
#include "base/zone.hpp"
#include "model/reply.hpp"
#include "office/gateway_call.hpp"
#include "office/office.hpp"
#include "office/receipts.hpp"

namespace crier::office {

struct ReplyTaken {
  Heard heard = Heard::taken;
  /// What the gateway is to send back; empty: nothing.
  std::string answer = {};
};
/// Throws Error(store) where it could not be written: the gateway is to bring it again.
ReplyTaken take_reply(const Office& office, const GatewayCall& call);

/// What waits for somebody; `all`: what is done too. Of the school in sight. `since` is a date, a time or a
/// span before now, or empty. Numbers as whoever looks may see them. Throws Error(usage).
enum class ReplyList { open, all };
std::vector<ReplyRow> list_replies(const Office& office, ReplyList which, std::string_view since,
                                   const Zone& zone);
Table reply_table(const std::vector<ReplyRow>& replies);

/// Throws Error(nothing_there).
ReplyRow find_reply(const Office& office, std::int64_t id);

/// Somebody has dealt with these: all of them or none. Throws Error(nothing_there), and
/// Error(refused_by_rule) where one was dealt with before.
std::vector<ReplyRow> finish_replies(const Office& office, std::span<const std::int64_t> ids);

}  // namespace crier::office
