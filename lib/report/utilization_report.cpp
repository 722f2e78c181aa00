#include "report/utilization_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "model/message.hpp"
#include "store/report_store.hpp"

namespace crier::report {
namespace {

struct Sum {
  std::int64_t jobs = 0;
  JobCounts counts;
  std::int64_t segments = 0;
};

Zone zone_of(std::span<const std::pair<std::string, Zone>> zones, const std::string& school) {
  for (const auto& [code, zone] : zones) {
    if (code == school) return zone;
  }
  return Zone::utc();
}

}  // namespace

Table utilization_table(store::Connection& connection, std::optional<std::int64_t> school, Instant from,
                        Instant to, std::span<const std::pair<std::string, Zone>> zones) {
  store::JobFilter filter;
  filter.school = school;
  filter.created_from = from;
  filter.created_to = to;
  // Day, school, channel.
  std::map<std::tuple<std::string, std::string, Channel>, Sum> sums;
  for (const auto& job : store::job_rows(connection, filter, 0, store::count_jobs(connection, filter))) {
    const auto local = zone_of(zones, job.school).local(job.created);
    auto& sum = sums[{to_iso(local).substr(0, 10), job.school, job.type}];
    ++sum.jobs;
    sum.counts.messages += job.counts.messages;
    sum.counts.complete += job.counts.complete;
    sum.counts.failed += job.counts.failed;
    sum.counts.in_doubt += job.counts.in_doubt;
    sum.counts.cancelled += job.counts.cancelled;
    if (job.type == Channel::sms) sum.segments += store::segments_of_job(connection, job.id);
  }
  Table table;
  table.name = "utilization";
  table.title = "Utilization";
  table.columns = {{"day", "Day", ColumnKind::date},
                   {"school", "School"},
                   {"type", "Type"},
                   {"jobs", "Jobs", ColumnKind::count},
                   {"messages", "Messages", ColumnKind::count},
                   {"complete", "Complete", ColumnKind::count, "", Tone::good},
                   {"failed", "Failed", ColumnKind::count, "", Tone::bad},
                   {"in_doubt", "In doubt", ColumnKind::count, "", Tone::warning},
                   {"cancelled", "Cancelled", ColumnKind::count},
                   {"segments", "Parts of texts", ColumnKind::count},
                   {"label", "Day and channel"}};
  for (const auto& [key, sum] : sums) {
    const auto& [day, code, channel] = key;
    table.rows.push_back({day, code, std::string(to_text(channel)), sum.jobs, sum.counts.messages,
                          sum.counts.complete, sum.counts.failed, sum.counts.in_doubt, sum.counts.cancelled,
                          sum.segments, fmt::format("{} {} {}", day, code, to_text(channel))});
  }
  table.charts.push_back({"Messages by day",
                          "How many messages of each day, school and channel are complete or failed.",
                          "label",
                          {"complete", "failed"}});
  return table;
}

Table activity_table(store::Connection& connection, std::optional<std::int64_t> school) {
  store::JobFilter filter;
  filter.school = school;
  filter.open = true;
  auto jobs = store::job_rows(connection, filter, 0, store::count_jobs(connection, filter));
  const auto leaves = [](const JobRow& job) {
    if (job.state == MessageState::awaiting_approval) return Instant::max();
    return job.held_until.value_or(Instant{});
  };
  std::stable_sort(jobs.begin(), jobs.end(), [&](const JobRow& a, const JobRow& b) {
    return std::tuple(leaves(a), a.id) < std::tuple(leaves(b), b.id);
  });
  Table table;
  table.name = "activity";
  table.title = "What will be sent";
  table.columns = {{"message", "Message", ColumnKind::count},
                   {"job", "Job", ColumnKind::count},
                   {"school", "School"},
                   {"subject", "Subject"},
                   {"type", "Type"},
                   {"state", "State"},
                   {"leaves", "Leaves", ColumnKind::instant},
                   {"not_started", "Not started", ColumnKind::count},
                   {"processing", "Processing", ColumnKind::count},
                   {"held", "Held", ColumnKind::count, "", Tone::warning},
                   {"sender", "Sender"}};
  for (const auto& job : jobs) {
    Cell at;
    if (job.held_until) at = *job.held_until;
    table.rows.push_back({job.message, job.id, job.school, job.subject, std::string(to_text(job.type)),
                          std::string(to_text(job.state)), at, job.counts.not_started, job.counts.processing,
                          job.counts.held, job.sender});
  }
  if (!jobs.empty())
    table.notes.push_back("'crier cancel MESSAGE' takes one back, 'crier cancel --all' everything.");
  return table;
}

}  // namespace crier::report
