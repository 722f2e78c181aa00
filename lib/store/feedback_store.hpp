// What comes back of what was sent: mails that were read, and the delivery that one is about (I11). The
// caller holds the transaction in all functions that change something.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "model/channel.hpp"
#include "model/message.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// A delivery as a report of it is matched.
struct SentDelivery {
  std::int64_t id = 0;
  std::int64_t job = 0;
  std::int64_t message = 0;
  std::int64_t person = 0;
  Channel channel = Channel::email;
  std::string address;
  DeliveryState state = DeliveryState::complete;
  int attempts = 0;
  /// Tries of this round; fewer than `attempts`: it was rerun.
  int round = 0;
  /// The first try of this round; none: it never was tried.
  std::optional<Instant> first_try;
};
std::optional<SentDelivery> sent_delivery(Connection& connection, std::int64_t id);

/// E-mails to whoever holds this address now, the latest first; their own addresses may have been others
/// then.
std::vector<SentDelivery> deliveries_of_holders(Connection& connection, std::string_view compare_key);

/// A mail that is known by its digest was read before.
bool is_feedback_known(Connection& connection, std::string_view digest);
void note_feedback(Connection& connection, std::string_view digest, std::string_view kind,
                   std::optional<std::int64_t> delivery, Instant now);

/// A delivery that came back after all: failed whatever it was (D1), with an attempt that tells of it; its
/// job is weighed anew where the fault is the recipient's. False, and nothing changed, where it is under way,
/// waits, or had failed so already.
bool fail_returned(Connection& connection, const SentDelivery& delivery, const Outcome& outcome, Instant now);

}  // namespace crier::store
