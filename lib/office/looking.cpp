#include "office/looking.hpp"

#include "roster/schools.hpp"
#include "store/message_store.hpp"
#include "store/report_store.hpp"

namespace crier::office {
namespace {

/// The address in whose name this job's mails leave, as messages are rendered (M8).
std::string sender_of(const Office& office, std::int64_t id) {
  store::JobFilter filter;
  filter.job = id;
  const auto jobs = store::job_rows(office.store, filter, 0, 1);
  if (jobs.empty() || jobs.front().type != Channel::email) return "";
  const auto schools = roster::school_profiles(office.store, office.settings);
  return roster::pick_school(schools, jobs.front().school).sender.email;
}

}  // namespace

std::vector<report::ErrorGroup> job_errors(const Office& office, std::int64_t job) {
  auto groups = report::job_errors(office.store, job);
  if (groups.empty()) return groups;
  const auto sender = sender_of(office, job);
  for (auto& group : groups) {
    for (auto& failed : group.recipients) {
      if (failed.attempts > 0 && failed.from.empty()) failed.from = sender;
    }
  }
  return groups;
}

std::optional<std::int64_t> confirmations(const Office& office, std::int64_t message) {
  if (!store::message(office.store, message).ack) return std::nullopt;
  return static_cast<std::int64_t>(store::people_who_confirmed(office.store, message).size());
}

}  // namespace crier::office
