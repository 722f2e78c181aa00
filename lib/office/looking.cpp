#include "office/looking.hpp"

#include "office/permission.hpp"
#include "roster/schools.hpp"
#include "store/message_store.hpp"
#include "store/report_store.hpp"

namespace crier::office {
namespace {

/// The address in whose name this job's mails leave, as messages are rendered (M8).
std::string sender_of(const Office& office, const std::vector<JobRow>& jobs) {
  if (jobs.empty() || jobs.front().type != Channel::email) return "";
  const auto schools = roster::school_profiles(office.store, office.settings);
  return roster::pick_school(schools, jobs.front().school).sender.email;
}

}  // namespace

std::vector<report::ErrorGroup> job_errors(const Office& office, std::int64_t job) {
  store::JobFilter filter;
  filter.job = job;
  const auto jobs = store::job_rows(office.store, filter, 0, 1);
  require(office, Act::look,
          {jobs.empty() ? std::vector<std::string>{} : std::vector{jobs.front().school}, ""});
  auto groups = report::job_errors(office.store, job);
  if (groups.empty()) return groups;
  const auto sight = address_sight(office);
  const auto sender = sender_of(office, jobs);
  for (auto& group : groups) {
    for (auto& failed : group.recipients) {
      if (failed.attempts > 0 && failed.from.empty()) failed.from = sender;
      failed.address = shown_address(sight, failed.address);
      failed.outcome.text = shown_text(sight, failed.outcome.text);
    }
  }
  return groups;
}

std::optional<std::int64_t> confirmations(const Office& office, std::int64_t message) {
  if (!store::message(office.store, message).ack) return std::nullopt;
  return static_cast<std::int64_t>(store::people_who_confirmed(office.store, message).size());
}

report::DeliveryReport delivery_report(const Office& office, Instant from, Instant to) {
  auto report = report::delivery_report(office.store, school_in_sight(office), from, to);
  const auto sight = address_sight(office);
  if (sight == AddressSight::clear) return report;
  auto& table = report.deliveries;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const bool address = table.columns[i].name == "address";
    if (!address && table.columns[i].name != "response") continue;
    for (auto& row : table.rows) {
      if (auto* text = std::get_if<std::string>(&row[i])) {
        *text = address ? shown_address(sight, *text) : shown_text(sight, *text);
      }
    }
  }
  return report;
}

}  // namespace crier::office
