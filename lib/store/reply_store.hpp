// Replies by text message (D12). The caller holds the transaction in all functions that change something.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "model/reply.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// Whether it has come before: under the gateway's id, or, from the same number, with the same text since
/// then.
bool is_reply_known(Connection& connection, const Reply& reply, Instant since);
/// Whether that number was answered by itself since then.
bool was_answered(Connection& connection, std::string_view sender, Instant since);
/// Returns its id.
std::int64_t insert_reply(Connection& connection, const Reply& reply);

/// Whoever has this number, by id.
std::vector<std::int64_t> holders_of_number(Connection& connection, std::string_view number);
/// Their language, or empty.
std::string language_of(Connection& connection, std::int64_t person);
/// The name of the school of somebody who has this number, the first by code; empty where nobody has it.
std::string school_of_number(Connection& connection, std::string_view number);

/// Nothing that waits for this number goes any more. How many deliveries are cancelled.
std::int64_t cancel_to_number(Connection& connection, std::string_view number, Instant now);
/// Takes back what a reply, or the gateway, said of a person on this channel, and nothing that others said.
/// How many opt-outs.
std::int64_t take_back_replied(Connection& connection, std::int64_t person, std::string_view channel);
/// How an opt-out is marked that a reply made.
inline constexpr std::string_view said_by_reply = "reply";

/// Whoever an import has just brought with a number whose last word was STOP has said so too.
void inherit_stops(Connection& connection, std::int64_t import, Instant now);

enum class ReplyScope { open, all };
/// The latest first; of one school those from numbers that somebody there has.
std::vector<ReplyRow> replies(Connection& connection, ReplyScope scope, std::optional<std::int64_t> school,
                              Instant since);
std::optional<ReplyRow> reply(Connection& connection, std::int64_t id);
/// False where somebody has dealt with it already.
bool set_reply_done(Connection& connection, std::int64_t id, std::string_view by, Instant now);

}  // namespace crier::store
