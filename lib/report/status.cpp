#include "report/status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "model/person.hpp"
#include "report/cause_words.hpp"
#include "store/limit_store.hpp"
#include "store/queue_store.hpp"

namespace crier::report {
namespace {

std::string_view class_of(const FailedDelivery& failed) {
  if (!failed.reason.empty()) return "permanent";
  if (failed.outcome.fault == Outcome::Fault::ours) return "configuration";
  return failed.outcome.verdict == Outcome::Verdict::rejected ? "permanent" : "transient";
}

ErrorGroup group_of(const FailedDelivery& failed) {
  ErrorGroup group;
  group.error_class = class_of(failed);
  if (const auto reason = parse_reason(failed.reason)) {
    group.cause = failed.reason;
    if (!should_hear(*reason)) {
      group.meaning = "They may not hear, or hear by another's copy: it was cancelled when it was let go.";
      group.remedy = remedy(*reason);
      return group;
    }
    group.meaning = "They could not be reached when the message was written.";
    group.remedy = std::string(remedy(*reason)) + " Then rerun the job.";
    return group;
  }
  group.cause = !failed.reason.empty()         ? failed.reason
                : failed.outcome.cause.empty() ? "unknown"
                                               : failed.outcome.cause;
  if (failed.in_doubt) group.cause = "in-doubt";
  if (const auto words = meaning_of(group.cause, failed.channel)) {
    group.meaning = words->meaning;
    group.remedy = words->remedy;
  } else if (group.error_class == "transient") {
    group.meaning = "The gateway could not take it for the moment.";
    group.remedy = "It is tried again by itself; after the deadline, rerun the job.";
  } else {
    group.meaning = "The gateway turned it down.";
    group.remedy = "Read its answer below; when the cause is gone, rerun the job.";
  }
  return group;
}

void require_job(store::Connection& connection, std::int64_t job) {
  store::JobFilter filter;
  filter.job = job;
  if (store::count_jobs(connection, filter) > 0) return;
  throw Error(Exit::nothing_there, "no-such-job", fmt::format("there is no job {}", job),
              "See 'crier status' for the jobs there are.");
}

}  // namespace

namespace {

/// The rate is that of so long, and of so many tries at most; fewer than `fewest` tell nothing.
constexpr std::chrono::minutes rate_window{5};
constexpr std::int64_t rate_tries = 2000;
constexpr std::int64_t fewest_tries = 10;
/// Where nothing has ended for so long, nothing says when it will go on.
constexpr std::chrono::minutes silence{1};

std::optional<Instant> expected_end(store::Connection& connection, const JobRow& job, Instant now) {
  if (job.counts.not_started == 0 || job.counts.held > 0) return std::nullopt;
  if (store::channel_stop(connection, job.type) || store::channel_limit(connection, job.type)) {
    return std::nullopt;
  }
  const auto tries = store::recent_tries(connection, job.id, now - rate_window, rate_tries);
  if (tries.ended < fewest_tries || tries.last + silence < now) return std::nullopt;
  const auto span = std::max<Millis>(now - tries.first, Millis(1));
  const auto left = job.counts.not_started + job.counts.processing;
  const auto takes =
      static_cast<double>(span.count()) * static_cast<double>(left) / static_cast<double>(tries.ended);
  return now + Millis(static_cast<std::int64_t>(takes));
}

}  // namespace

void require_page(std::int64_t page, std::int64_t pages, std::int64_t total, std::string_view things) {
  if (page <= pages) return;
  throw Error(Exit::nothing_there, "no-such-page",
              fmt::format("there is no page {}: {} {} are on {} {}", page, total, things, pages,
                          pages == 1 ? "page" : "pages"),
              fmt::format("The last is --page {}.", pages));
}

std::vector<StoppedChannel> stopped_channels(store::Connection& connection) {
  std::vector<StoppedChannel> stopped;
  for (const auto channel : all_channels) {
    if (auto stop = store::channel_stop(connection, channel)) {
      stopped.push_back(
          {channel, std::move(stop->cause), std::move(stop->text), stop->since, stop->retry_at});
    }
  }
  return stopped;
}

std::vector<RestingChannel> resting_channels(store::Connection& connection) {
  std::vector<RestingChannel> resting;
  for (const auto channel : all_channels) {
    if (auto limit = store::channel_limit(connection, channel)) {
      resting.push_back({channel, std::move(limit->cause), limit->until});
    }
  }
  return resting;
}

CauseMeaning words_for(std::string_view cause, Channel channel) {
  return meaning_of(cause, channel)
      .value_or(CauseMeaning{"The gateway turned it down.", "'crier status JOB --errors' has its answer."});
}

StatusPage status_page(store::Connection& connection, const StatusRequest& filter, std::int64_t page,
                       std::int64_t per_page, Instant now) {
  if (filter.job) require_job(connection, *filter.job);
  StatusPage answer;
  answer.total = store::count_jobs(connection, filter);
  answer.pages = std::max<std::int64_t>(1, (answer.total + per_page - 1) / per_page);
  answer.page = page;
  answer.jobs = store::job_rows(connection, filter, (page - 1) * per_page, per_page);
  for (const auto& job : answer.jobs) {
    if (const auto end = expected_end(connection, job, now)) answer.expected_ends[job.id] = *end;
  }
  return answer;
}

double progress_of(const JobCounts& counts) {
  if (counts.messages == 0) return 100;
  const auto ended = counts.complete + counts.failed + counts.in_doubt + counts.cancelled;
  // Rounded down: all is all.
  return std::floor(1000.0 * static_cast<double>(ended) / static_cast<double>(counts.messages)) / 10;
}

Table status_table(const StatusPage& page) {
  Table table;
  table.name = "jobs";
  table.columns = {
      {"id", "Job", ColumnKind::count},
      {"school", "School"},
      {"subject", "Subject"},
      {"type", "Type"},
      {"messages", "Messages", ColumnKind::count},
      {"not_started", "Not started", ColumnKind::count},
      {"processing", "Processing", ColumnKind::count},
      {"complete", "Complete", ColumnKind::count, "", Tone::good},
      {"failed", "Failed", ColumnKind::count, "", Tone::bad},
      {"held", "Held", ColumnKind::count, "", Tone::warning},
      {"in_doubt", "In doubt", ColumnKind::count, "", Tone::warning},
      {"cancelled", "Cancelled", ColumnKind::count},
      {"created", "Created", ColumnKind::instant},
      {"updated", "Last update", ColumnKind::instant},
      {"sender", "Sender"},
  };
  const bool under_way = std::any_of(page.jobs.begin(), page.jobs.end(), [](const JobRow& job) {
    return job.counts.not_started > 0 || job.counts.processing > 0;
  });
  if (under_way) {
    table.columns.push_back({"progress", "Progress", ColumnKind::percent});
    table.columns.push_back({"expected_end", "Expected end", ColumnKind::instant});
  }
  const bool told = std::any_of(page.jobs.begin(), page.jobs.end(),
                                [](const JobRow& job) { return job.delivered.has_value(); });
  if (told) table.columns.push_back({"delivered", "Delivered", ColumnKind::count, "", Tone::good});
  for (const auto& job : page.jobs) {
    const auto& c = job.counts;
    auto& row = table.rows.emplace_back(
        std::vector<Cell>{job.id, job.school, job.subject, std::string(to_text(job.type)), c.messages,
                          c.not_started, c.processing, c.complete, c.failed, c.held, c.in_doubt, c.cancelled,
                          job.created, job.updated, job.sender});
    if (under_way) {
      row.emplace_back(progress_of(c));
      const auto end = page.expected_ends.find(job.id);
      row.push_back(end == page.expected_ends.end() ? Cell() : Cell(end->second));
    }
    if (told) row.push_back(job.delivered ? Cell(*job.delivered) : Cell());
  }
  if (page.pages > 1)
    table.notes.push_back(fmt::format("Page {} of {}, {} jobs in all.", page.page, page.pages, page.total));
  return table;
}

std::vector<ErrorGroup> job_errors(store::Connection& connection, std::int64_t job) {
  require_job(connection, job);
  std::vector<ErrorGroup> groups;
  for (auto& failed : store::failed_deliveries(connection, job)) {
    auto made = group_of(failed);
    auto found = std::find_if(groups.begin(), groups.end(), [&](const ErrorGroup& group) {
      return group.cause == made.cause && group.error_class == made.error_class;
    });
    if (found == groups.end()) found = groups.insert(groups.end(), std::move(made));
    found->recipients.push_back(std::move(failed));
  }
  std::stable_sort(groups.begin(), groups.end(), [](const ErrorGroup& a, const ErrorGroup& b) {
    return a.recipients.size() > b.recipients.size();
  });
  return groups;
}

}  // namespace crier::report
