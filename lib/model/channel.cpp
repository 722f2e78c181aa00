#include "model/channel.hpp"

namespace crier {

std::string_view to_text(Channel channel) {
  switch (channel) {
    case Channel::email:
      return "email";
    case Channel::sms:
      return "sms";
    case Channel::wechat:
      return "wechat";
    case Channel::voice:
      return "voice";
    case Channel::inbox:
      return "inbox";
    case Channel::alert:
      return "alert";
  }
  return "";
}

std::optional<Channel> parse_channel(std::string_view word) {
  for (const auto channel : all_channels) {
    if (to_text(channel) == word) return channel;
  }
  return std::nullopt;
}

std::string_view to_text(AddressKind kind) {
  switch (kind) {
    case AddressKind::email:
      return "email";
    case AddressKind::phone:
      return "phone";
    case AddressKind::wechat:
      return "wechat";
    case AddressKind::inbox:
      return "inbox";
  }
  return "";
}

AddressKind address_kind(Channel channel) {
  switch (channel) {
    case Channel::email:
      return AddressKind::email;
    case Channel::sms:
    case Channel::voice:
      return AddressKind::phone;
    case Channel::wechat:
      return AddressKind::wechat;
    case Channel::inbox:
    case Channel::alert:
      return AddressKind::inbox;
  }
  return AddressKind::inbox;
}

}  // namespace crier
