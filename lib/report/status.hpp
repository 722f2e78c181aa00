// `crier status`: a row per job, latest first, and a job's errors grouped by cause (S1, S2). The last step of
// the way of the data: looks at everything, changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/table.hpp"
#include "model/message.hpp"
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

struct StatusPage {
  std::vector<JobRow> jobs;
  std::int64_t page = 1;
  std::int64_t pages = 1;
  std::int64_t total = 0;
};

/// Pages count from 1. Throws Error(nothing_there) where `request.job` names no job.
StatusPage status_page(store::Connection& connection, const StatusRequest& request, std::int64_t page,
                       std::int64_t per_page);
Table status_table(const StatusPage& page);

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

/// What a cause of a transport means to an office, and what to do, one sentence each.
struct CauseText {
  std::string_view meaning;
  std::string_view remedy;
};
CauseText words_for(std::string_view cause);

/// The largest group first. Throws Error(nothing_there) where there is no such job.
std::vector<ErrorGroup> job_errors(store::Connection& connection, std::int64_t job);

}  // namespace crier::report
