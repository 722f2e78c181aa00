// Sending as an act: audience, limits, plan, and one transaction that queues message, jobs and deliveries
// (M1, M6, M9, D1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "delivery/plan.hpp"
#include "model/message.hpp"
#include "model/recipient.hpp"
#include "office/office.hpp"

namespace crier::office {

struct AudienceRequest {
  std::string expression;
  /// Empty: `self`.
  std::vector<std::string> to;
  /// Empty: e-mail.
  std::vector<Channel> via;
  /// An emergency passes opt-outs of a category (M3).
  Priority priority = Priority::general;
};

/// `crier resolve`. Throws Error(nothing_there) where nobody matches.
Resolution resolve_audience(const Office& office, const AudienceRequest& request, Category category);

/// `resolve --explain CODE`: rule by rule, a line each.
std::vector<std::string> explain(const Office& office, const AudienceRequest& request, std::string_view code);

struct SendRequest {
  AudienceRequest audience;
  std::string subject;
  std::string body;
  Category category = Category::informational;
  Priority priority = Priority::general;
  std::string idempotency_key;
  delivery::Unreached unreached = delivery::Unreached::failed_from_start;
  std::optional<std::int64_t> expect;
  enum class Mode { send, dry_run } mode = Mode::send;
};

struct QueuedJob {
  std::int64_t id = 0;
  Channel type = Channel::email;
  std::int64_t messages = 0;
};

struct SendAnswer {
  std::int64_t message = 0;
  /// `queued`, `scheduled` (all is held until a time), `dry-run`, `duplicate`.
  std::string state;
  std::vector<QueuedJob> jobs;
  std::vector<delivery::Unreachable> unreachable;
  std::int64_t recipients = 0;
  std::optional<Instant> held_until;
  /// Something of it has yet to be carried.
  bool waits_for_daemon = false;
};

/// Throws Error(refused_by_rule, "approval") where the settings want messages of this category approved: this
/// version cannot give approval, and nothing may go without (M4).
void require_no_approval(const config::Settings& settings, Category category);

/// Works out what `send` would do, and refuses what must be refused; nothing is written.
class Sending {
 public:
  Sending(const Office& office, SendRequest request);
  /// For the question before it queues: how many on each channel.
  const delivery::Plan& plan() const { return plan_; }
  const Resolution& resolution() const { return resolution_; }
  const roster::SchoolProfile& school() const { return school_; }
  /// An earlier call with this key and content, which makes this one a duplicate.
  bool is_duplicate() const { return duplicate_.has_value(); }
  /// Queues it in one transaction; for a dry run or a duplicate only answers.
  SendAnswer queue();

 private:
  std::string digest() const;
  roster::SchoolProfile pick_sender(const std::vector<roster::SchoolProfile>& schools) const;
  bool concerns_only(const roster::SchoolProfile& school) const;
  SendAnswer duplicate_answer();

  const Office& office_;
  SendRequest request_;
  std::optional<std::int64_t> duplicate_;
  Resolution resolution_;
  roster::SchoolProfile school_;
  delivery::Plan plan_;
};

}  // namespace crier::office
