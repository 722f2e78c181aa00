// What staff look at: rows for status and reports. Reads only, one query each.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "model/message.hpp"
#include "store/connection.hpp"
#include "store/receipt_store.hpp"

namespace crier::store {

/// What jobs are asked for by their state: those of which something is in it; `open`: something has not gone;
/// `done`: nothing is left to do; `complete`: all of it is.
enum class JobState {
  open,
  done,
  not_started,
  processing,
  complete,
  failed,
  held,
  in_doubt,
  cancelled,
  awaiting_approval,
};
inline constexpr std::array all_job_states{JobState::open,        JobState::done,
                                           JobState::not_started, JobState::processing,
                                           JobState::complete,    JobState::failed,
                                           JobState::held,        JobState::in_doubt,
                                           JobState::cancelled,   JobState::awaiting_approval};
std::string_view to_text(JobState state);

struct JobFilter {
  std::optional<std::int64_t> job;
  std::optional<std::int64_t> message;
  std::optional<std::int64_t> school;
  std::optional<Channel> type;
  std::optional<Instant> created_from;
  std::optional<Instant> created_to;
  std::optional<Instant> updated_from;
  std::optional<Instant> updated_to;
  /// Jobs of which something has not gone alone.
  bool open = false;
  /// Jobs with failed deliveries alone.
  bool has_error = false;
  /// Part of the sender's name.
  std::string sender;
  std::optional<JobState> state = {};
};

/// Latest first.
std::vector<JobRow> job_rows(Connection& connection, const JobFilter& filter, std::int64_t offset,
                             std::int64_t limit);
std::int64_t count_jobs(Connection& connection, const JobFilter& filter);

/// The parts of the text messages that went, or may have gone (in doubt), of jobs created in [from, to),
/// delivery by delivery.
struct SentText {
  std::int64_t job = 0;
  std::string_view address;
  /// Of those that went or may have gone.
  std::int64_t segments = 0;
  /// To the wallet (D8), whatever became of it; none where it went without one.
  std::optional<std::int64_t> charged = {};
};
void read_sent_texts(Connection& connection, std::optional<std::int64_t> school, Instant from, Instant to,
                     const std::function<void(const SentText&)>& take);

/// Deliveries of a job that failed, or that wait after a failed try, with their last outcome; by cause, then
/// name.
std::vector<FailedDelivery> failed_deliveries(Connection& connection, std::int64_t job);

/// One line of the delivery report.
struct DeliveryLine {
  std::int64_t delivery = 0;
  std::int64_t job = 0;
  std::string school;
  std::string subject;
  std::string type;
  std::string code;
  std::string name;
  std::string address;
  DeliveryState state = DeliveryState::queued;
  std::string reason;
  std::string cause;
  std::string response;
  std::string remote;
  std::int64_t attempts = 0;
  Instant created{};
  Instant updated{};
  /// What its receipts say (`delivered`), or empty.
  std::string receipt = {};
};

/// All deliveries of a job by name, each handed over as it is read; `take` says whether to go on. False where
/// it did not.
bool read_job_deliveries(Connection& connection, std::int64_t job,
                         const std::function<bool(DeliveryLine&&)>& take);

inline constexpr std::array all_delivery_states{
    DeliveryState::queued,   DeliveryState::claimed, DeliveryState::waiting,  DeliveryState::held,
    DeliveryState::complete, DeliveryState::failed,  DeliveryState::in_doubt, DeliveryState::cancelled};

struct RecipientFilter {
  std::optional<DeliveryState> state;
  /// Why it failed: a reason's or a cause's word.
  std::string reason;
  /// Part of a name or a code.
  std::string name;
};
/// Some of them.
std::vector<DeliveryLine> job_deliveries(Connection& connection, std::int64_t job,
                                         const RecipientFilter& filter, std::int64_t offset,
                                         std::int64_t limit);
std::int64_t count_job_deliveries(Connection& connection, std::int64_t job, const RecipientFilter& filter);
/// The reasons and causes that deliveries of a job have.
std::vector<std::string> reasons_of_job(Connection& connection, std::int64_t job);

/// What was carried of late: of the last tries of all jobs, those of one job that ended one way or the other.
struct RecentTries {
  std::int64_t ended = 0;
  Instant first{};
  Instant last{};
};
/// Looks at the last `most` tries alone, whatever the store's size, and at those since `since`.
RecentTries recent_tries(Connection& connection, std::int64_t job, Instant since, std::int64_t most);

/// One try of a delivery.
struct AttemptLine {
  std::int64_t n = 0;
  Instant started{};
  Instant ended{};
  Outcome outcome;
};

/// Everything that is known of one delivery.
struct DeliveryStory {
  DeliveryLine line;
  std::int64_t message = 0;
  std::int64_t person = 0;
  /// held, waiting: when it may go. Nothing where that is not a time.
  std::optional<Instant> due;
  /// SMS: parts.
  std::int64_t segments = 0;
  std::vector<AttemptLine> attempts;
  /// Mails that came back of it, in order.
  struct CameBack {
    std::string kind;
    Instant read{};
  };
  std::vector<CameBack> came_back = {};
  std::vector<ReceiptLine> receipts = {};
};
std::optional<DeliveryStory> delivery_story(Connection& connection, std::int64_t delivery);

/// Jobs whose counts differ from their deliveries: none in a sound store.
std::vector<std::int64_t> jobs_that_do_not_add_up(Connection& connection);

}  // namespace crier::store
