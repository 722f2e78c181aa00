#include "office/mailed_report.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/error.hpp"
#include "message/attachments.hpp"
#include "office/issues.hpp"
#include "office/looking.hpp"
#include "office/staff_mail.hpp"
#include "output/html.hpp"
#include "output/table.hpp"

namespace crier::office {
namespace {

struct Days {
  Instant from{};
  Instant to{};
};

/// What a report is called, and its tables, the first of which is its CSV.
struct Content {
  std::string title;
  std::vector<Table> tables;
  /// Of days, or of now.
  bool of_days = false;
};

Content content_of(const Office& office, config::ReportName name, const Days& days) {
  switch (name) {
    case config::ReportName::delivery: {
      auto report = delivery_report(office, days.from, days.to);
      return {"Delivery report", {std::move(report.deliveries), std::move(report.summary)}, true};
    }
    case config::ReportName::utilization: {
      auto report = utilization(office, days.from, days.to);
      return {
          "Utilization", {std::move(report.rows), std::move(report.days), std::move(report.schools)}, true};
    }
    case config::ReportName::activity:
      return {"What will be sent", {activity(office)}};
    case config::ReportName::management: {
      auto report = management(office);
      return {"Management", {std::move(report.figures), std::move(report.issues)}};
    }
    case config::ReportName::issues: {
      auto list = issue_table(office, "", "open");
      auto kinds = issue_kinds_table(list);
      return {"Data issues", {std::move(list), std::move(kinds)}};
    }
  }
  return {};
}

void require_light(const config::Schedule& schedule, std::size_t bytes) {
  if (bytes <= message::most_attachment_bytes) return;
  throw Error(Exit::refused_by_rule, "limit",
              fmt::format("{}: the report has more than {} MB, which a mail carries", schedule.file.string(),
                          message::most_attachment_bytes >> 20),
              "Let it cover fewer days, with days = …, or write it to a file: crier report … -o FILE.");
}

/// All deliveries, however many, as far as a mail carries them.
void write_deliveries(const Office& office, const config::Schedule& schedule, const Days& days,
                      WrittenReport& report) {
  delivery_pages(
      office, days.from, days.to, [&](const report::DeliveryReport& all) { report.rows = all.total; },
      [&](const Table& part) {
        report.bytes += output::csv_table(
            part, report.bytes.empty() ? output::CsvHead::written : output::CsvHead::left_out);
        require_light(schedule, report.bytes.size());
      });
}

}  // namespace

WrittenReport write_report(const Office& office, const roster::SchoolProfile& school,
                           const config::Schedule& schedule, LocalTime run) {
  // Of this school alone, whoever runs it.
  const Office at_school{office.store, office.settings, office.clock, office.actor, school.code};
  const auto today = std::chrono::floor<std::chrono::days>(run);
  const auto first = today - schedule.report_days;
  const Days days{school.zone.instant(first), school.zone.instant(today)};
  const auto day = [](LocalTime at) { return to_iso(at).substr(0, 10); };
  WrittenReport report;
  const bool page = schedule.format == config::ReportForm::html;
  report.file_name =
      fmt::format("{}-{}.{}", config::to_text(schedule.report), day(today), page ? "html" : "csv");
  report.type = page ? "text/html" : "text/csv";
  const auto covered = fmt::format("{} to {}", day(first), day(today - std::chrono::days(1)));
  if (!page && schedule.report == config::ReportName::delivery) {
    report.title = "Delivery report";
    report.covers = covered;
    write_deliveries(at_school, schedule, days, report);
    return report;
  }
  const auto content = content_of(at_school, schedule.report, days);
  report.title = content.title;
  report.covers = content.of_days ? covered : day(today);
  report.rows = static_cast<std::int64_t>(content.tables.front().rows.size());
  report.bytes = page ? output::html_page({fmt::format("{}: {}", school.name, report.title), report.covers,
                                           "en", office.clock.now()},
                                          content.tables, school.zone)
                      : output::csv_table(content.tables.front());
  require_light(schedule, report.bytes.size());
  return report;
}

std::optional<SendAnswer> mail_report(const Office& office, const roster::SchoolProfile& school,
                                      const config::Schedule& schedule, WrittenReport report) {
  const auto subject = fmt::format("{}, {}: {}", report.title, report.covers, school.name);
  StaffMail mail{
      subject,
      fmt::format("{} of {}, {}: {} rows, in the file that comes with this mail.\n\nThe schedule {} "
                  "sends it.\n",
                  report.title, without_fields(school.name), report.covers, report.rows, schedule.name),
      schedule.mail_to,
      {{report.file_name, report.type, std::move(report.bytes)}}};
  auto queued = queue_staff_mail(office, school, std::move(mail));
  if (!queued) return std::nullopt;
  record(office, "schedule", fmt::format("message {}", queued->id),
         fmt::format("{}: {} to {} addresses", schedule.name, config::to_text(schedule.report),
                     schedule.mail_to.size()));
  SendAnswer answer;
  answer.message = queued->id;
  answer.jobs = std::move(queued->jobs);
  answer.waits_for_daemon = queued->waits_for_daemon;
  answer.state = "queued";
  for (const auto& job : answer.jobs) answer.recipients += job.messages;
  return answer;
}

}  // namespace crier::office
