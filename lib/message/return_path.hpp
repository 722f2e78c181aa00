// The envelope sender of one delivery (VERP): `bounces+17-k3v9zqx2ab@school.example`. Wherever a server
// returns the mail to, and whatever it leaves out, the address tells which delivery it was (C9); the check,
// made with the store's key and name, lets nobody report another's delivery. Written by message/rendering,
// read by delivery/feedback.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crier::message {

/// `bounce_address` is `[bounces] address`; `store_uuid` the store's name as of the message, so that a copy
/// of a store does not take the other's for its own. Letters that servers may turn into capitals or back.
std::string return_path(std::string_view key, std::string_view store_uuid, std::string_view bounce_address,
                        std::int64_t delivery);

/// The delivery that such an address names, whoever made it; nothing where it is none.
std::optional<std::int64_t> delivery_in(std::string_view address);

/// Whether this store made it, ignoring case and domain.
bool is_return_path(std::string_view key, std::string_view store_uuid, std::string_view address);

}  // namespace crier::message
