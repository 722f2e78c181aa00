// Where a gateway tells what became of one try: an address that nobody can make up (D1), since it is sealed
// under the store's key. Written by the engine, read where receipts come in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/channel.hpp"

namespace crier::delivery {

struct TryNumber {
  std::int64_t delivery = 0;
  int attempt = 0;
  bool operator==(const TryNumber&) const = default;
};

/// `https://…/gateway/sms/receipt?d=17&a=1&s=…`; empty where `base` is: the gateway is asked for none.
std::string receipt_url(std::string_view base, Channel channel, const TryNumber& number,
                        std::string_view key);

/// Of a receipt's parameters `d`, `a` and `s`; nothing where this key has not sealed them.
std::optional<TryNumber> read_receipt(std::string_view key, Channel channel, std::string_view d,
                                      std::string_view a, std::string_view s);

}  // namespace crier::delivery
