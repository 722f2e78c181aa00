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

constexpr std::size_t most_rows = 10'000;
constexpr std::size_t page_rows = 2'000;

Table empty_deliveries() {
  Table table;
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
      {"receipt", "Receipt"},
  };
  return table;
}

std::vector<Cell> row_of(store::DeliveryLine&& line) {
  const bool went = line.state == DeliveryState::complete;
  return {line.job,
          std::move(line.school),
          std::move(line.subject),
          std::move(line.type),
          std::move(line.code),
          std::move(line.name),
          text_or_nothing(std::move(line.address)),
          std::string(shown_state(line.state)),
          text_or_nothing(!line.reason.empty() ? line.reason
                          : went               ? ""
                                               : line.cause),
          text_or_nothing(std::move(line.response)),
          text_or_nothing(std::move(line.remote)),
          line.attempts,
          line.created,
          line.updated,
          text_or_nothing(std::move(line.receipt))};
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
  report.summary.charts.push_back(
      {"Deliveries by job",
       "How many deliveries of each job are complete, failed or held, the latest job first.",
       {"id", "subject", "type"},
       {"complete", "failed", "held"}});
  report.deliveries = empty_deliveries();
  for (const auto& job : jobs.jobs) {
    report.jobs.push_back(job.id);
    report.total += job.counts.messages;
  }
  return report;
}

void add_latest_deliveries(store::Connection& connection, DeliveryReport& report) {
  auto& rows = report.deliveries.rows;
  for (const auto job : report.jobs) {
    const bool whole = store::read_job_deliveries(connection, job, [&](store::DeliveryLine&& line) {
      if (rows.size() == most_rows) return false;
      rows.push_back(row_of(std::move(line)));
      return true;
    });
    if (whole) continue;
    report.deliveries.notes.push_back(fmt::format(
        "{} of {} deliveries, the latest jobs first; --format csv or json has all, --from and --to "
        "fewer.",
        most_rows, report.total));
    return;
  }
}

void delivery_pages(store::Connection& connection, const DeliveryReport& report,
                    const std::function<void(Table&)>& take) {
  auto page = empty_deliveries();
  bool first = true;
  for (const auto job : report.jobs) {
    store::read_job_deliveries(connection, job, [&](store::DeliveryLine&& line) {
      page.rows.push_back(row_of(std::move(line)));
      if (page.rows.size() == page_rows) {
        take(page);
        page.rows.clear();
        first = false;
      }
      return true;
    });
  }
  if (first || !page.rows.empty()) take(page);
}

}  // namespace crier::report
