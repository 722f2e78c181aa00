#include "office/telling_staff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "office/staff_mail.hpp"
#include "office/wallet.hpp"
#include "report/status.hpp"
#include "roster/schools.hpp"
#include "store/report_store.hpp"
#include "store/staff_mail_store.hpp"

namespace crier::office {
namespace {

using Schools = std::vector<roster::SchoolProfile>;

/// Where no report has been sent yet, it does not look back further.
constexpr std::chrono::hours looks_back{24};

const roster::SchoolProfile* school_of(const Schools& schools, std::int64_t id) {
  const auto found =
      std::find_if(schools.begin(), schools.end(), [&](const auto& one) { return one.id == id; });
  return found == schools.end() ? nullptr : &*found;
}

std::string counts_of(const JobRow& job) {
  std::string text = fmt::format("{} messages: {} complete, {} failed", job.counts.messages,
                                 job.counts.complete, job.counts.failed);
  if (job.counts.in_doubt > 0) text += fmt::format(", {} in doubt", job.counts.in_doubt);
  if (job.counts.cancelled > 0) text += fmt::format(", {} cancelled", job.counts.cancelled);
  return text;
}

bool confirm_end(const Office& office, const Schools& schools, const store::EndedMessage& ended) {
  const auto* school = school_of(schools, ended.school);
  if (school == nullptr) return false;
  store::Transaction transaction(office.store);
  if (!store::note_end_told(office.store, ended.message, office.clock.now())) return false;
  store::JobFilter filter;
  filter.message = ended.message;
  auto jobs = store::job_rows(office.store, filter, 0, 100);
  std::reverse(jobs.begin(), jobs.end());
  auto body = fmt::format("Everything of message {} has ended.\n\n    {}\n", ended.message,
                          without_fields(ended.subject));
  std::int64_t failed = 0;
  for (const auto& job : jobs) {
    body += fmt::format("\nJob {} by {}: {}.", job.id, to_text(job.type), counts_of(job));
    failed += job.counts.failed;
    if (job.counts.failed > 0) body += fmt::format("\n    crier status {} --errors tells why.", job.id);
  }
  body += "\n";
  queue_staff_mail(office, *school,
                   {failed == 0 ? fmt::format("Sent: message {}", ended.message)
                                : fmt::format("Sent, {} failed: message {}", failed, ended.message),
                    std::move(body),
                    {ended.confirm_to}});
  record(office, "confirm-end", fmt::format("message {}", ended.message), "");
  transaction.commit();
  return true;
}

std::string report_body(const Office& office, const std::vector<store::NewFailures>& failures, Instant since,
                        const Zone& zone) {
  std::int64_t sum = 0;
  for (const auto& one : failures) sum += one.count;
  auto body = fmt::format("{} messages have failed since {}.\n", sum, to_iso(zone.local(since)));
  std::int64_t job = 0;
  for (const auto& one : failures) {
    if (one.job != job)
      body += fmt::format("\nJob {} by {}: {}\n", one.job, one.type, without_fields(one.subject));
    job = one.job;
    const auto words = report::words_for(one.cause, parse_channel(one.type).value_or(Channel::email));
    body += fmt::format("  {} x {}: {} {}\n", one.count, one.cause.empty() ? "unknown" : one.cause,
                        words.meaning, words.remedy);
  }
  for (const auto& stop : report::stopped_channels(office.store)) {
    body += fmt::format("\n{} is stopped since {}: {}. Nobody is failed for it; next try {}.\n",
                        to_text(stop.channel), to_iso(zone.local(stop.since)), stop.cause,
                        to_iso(zone.local(stop.retry_at)));
  }
  return body + "\n'crier status --has-error' lists the jobs, 'crier status JOB --errors' the recipients.\n";
}

bool report_errors(const Office& office, const Schools& schools) {
  const auto addresses = error_report_addresses(office.settings);
  if (addresses.empty() || schools.empty()) return false;
  const auto now = office.clock.now();
  const auto last = store::last_error_report(office.store);
  if (last && store::error_reports_since(office.store, now - std::chrono::hours(1)) >=
                  office.settings.district.error_reports_per_hour) {
    return false;
  }
  const auto since = last ? last->upto : now - looks_back;
  const auto failures = store::failures_since(office.store, since);
  if (failures.empty()) return false;
  const auto* school = school_of(schools, failures.front().school);
  if (school == nullptr) return false;
  store::Transaction transaction(office.store);
  store::note_error_report(office.store, now, now);
  std::int64_t sum = 0;
  for (const auto& one : failures) sum += one.count;
  queue_staff_mail(office, *school,
                   {fmt::format("crier: {} messages have failed", sum),
                    report_body(office, failures, since, school->zone), addresses});
  transaction.commit();
  log::info("an error report is on its way: {} messages have failed", sum);
  return true;
}

}  // namespace

int tell_staff(const Office& office) {
  const auto ended = store::ended_messages(office.store);
  if (ended.empty() && office.settings.district.error_reports_to.empty()) return 0;
  const auto schools = roster::school_profiles(office.store, office.settings);
  int told = 0;
  for (const auto& one : ended) told += confirm_end(office, schools, one);
  told += report_errors(office, schools);
  told += tell_low_wallets(office);
  if (told > 0) os::ring(bell_path(office.store.path()));
  return told;
}

}  // namespace crier::office
