#include "report/delivery_report.hpp"

#include <fmt/format.h>

#include "report/status.hpp"
#include "store/report_store.hpp"

namespace crier::report {
namespace {

std::string_view shown_state(DeliveryState state) {
  switch (state) {
    case DeliveryState::queued:
      return "not started";
    case DeliveryState::claimed:
    case DeliveryState::waiting:
      return "processing";
    case DeliveryState::in_doubt:
      return "in doubt";
    default:
      return to_text(state);
  }
}

Cell text_or_nothing(std::string text) {
  if (text.empty()) return std::monostate{};
  return text;
}

}  // namespace

DeliveryReport delivery_report(store::Connection& connection, std::optional<std::int64_t> school,
                               Instant from, Instant to) {
  store::JobFilter filter;
  filter.school = school;
  filter.created_from = from;
  filter.created_to = to;
  StatusPage jobs;
  jobs.total = store::count_jobs(connection, filter);
  jobs.jobs = store::job_rows(connection, filter, 0, jobs.total);
  DeliveryReport report;
  report.summary = status_table(jobs);
  report.summary.title = "Jobs";
  // For the bars: a label that tells two jobs of one subject apart.
  report.summary.columns.push_back({"job", "Message", ColumnKind::text});
  for (std::size_t i = 0; i < jobs.jobs.size(); ++i) {
    report.summary.rows[i].push_back(
        fmt::format("{} {} ({})", jobs.jobs[i].id, jobs.jobs[i].subject, to_text(jobs.jobs[i].type)));
  }
  report.summary.charts.push_back({"Deliveries by job",
                                   "How many deliveries of each job are complete, failed or held.",
                                   "job",
                                   {"complete", "failed", "held"}});
  Table& table = report.deliveries;
  table.name = "deliveries";
  table.title = "Deliveries";
  table.columns = {
      {"job", "Job", ColumnKind::count},
      {"school", "School"},
      {"subject", "Subject"},
      {"type", "Type"},
      {"code", "Code"},
      {"name", "Name"},
      {"address", "Address", ColumnKind::address},
      {"state", "State"},
      {"cause", "Cause"},
      {"response", "Response"},
      {"remote_host", "Remote host"},
      {"attempts", "Attempts", ColumnKind::count},
      {"created", "Created", ColumnKind::instant},
      {"updated", "Last update", ColumnKind::instant},
  };
  for (auto& line : store::delivery_lines(connection, school, from, to)) {
    const bool went = line.state == DeliveryState::complete;
    table.rows.push_back({line.job, std::move(line.school), std::move(line.subject), std::move(line.type),
                          std::move(line.code), std::move(line.name),
                          text_or_nothing(std::move(line.address)), std::string(shown_state(line.state)),
                          text_or_nothing(!line.reason.empty() ? line.reason
                                          : went               ? ""
                                                               : line.cause),
                          text_or_nothing(std::move(line.response)), text_or_nothing(std::move(line.remote)),
                          line.attempts, line.created, line.updated});
  }
  return report;
}

}  // namespace crier::report
