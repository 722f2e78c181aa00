#include "delivery/blocking.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "model/recipient.hpp"
#include "store/audit_store.hpp"
#include "store/contact_store.hpp"
#include "store/fault_store.hpp"
#include "store/issue_store.hpp"

namespace crier::delivery {
namespace {

std::string_view reason_for(const store::RecipientFault& fault) {
  return to_text(fault.kind == "email" ? Reason::blocked_bounce : Reason::blocked_text_failure);
}

/// Much of a job has failed alike: it is not its recipients' fault, whatever the servers say. Nothing is
/// counted, and what this job had counted before that was to be seen is taken back, with a block that rests
/// on it: nothing had been sent there had it been blocked before.
void take_back(store::Connection& connection, const config::BounceRules& rules, std::int64_t job,
               std::string_view cause, Instant now) {
  for (const auto& fault : store::uncount_faults(connection, job, cause)) {
    const auto in_a_row =
        store::faults_in_a_row(connection, fault.kind, fault.compare_key, rules.block_after);
    if (in_a_row < rules.block_after && store::lift_block(connection, fault))
      store::end_block_issues(connection, fault.kind, fault.compare_key, now);
  }
}

/// Blocks the address where this fault was one too many.
bool block(store::Connection& connection, const config::BounceRules& rules,
           const store::RecipientFault& fault, Instant now) {
  const auto in_a_row = store::faults_in_a_row(connection, fault.kind, fault.compare_key, rules.block_after);
  if (in_a_row < rules.block_after) return false;
  const auto evidence = fmt::format("{} failed messages in a row, the last: {}", in_a_row, fault.text);
  if (!store::block(connection, fault.kind, fault.compare_key, reason_for(fault), evidence, now))
    return false;
  store::raise_block_issues(connection, fault.kind, fault.compare_key, now);
  return true;
}

void weigh_job(store::Connection& connection, const config::BounceRules& rules, std::int64_t job, Instant now,
               std::vector<BlockedAddress>& blocked) {
  std::map<std::string, std::vector<store::RecipientFault>> by_cause;
  for (auto& fault : store::faults_of_job(connection, job)) by_cause[fault.cause].push_back(std::move(fault));
  const auto recipients = store::recipients_of_job(connection, job);
  for (const auto& [cause, faults] : by_cause) {
    const auto number = static_cast<std::int64_t>(faults.size());
    if (number > rules.alike_number &&
        static_cast<double>(number) > rules.alike_share * static_cast<double>(recipients)) {
      log::warning("job {}: {} of {} recipients failed alike ({}): not counted against their addresses", job,
                   number, recipients, cause);
      take_back(connection, rules, job, cause, now);
      continue;
    }
    for (const auto& fault : faults) store::count_fault(connection, fault);
    for (const auto& fault : faults) {
      if (block(connection, rules, fault, now))
        blocked.push_back({fault.kind, fault.compare_key, std::string(reason_for(fault))});
    }
  }
  store::forget_job_to_weigh(connection, job);
}

}  // namespace

std::vector<BlockedAddress> weigh_faults(store::Connection& connection, const config::BounceRules& rules,
                                         std::string_view actor, Instant now) {
  std::vector<BlockedAddress> blocked;
  for (const auto job : store::jobs_to_weigh(connection)) {
    const auto before = blocked.size();
    weigh_job(connection, rules, job, now, blocked);
    if (blocked.size() == before) continue;
    auto detail = fmt::format("addresses that failed {} messages in a row: {}", rules.block_after,
                              blocked.size() - before);
    // A rehearsal's clock must show in the log (interface.md, CRIER_CLOCK).
    detail += rehearsal_mark();
    store::append_audit(connection,
                        {now, std::string(actor), "block", fmt::format("job {}", job), std::move(detail)});
  }
  return blocked;
}

bool block_for_complaint(store::Connection& connection, std::string_view address, std::string_view evidence,
                         Instant now) {
  const auto compare_key = to_lower(address);
  if (!store::block_for_complaint(connection, "email", compare_key, evidence, now)) return false;
  store::raise_block_issues(connection, "email", compare_key, now);
  return true;
}

}  // namespace crier::delivery
