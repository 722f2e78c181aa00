// What every message goes through on its way into the queue, whoever wrote it: approval, the time after which
// it is useless, the daily cap, and the rows themselves. Shared by sending, schedules and notices; the second
// working out is office/release's (A5).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "delivery/plan.hpp"
#include "model/recipient.hpp"
#include "office/office.hpp"
#include "roster/schools.hpp"
#include "store/message_store.hpp"

namespace crier::office {

struct QueuedJob {
  std::int64_t id = 0;
  Channel type = Channel::email;
  std::int64_t messages = 0;
};

struct QueuedMessage {
  std::int64_t id = 0;
  std::vector<QueuedJob> jobs;
  /// Something of it is in the queue now.
  bool goes_now = false;
  /// Something of it has yet to be carried.
  bool waits_for_daemon = false;
};

/// Writes message, words, attachments, jobs and deliveries; the caller holds the transaction. `urgency` is
/// what the queue goes by. Throws Error(refused_by_rule, "wallet") where the wallet does not cover the texts.
QueuedMessage queue_message(const Office& office, const store::MessageRow& message,
                            std::span<const store::MessageText> texts,
                            std::span<const store::MessageAttachment> attachments, const delivery::Plan& plan,
                            Priority urgency);

/// Whether messages of this category wait for somebody who may approve them, unless their sender is exempt
/// (M4). What is of category system never does.
delivery::Approval approval_for(const Office& office, Category category);

/// How long messages of a category are of use (M5).
std::chrono::seconds useful_for(const config::Settings& settings, Category category);

/// Who of the recipients has children in other schools whose hours differ from this one's (D3).
delivery::OtherSchools other_schools(const Office& office, const std::vector<roster::SchoolProfile>& schools,
                                     const roster::SchoolProfile& school, const Resolution& resolution);

/// Who of the recipients has had enough for the school's day (M11); nobody where the settings have no limit.
/// `besides`: the message that asks.
delivery::DailyCap daily_cap(const Office& office, const roster::SchoolProfile& school,
                             const Resolution& resolution, Instant now,
                             std::optional<std::int64_t> besides = {});

/// A digest as one recipient's words; of a text message its parts are counted (D8).
delivery::OwnWords notice_words(const Office& office, const roster::SchoolProfile& school, std::string body,
                                Channel channel);

/// How a message of the store is planned at this moment, but for its words (A5, D7): when it may leave, who
/// has had enough. Must not outlive its arguments.
delivery::PlanRequest plan_request(const Office& office, const std::vector<roster::SchoolProfile>& schools,
                                   const roster::SchoolProfile& school, const store::MessageRow& message,
                                   const Resolution& resolution);

}  // namespace crier::office
