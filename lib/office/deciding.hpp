// What becomes of a message that has not gone: approved, rejected, cancelled (M4, M5). Each is one
// transaction and an audit entry; what is under way at that moment cannot be held back, and is said.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "office/office.hpp"

namespace crier::office {

/// A message's words as whoever approves it wants them; empty: as they are.
struct Edit {
  std::string subject;
  std::string body;
};

struct Decided {
  std::int64_t message = 0;
  std::string subject;
  std::int64_t deliveries = 0;
  /// Too late to be held back.
  std::int64_t under_way = 0;
  /// Of an approval: when it may leave at the earliest.
  std::optional<Instant> leaves;
};

/// Lets a message go that waits for approval: at its time, else at once; who receives it is worked out again
/// then (A5). Throws Error(nothing_there), Error(refused_by_rule, "not-awaiting") where nobody has to approve
/// it, "limit" where the new words are too long, "too-late" where it is of no use any more.
Decided approve(const Office& office, std::int64_t message, const Edit& edit);

/// Throws the same, and Error(usage) without a reason.
Decided reject(const Office& office, std::int64_t message, const std::string& reason);

/// Takes back what has not gone of a message. Throws Error(nothing_there), Error(refused_by_rule,
/// "nothing-to-cancel").
Decided cancel(const Office& office, std::int64_t message);
/// What has not gone to one person: of a message, or of all.
Decided cancel_for(const Office& office, std::optional<std::int64_t> message, const std::string& code);
/// Everything that has not gone.
Decided cancel_all(const Office& office);

/// A message that waits for somebody who may approve.
struct Awaiting {
  std::int64_t message = 0;
  std::string school;
  std::string subject;
  std::string sender;
  Instant created{};
  std::int64_t deliveries = 0;
};
/// Of the school that the office names, if any; by number.
std::vector<Awaiting> awaiting_approval(const Office& office);

}  // namespace crier::office
