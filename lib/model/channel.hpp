// The ways in which a message reaches somebody. Each channel of a message is a job of its own (D1).
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace crier {

enum class Channel { email, sms, wechat, voice, inbox, alert };

inline constexpr std::array all_channels{Channel::email, Channel::sms,   Channel::wechat,
                                         Channel::voice, Channel::inbox, Channel::alert};

/// The word of the interface: `email`, `sms`, …
std::string_view to_text(Channel channel);
std::optional<Channel> parse_channel(std::string_view word);

/// Which kind of address a channel writes to. SMS and voice share phone numbers.
enum class AddressKind { email, phone, wechat, inbox };
std::string_view to_text(AddressKind kind);
AddressKind address_kind(Channel channel);

}  // namespace crier
