// A message, its jobs and its deliveries: the nouns of the queue and their state machines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "model/channel.hpp"
#include "model/outcome.hpp"

namespace crier {

enum class Category { system, informational, periodic };
std::string_view to_text(Category category);
std::optional<Category> parse_category(std::string_view word);

enum class Priority { general, emergency };
std::string_view to_text(Priority priority);
std::optional<Priority> parse_priority(std::string_view word);

/// A message's life (M4, M5). Until it is released, its deliveries are held.
///
///   awaiting_approval ──approve──▶ released        awaiting_approval ──reject──▶ rejected
///   released, awaiting_approval ──cancel──▶ cancelled
enum class MessageState { awaiting_approval, released, rejected, cancelled };
std::string_view to_text(MessageState state);
MessageState parse_message_state(std::string_view word);

/// Whom a message that repeats another is for (M10): those who have had none of it, or who have not confirmed
/// it.
enum class AgainTo { new_people, unconfirmed };
/// `new`, `unconfirmed`.
std::string_view to_text(AgainTo to);
AgainTo parse_again_to(std::string_view word);

/// A delivery's life (D1):
///
///   queued ──claim──▶ claimed ──settle──▶ complete | failed | waiting | in_doubt
///      ▲  ▲              │                              │         │
///      │  └─ give back ──┘ (never begun)                │         │
///      ├────────── its time has come ───────────────────┘         │
///      ├────────── the channel's rule says: again ────────────────┘
///   held ─── its window opens ──▶ queued
///   failed ── rerun ──▶ queued            queued, held, waiting ── cancel ──▶ cancelled
///   complete, in_doubt ── it came back (a bounce, a receipt) ──▶ failed
///   in_doubt, waiting ── a receipt says that the gateway has it ──▶ complete
///
/// `not started` counts queued; `processing` counts claimed and waiting.
enum class DeliveryState { queued, claimed, waiting, complete, failed, held, in_doubt, cancelled };
std::string_view to_text(DeliveryState state);
DeliveryState parse_delivery_state(std::string_view word);

/// A job's counts: they always add up to its messages.
struct JobCounts {
  std::int64_t messages = 0;
  std::int64_t not_started = 0;
  std::int64_t processing = 0;
  std::int64_t complete = 0;
  std::int64_t failed = 0;
  std::int64_t held = 0;
  std::int64_t in_doubt = 0;
  std::int64_t cancelled = 0;

  /// What has not ended one way or another.
  std::int64_t open() const { return not_started + processing + held; }
  JobCounts& operator+=(const JobCounts& other);
};

/// A row of `crier status`.
struct JobRow {
  std::int64_t id = 0;
  std::int64_t message = 0;
  std::string school;
  std::string subject;
  Channel type = Channel::email;
  JobCounts counts;
  Instant created{};
  Instant updated{};
  std::string sender;
  /// The earliest time at which a held delivery may go; none where it waits for a person.
  std::optional<Instant> held_until;
  MessageState state = MessageState::released;
  /// Of the complete ones, those that a receipt says have reached the phone; none where no receipt has come.
  std::optional<std::int64_t> delivered;
};

/// A failed or waiting delivery with its full cause, for `status --errors`.
struct FailedDelivery {
  std::int64_t delivery = 0;
  std::string code;
  std::string name;
  std::string address;
  int attempts = 0;
  Instant at{};
  /// Why it was failed from the start (a reason's code), or empty.
  std::string reason;
  Outcome outcome;
  std::string from;
  Channel channel = Channel::email;
  /// It may have arrived, and waits for a person (D5).
  bool in_doubt = false;
};

}  // namespace crier
