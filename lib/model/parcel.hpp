// What a transport carries: one delivery, addressed and rendered. Made by delivery/dispatch after its attempt
// is on disk; a transport knows nothing else of the store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "model/channel.hpp"
#include "model/message.hpp"

namespace crier {

struct Parcel {
  std::int64_t delivery = 0;
  std::int64_t job = 0;
  /// 1 for the first try.
  int attempt = 1;
  Channel channel = Channel::email;
  Priority priority = Priority::general;
  /// The normalised address: `ann@example.org`, `+447400900123`, a WeChat user id.
  std::string to;
  /// E-mail: the envelope sender. Others: the sender's name or number.
  std::string from;
  /// E-mail: the whole RFC 5322 message, lines ended by CRLF, the last one too, not dot-stuffed.
  /// Others: one JSON document.
  std::string content;
  /// Where the gateway tells what became of it; empty: nowhere.
  std::string receipt_url = {};
  /// WeChat: parcels of one number go in one request, the same ones each time it is tried; 0: alone. So many
  /// more of them stand behind this one.
  std::int64_t batch = 0;
  std::size_t more_of_batch = 0;
};

}  // namespace crier
