// `crier status`: a row per job, latest first, and a job's errors grouped by cause (S1, S2). The last step of
// the way of the data: looks at everything, changes nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/table.hpp"
#include "model/message.hpp"
#include "report/cause_words.hpp"
#include "store/connection.hpp"
#include "store/report_store.hpp"

namespace crier::report {

using StatusRequest = store::JobFilter;

/// A channel that the sender's own fault has stopped (D4).
struct StoppedChannel {
  Channel channel = Channel::email;
  std::string cause;
  std::string text;
  Instant since{};
  Instant retry_at{};
};
std::vector<StoppedChannel> stopped_channels(store::Connection& connection);

/// A channel that has carried as much as its settings allow (D4).
struct RestingChannel {
  Channel channel = Channel::email;
  /// The settings' key.
  std::string limit;
  Instant until{};
};
std::vector<RestingChannel> resting_channels(store::Connection& connection);

/// Throws Error(nothing_there, "no-such-page") where `page` lies behind the last of so many things.
void require_page(std::int64_t page, std::int64_t pages, std::int64_t total, std::string_view things);

struct StatusPage {
  std::vector<JobRow> jobs;
  /// When a job's messages will have gone, by the rate of its own last minutes; none where that cannot be
  /// told: nothing of it has gone of late, its channel is stopped or rests, or only tries again are left.
  std::map<std::int64_t, Instant> expected_ends = {};
  std::int64_t page = 1;
  std::int64_t pages = 1;
  std::int64_t total = 0;
};

/// Pages count from 1. Throws Error(nothing_there) where `request.job` names no job.
StatusPage status_page(store::Connection& connection, const StatusRequest& request, std::int64_t page,
                       std::int64_t per_page, Instant now);
/// Progress and expected end have columns where a job is under way.
Table status_table(const StatusPage& page);
/// How much of it has ended one way or another, in per cent.
double progress_of(const JobCounts& counts);

/// Failed deliveries that failed for one and the same cause.
struct ErrorGroup {
  /// A reason's or an outcome's code.
  std::string cause;
  /// `permanent`, `transient` or `configuration`.
  std::string_view error_class;
  /// What it means and what to do, one sentence each.
  std::string meaning;
  std::string remedy;
  std::vector<FailedDelivery> recipients;
};

/// `meaning_of`, or what can be said of a cause that nobody has described.
CauseMeaning words_for(std::string_view cause, Channel channel);

/// The largest group first. Throws Error(nothing_there) where there is no such job.
std::vector<ErrorGroup> job_errors(store::Connection& connection, std::int64_t job);

}  // namespace crier::report
