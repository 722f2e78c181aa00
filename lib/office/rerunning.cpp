#include "office/rerunning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "delivery/plan.hpp"
#include "office/permission.hpp"
#include "office/sending.hpp"
#include "roster/schools.hpp"
#include "store/ledger_store.hpp"
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

/// Who of the message's audience hears now, and how: the second working out counts (A5).
std::unordered_map<std::int64_t, Recipient> audience_now(const Office& office,
                                                         const store::MessageRow& message,
                                                         const roster::SchoolProfile& school,
                                                         Channel channel) {
  const Office of_school{office.store, office.settings, office.clock, office.actor, school.code};
  std::unordered_map<std::int64_t, Recipient> audience;
  for (auto& recipient : audience_of_message(of_school, message, channel).recipients) {
    audience.emplace(recipient.person, std::move(recipient));
  }
  return audience;
}

/// A digest tells of certain pupils: whoever may no longer hear of one of them does not get it again (R3).
bool may_still_hear(const Office& office, const store::MessageRow& message, const Recipient& recipient) {
  if (!message.occurrence) return true;
  const auto pupils = store::pupils_told(office.store, message.id, recipient.person);
  return std::all_of(pupils.begin(), pupils.end(), [&](std::int64_t pupil) {
    return std::any_of(recipient.related.begin(), recipient.related.end(),
                       [&](const RelatedPupil& related) { return related.person == pupil; });
  });
}

}  // namespace

RerunAnswer rerun(const Office& office, std::int64_t id, store::RerunScope scope) {
  const auto job = find_job(office, id);
  const auto message = store::message(office.store, job.message);
  const auto schools = roster::school_profiles(office.store, office.settings);
  const auto& school = roster::pick_school(schools, job.school);
  require(office, Act::change_message, concern_of(office, message));
  if (message.test) {
    throw Error(Exit::refused_by_rule, "test-message",
                fmt::format("job {} is of a test, whose copies were for its tester alone", id),
                "Send the message itself, or another test.");
  }
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
                scope == store::RerunScope::failed
                    ? "See 'crier status' for the jobs with failures; --all sends all again."
                    : "Wait until it has been worked.");
  }
  const auto audience = audience_now(office, message, school, job.type);
  // What is kept in the store is there at once, and has no gateway to wait for (D5).
  const bool kept_here = office.settings.channel(job.type).kind == config::ChannelKind::inbox;
  const auto next = kept_here ? DeliveryState::complete : held ? DeliveryState::held : DeliveryState::queued;
  {
    store::Transaction transaction(office.store);
    for (const auto& delivery : store::rerunnable(office.store, id, scope)) {
      const auto found = audience.find(delivery.person);
      if (found == audience.end() || found->second.channels.at(job.type).reason ||
          !may_still_hear(office, message, found->second)) {
        ++answer.still_unreachable;
        continue;
      }
      const auto& address = found->second.channels.at(job.type).address;
      if (!store::requeue(office.store, delivery, address, next, leaves, now)) continue;
      if (!message.occurrence) {
        store::replace_related(office.store, delivery.delivery, delivery::related_lines(found->second));
      }
      ++answer.requeued;
      if (address != delivery.address) ++answer.corrected_addresses;
    }
    if (answer.requeued > 0) {
      record(office, "rerun", fmt::format("job {}", id),
             fmt::format("{} again, {} with another address", answer.requeued, answer.corrected_addresses));
      transaction.commit();
    }
  }
  if (answer.requeued == 0) {
    throw Error(
        Exit::refused_by_rule, "nothing-to-rerun",
        fmt::format("none of the {} deliveries of job {} can be reached now", answer.still_unreachable, id),
        fmt::format("'crier status {} --errors' tells what to mend first.", id));
  }
  os::ring(bell_path(office.store.path()));
  return answer;
}

}  // namespace crier::office
