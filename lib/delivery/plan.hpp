// From an audience to jobs: one job per channel, one delivery per recipient (D1). Who should hear but cannot
// be reached is a failed delivery from the start; who may not hear is listed and is none.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "config/settings.hpp"
#include "model/message.hpp"
#include "model/recipient.hpp"
#include "roster/schools.hpp"
#include "store/connection.hpp"
#include "store/queue_store.hpp"

namespace crier::delivery {

struct Unreachable {
  std::string code;
  std::string name;
  Channel type = Channel::email;
  Reason reason = Reason::no_address;
};

struct PlannedJob {
  Channel channel = Channel::email;
  std::vector<store::NewDelivery> deliveries;
};

struct Plan {
  std::vector<PlannedJob> jobs;
  std::vector<Unreachable> unreachable;
  /// The earliest time at which anything that is held may go.
  std::optional<Instant> held_until;
};

enum class Unreached { failed_from_start, left_out };
/// Quiet hours: hold until the next opening, pass, or (schedules) leave out what would be held.
enum class QuietHandling { hold, ignore };

struct PlanRequest {
  const Resolution& resolution;
  const roster::SchoolProfile& school;
  const config::Settings& settings;
  Priority priority = Priority::general;
  Unreached unreached = Unreached::failed_from_start;
  QuietHandling quiet = QuietHandling::hold;
  Instant now{};
  /// A recipient's own words on a channel, where a message has them.
  std::function<std::optional<std::string>(const Recipient&, Channel)> body;
};

/// Throws Error(refused_by_rule, "never-opens") where quiet hours do not open within 60 days (D3).
Plan make_plan(const PlanRequest& request);

/// `Annabel Dyer (9B)` a line: whom a message concerns; nothing for somebody who is meant in person.
std::string related_lines(const Recipient& recipient);

/// When a message of this school may leave on this channel: `now`, or its next opening.
Instant opening(const config::Settings& settings, const roster::SchoolProfile& school, Channel channel,
                Priority priority, Instant now);

}  // namespace crier::delivery
