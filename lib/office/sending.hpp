// Sending as an act: audience, limits, plan, and one transaction that queues message, jobs and deliveries
// (M1, M6, M9, D1).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "delivery/plan.hpp"
#include "model/message.hpp"
#include "model/recipient.hpp"
#include "office/office.hpp"
#include "office/outgoing.hpp"
#include "office/wording.hpp"
#include "store/contact_store.hpp"

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

/// Who would receive. Throws Error(nothing_there) where nobody matches.
Resolution resolve_audience(const Office& office, const AudienceRequest& request, Category category);

/// `crier resolve`: the same for whoever looks, their role's sight of addresses (M7).
Resolution shown_audience(const Office& office, const AudienceRequest& request, Category category);

/// Who of a message's audience hears on a channel now: the second working out (A5). Nobody is no error.
/// `office` names the message's school. The caller holds a Snapshot or a Transaction where it matters.
Resolution audience_of_message(const Office& office, const store::MessageRow& message, Channel channel);

/// One person as a recipient: of a contact on account of all their pupils, of anybody else as themselves.
/// Throws Error(nothing_there) for somebody without an active place.
Resolution audience_of_person(const Office& office, const store::KnownPerson& person,
                              const std::vector<Channel>& via);

/// `resolve --explain CODE`: rule by rule, a line each.
std::vector<std::string> explain(const Office& office, const AudienceRequest& request, std::string_view code);

struct SendRequest {
  AudienceRequest audience;
  std::string subject;
  std::string body;
  /// A template's name instead of subject and body; empty: none.
  std::string template_name;
  std::vector<std::filesystem::path> attachments;
  Category category = Category::informational;
  Priority priority = Priority::general;
  std::string idempotency_key;
  delivery::Unreached unreached = delivery::Unreached::failed_from_start;
  std::optional<std::int64_t> expect;
  /// `--at` and `--expires`: an RFC 3339 time, or one by the school's wall (`2026-11-25T16:00`); of
  /// `--expires` also a span from then on (`3d`). Empty: at once; as the category says (M5).
  std::string at;
  std::string expires;
  /// `16:00-20:00`, or empty.
  std::string window;
  /// Waits for an import that runs, and refuses on stale data (A5).
  enum class Sync { as_it_is, after_sync } sync = Sync::as_it_is;
  /// Asks its readers to confirm (M10).
  enum class Confirmation { none, asked } confirmation = Confirmation::none;
  /// The message that is sent again, to those who have had none of it (M10).
  std::optional<std::int64_t> again;
  AgainTo again_to = AgainTo::new_people;
  /// An e-mail goes to this address when all of it has ended (D11); empty: none.
  std::string confirm_to;
  /// Samples go to this address, and nothing to anybody else (M9).
  std::string test_to;
  /// Each channel behind the first is for those alone whom the ones before it have not reached after so long
  /// (D10); none: all channels go alike.
  std::optional<std::chrono::seconds> fallback_after;
  enum class Mode { send, dry_run } mode = Mode::send;
};

/// What may be spent of the wallet before and after (D8), in hundredths of points.
struct WalletAfter {
  std::int64_t free = 0;
  std::int64_t after = 0;
};

struct SendAnswer {
  std::int64_t message = 0;
  /// `queued`, `scheduled` (all is held until a time), `awaiting-approval`, `dry-run`, `duplicate`.
  std::string state;
  std::vector<QueuedJob> jobs;
  std::vector<delivery::Unreachable> unreachable;
  std::int64_t recipients = 0;
  std::optional<Instant> held_until;
  std::optional<Instant> expires;
  /// Deliveries that wait for another day (M11), and such as the sandbox does not let through (M9).
  std::int64_t over_cap = 0;
  std::int64_t sandboxed = 0;
  /// Text messages: parts, and hundredths of points; none where nothing is sent by SMS.
  std::optional<std::int64_t> segments;
  std::optional<std::int64_t> cost;
  /// None without a wallet.
  std::optional<WalletAfter> wallet;
  /// What should be seen although it hinders nothing: translations that are missing, say.
  std::vector<std::string> warnings;
  /// Something of it has yet to be carried.
  bool waits_for_daemon = false;
};

/// How a message reads, for whoever is about to send it.
struct Sample {
  std::string code;
  std::string name;
  Channel channel = Channel::email;
  std::string subject;
  std::string body;
};

/// A time that somebody wrote: RFC 3339, or by the school's wall. Throws Error(usage): no time, or one that
/// the clocks never show.
Instant read_time(std::string_view option, std::string_view text, const roster::SchoolProfile& school);

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
  /// What `queue` would answer, but for numbers.
  SendAnswer preview() const;
  /// The first renderings: of each channel, those of so many recipients who can be reached.
  std::vector<Sample> samples(std::size_t recipients) const;
  /// Queues it in one transaction; for a dry run or a duplicate only answers.
  SendAnswer queue();

 private:
  std::string content_digest() const;
  roster::SchoolProfile pick_sender(const std::vector<roster::SchoolProfile>& schools) const;
  bool concerns_only(const roster::SchoolProfile& school) const;
  SendAnswer duplicate_answer();
  void set_times();
  void take_words();
  void leave_out_earlier_recipients();
  void make_plan();
  void require_use();
  void require_points();
  store::MessageRow row() const;
  SendAnswer queue_samples();

  const Office& office_;
  SendRequest request_;
  /// The first of the messages that this one repeats.
  std::optional<std::int64_t> again_of_;
  /// In the wallet, before this.
  std::optional<std::int64_t> free_points_;
  std::vector<store::MessageAttachment> attachments_;
  /// Of the call as it was made: a template's words, and an earlier message's, are put into `request_` later
  /// (M6).
  std::string digest_;
  std::optional<std::int64_t> duplicate_;
  Resolution resolution_;
  roster::SchoolProfile school_;
  std::optional<Instant> send_at_;
  std::optional<Instant> expires_;
  delivery::Departure departure_;
  std::vector<store::MessageText> texts_;
  std::unique_ptr<Wording> wording_;
  delivery::Plan plan_;
};

}  // namespace crier::office
