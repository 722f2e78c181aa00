#include "office/rerunning.hpp"

#include <fmt/format.h>

#include <unordered_map>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "delivery/plan.hpp"
#include "office/sending.hpp"
#include "roster/schools.hpp"
#include "store/message_store.hpp"
#include "store/report_store.hpp"

namespace crier::office {
namespace {

JobRow find_job(const Office& office, std::int64_t id) {
  store::JobFilter filter;
  filter.job = id;
  auto rows = store::job_rows(office.store, filter, 0, 1);
  if (!rows.empty()) return rows.front();
  throw Error(Exit::nothing_there, "no-such-job", fmt::format("there is no job {}", id),
              "See 'crier status' for the jobs there are.");
}

/// Who of the message's audience can be reached now on the job's channel: the second working out counts (A5).
std::unordered_map<std::int64_t, Reach> reach_now(const Office& office, const store::MessageRow& message,
                                                  const roster::SchoolProfile& school, Channel channel) {
  const Office of_school{office.store, office.settings, office.clock, office.actor, school.code};
  AudienceRequest request{message.expression, {}, {channel}};
  for (const auto word : split(message.recipients, ',')) request.to.emplace_back(word);
  std::unordered_map<std::int64_t, Reach> reach;
  for (const auto& recipient : resolve_audience(of_school, request, message.category).recipients) {
    reach.emplace(recipient.person, recipient.channels.at(channel));
  }
  return reach;
}

}  // namespace

RerunAnswer rerun(const Office& office, std::int64_t id, store::RerunScope scope) {
  const auto job = find_job(office, id);
  const auto message = store::message(office.store, job.message);
  const auto schools = roster::school_profiles(office.store, office.settings);
  const auto& school = roster::pick_school(schools, job.school);
  RerunAnswer answer;
  answer.job = id;
  const auto now = office.clock.now();
  const auto leaves = delivery::opening(office.settings, school, job.type, message.priority, now);
  const bool held = leaves > now;
  if (held) answer.held_until = leaves;
  if (store::rerunnable(office.store, id, scope).empty()) {
    throw Error(Exit::refused_by_rule, "nothing-to-rerun",
                scope == store::RerunScope::failed ? fmt::format("nothing of job {} has failed", id)
                                                   : fmt::format("nothing of job {} has ended", id),
                scope == store::RerunScope::failed ? "See 'crier status' for the jobs with failures; --all sends all again."
                                                   : "Wait until it has been worked.");
  }
  const auto reach = reach_now(office, message, school, job.type);
  {
    store::Transaction transaction(office.store);
    for (const auto& delivery : store::rerunnable(office.store, id, scope)) {
      const auto found = reach.find(delivery.person);
      if (found == reach.end() || found->second.reason) {
        ++answer.still_unreachable;
        continue;
      }
      if (!store::requeue(office.store, delivery, found->second.address,
                          held ? DeliveryState::held : DeliveryState::queued, leaves, now)) {
        continue;
      }
      ++answer.requeued;
      if (found->second.address != delivery.address) ++answer.corrected_addresses;
    }
    if (answer.requeued > 0) {
      record(office, "rerun", fmt::format("job {}", id),
             fmt::format("{} again, {} with another address", answer.requeued, answer.corrected_addresses));
      transaction.commit();
    }
  }
  if (answer.requeued == 0) {
    throw Error(Exit::refused_by_rule, "nothing-to-rerun",
                fmt::format("none of the {} failed deliveries of job {} can be reached now", answer.still_unreachable, id),
                fmt::format("'crier status {} --errors' tells what to mend first.", id));
  }
  os::ring(bell_path(office.store.path()));
  return answer;
}

}  // namespace crier::office
