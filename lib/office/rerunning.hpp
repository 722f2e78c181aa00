// Sending a job again (D7): what failed, or all of it; addresses are looked up anew, old attempts stay.
#pragma once

#include <cstdint>
#include <optional>

#include "office/office.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"

namespace crier::office {

using store::RerunScope;

/// Throws Error(refused_by_rule, "words-gone") for a message whose words were let go (P1): what is sent again
/// needs them, and who had it may not be known any more.
void require_words(const store::MessageRow& message);

struct RerunAnswer {
  std::int64_t job = 0;
  std::int64_t requeued = 0;
  std::int64_t corrected_addresses = 0;
  /// Failed ones that can still not be reached, or may no longer hear.
  std::int64_t still_unreachable = 0;
  std::optional<Instant> held_until;
};

/// Throws Error(nothing_there) for an unknown job, Error(refused_by_rule) where nothing failed, or where
/// nobody of those who failed can be reached now.
RerunAnswer rerun(const Office& office, std::int64_t job, store::RerunScope scope);

/// Puts one delivery of a job back, as it would be sent now; the caller holds the transaction. What it has
/// become. Throws Error(refused_by_rule): as `rerun` does, or "cannot-be-sent".
store::NewDelivery send_one_again(const Office& office, const store::MessageRow& message, std::int64_t job,
                                  const store::Rerunnable& delivery);

}  // namespace crier::office
