// Single deliveries: a job's recipients, one delivery's whole story, and what a person decides of one in
// doubt (D1, D5).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/message.hpp"
#include "office/office.hpp"
#include "store/report_store.hpp"

namespace crier::office {

/// Why a delivery has not gone.
enum class Hold { approval, own_time, window, hours, retry };
/// `approval`, `own-time`, `window`, `hours`, `retry`.
std::string_view to_text(Hold hold);

struct ShownDelivery : store::DeliveryStory {
  /// held, waiting: for what.
  std::optional<Hold> hold;
};
/// `crier deliveries show`: addresses as whoever looks may see them. Throws Error(nothing_there).
ShownDelivery show_delivery(const Office& office, std::int64_t delivery);

struct JobRecipients {
  std::vector<store::DeliveryLine> lines;
  std::int64_t page = 1;
  std::int64_t pages = 1;
  std::int64_t total = 0;
};
/// `crier status JOB --recipients`, pages from 1. Throws Error(nothing_there) where there is no such job,
/// Error(usage) for a reason that nothing has.
JobRecipients job_recipients(const Office& office, std::int64_t job, const store::RecipientFilter& filter,
                             std::int64_t page, std::int64_t per_page);

enum class DoubtDecision {
  /// It has arrived: complete.
  sent,
  /// It has not: again, by the audience, address and hours of now.
  send_again,
};
struct DoubtDecided {
  std::int64_t delivery = 0;
  std::int64_t job = 0;
  DeliveryState state = DeliveryState::complete;
  /// When it leaves, where it is held.
  std::optional<Instant> held_until;
};
/// `crier deliveries decide`. Throws Error(refused_by_rule): "not-in-doubt"; "cannot-be-sent" where its
/// recipient may not hear or cannot be reached now.
DoubtDecided decide_doubtful(const Office& office, std::int64_t delivery, DoubtDecision decision);

}  // namespace crier::office
