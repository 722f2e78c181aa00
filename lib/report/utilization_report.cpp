#include "report/utilization_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "model/message.hpp"
#include "store/report_store.hpp"

namespace crier::report {
namespace {

struct Sum {
  std::int64_t jobs = 0;
  JobCounts counts;
  std::int64_t segments = 0;
  std::int64_t cost = 0;

  Sum& operator+=(const Sum& other) {
    jobs += other.jobs;
    counts += other.counts;
    segments += other.segments;
    cost += other.cost;
    return *this;
  }
};

Zone zone_of(const UtilizationRequest& request, const std::string& school) {
  for (const auto& [code, zone] : request.zones) {
    if (code == school) return zone;
  }
  return Zone::utc();
}

struct TextsOfJob {
  std::int64_t segments = 0;
  std::int64_t cost = 0;
};

std::unordered_map<std::int64_t, TextsOfJob> texts_by_job(store::Connection& connection,
                                                          const UtilizationRequest& request) {
  std::unordered_map<std::int64_t, TextsOfJob> jobs;
  // A family's number comes again with every message, and its country is not found for nothing.
  std::unordered_map<std::string, std::int64_t> prices;
  store::read_sent_texts(connection, request.school, request.from, request.to,
                         [&](const store::SentText& one) {
                           auto& job = jobs[one.job];
                           job.segments += one.segments;
                           if (one.charged) {
                             job.cost += *one.charged;
                             return;
                           }
                           if (!request.price_of_segment) return;
                           const auto [price, fresh] = prices.emplace(one.address, 0);
                           if (fresh) price->second = request.price_of_segment(one.address);
                           job.cost += one.segments * price->second;
                         });
  return jobs;
}

/// The columns of a sum, behind those that say of what.
Table table_of(const char* name, const char* title, std::vector<Column> of) {
  Table table;
  table.name = name;
  table.title = title;
  table.columns = std::move(of);
  for (auto& column : std::vector<Column>{{"jobs", "Jobs", ColumnKind::count},
                                          {"messages", "Messages", ColumnKind::count},
                                          {"complete", "Complete", ColumnKind::count, "", Tone::good},
                                          {"failed", "Failed", ColumnKind::count, "", Tone::bad},
                                          {"in_doubt", "In doubt", ColumnKind::count, "", Tone::warning},
                                          {"cancelled", "Cancelled", ColumnKind::count},
                                          {"open", "To go", ColumnKind::count},
                                          {"segments", "Parts of texts", ColumnKind::count},
                                          {"cost", "Cost", ColumnKind::money, "points"}}) {
    table.columns.push_back(std::move(column));
  }
  return table;
}

void add_row(Table& table, std::vector<Cell> of, const Sum& sum, const UtilizationRequest& request) {
  auto row = std::move(of);
  const auto& counts = sum.counts;
  for (const auto count : {sum.jobs, counts.messages, counts.complete, counts.failed, counts.in_doubt,
                           counts.cancelled, counts.open(), sum.segments}) {
    row.emplace_back(count);
  }
  row.push_back(request.price_of_segment ? Cell(sum.cost) : Cell());
  table.rows.push_back(std::move(row));
}

/// Day, school, channel.
using Sums = std::map<std::tuple<std::string, std::string, Channel>, Sum>;

Sums sums_of(store::Connection& connection, const UtilizationRequest& request) {
  store::JobFilter filter;
  filter.school = request.school;
  filter.created_from = request.from;
  filter.created_to = request.to;
  const auto texts = texts_by_job(connection, request);
  Sums sums;
  for (const auto& job : store::job_rows(connection, filter, 0, store::count_jobs(connection, filter))) {
    Sum one{1, job.counts, 0, 0};
    if (const auto found = texts.find(job.id); found != texts.end()) {
      one.segments = found->second.segments;
      one.cost = found->second.cost;
    }
    const auto day = to_iso(zone_of(request, job.school).local(job.created)).substr(0, 10);
    sums[{day, job.school, job.type}] += one;
  }
  return sums;
}

}  // namespace

Utilization utilization(store::Connection& connection, const UtilizationRequest& request) {
  Utilization answer{table_of("utilization", "By day, school and channel",
                              {{"day", "Day", ColumnKind::date}, {"school", "School"}, {"type", "Type"}}),
                     table_of("days", "By day", {{"day", "Day", ColumnKind::date}}),
                     table_of("schools", "By school and channel", {{"school", "School"}, {"type", "Type"}})};
  std::map<std::string, Sum> by_day;
  std::map<std::pair<std::string, Channel>, Sum> by_school;
  Sum all;
  for (const auto& [key, sum] : sums_of(connection, request)) {
    const auto& [day, school, channel] = key;
    add_row(answer.rows, {day, school, std::string(to_text(channel))}, sum, request);
    by_day[day] += sum;
    by_school[{school, channel}] += sum;
    all += sum;
  }
  for (const auto& [day, sum] : by_day) add_row(answer.days, {day}, sum, request);
  for (const auto& [key, sum] : by_school) {
    add_row(answer.schools, {key.first, std::string(to_text(key.second))}, sum, request);
  }
  const std::vector<std::string> values{"complete", "failed", "in_doubt", "open"};
  answer.days.charts.push_back(
      {"Messages by day",
       "How many messages of each day are complete, failed, in doubt or still to go.",
       {"day"},
       values});
  answer.schools.charts.push_back(
      {"Messages by school and channel",
       "How many messages of each school and channel are complete, failed, in doubt or still to go.",
       {"school", "type"},
       values});
  if (!by_school.empty()) {
    answer.schools.notes.push_back(fmt::format(
        "In all: {} jobs, {} messages, {} complete, {} failed, {} in doubt, {} cancelled, {} to go.",
        all.jobs, all.counts.messages, all.counts.complete, all.counts.failed, all.counts.in_doubt,
        all.counts.cancelled, all.counts.open()));
  }
  if (all.segments > 0) {
    answer.rows.notes.push_back(
        request.wallet
            ? "Parts are those of texts that went or may have gone; the cost is what the wallet was "
              "charged, and without it today's price."
        : request.price_of_segment
            ? "Parts and cost are those of texts that went or may have gone, at the "
              "prices of today's settings."
            : "No price is set: a cost needs price under [channel.sms] in crier.toml.");
  }
  return answer;
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
  table.charts.push_back(
      {"What has not gone",
       "How many deliveries of each job are not started, under way or held, the next to leave first.",
       {"job", "subject", "type"},
       {"not_started", "processing", "held"}});
  if (!jobs.empty())
    table.notes.push_back("'crier cancel MESSAGE' takes one back, 'crier cancel --all' everything.");
  return table;
}

}  // namespace crier::report
