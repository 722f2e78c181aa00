#include "daemon/rehearsal.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/os.hpp"
#include "daemon/clockwork.hpp"
#include "office/adopting.hpp"
#include "office/permission.hpp"
#include "office/scheduling.hpp"
#include "office/throw_away_copy.hpp"
#include "store/health_store.hpp"
#include "store/identity_store.hpp"
#include "store/report_store.hpp"

namespace crier::daemon {
namespace {

namespace fs = std::filesystem;

void require_empty(const fs::path& into) {
  std::error_code fault;
  if (into.empty() || !fs::exists(into, fault)) return;
  if (fs::is_directory(into, fault) && fs::is_empty(into, fault) && !fault) return;
  throw Error(Exit::refused_input, "not-empty",
              fmt::format("{} is there and is no empty folder", into.string()),
              "Name a new folder for what the rehearsal writes.");
}

/// Nobody holds the lease of a copy, and this one is worked here.
void own(const office::Office& at_copy) {
  store::Transaction transaction(at_copy.store);
  store::drop_lease(at_copy.store);
  office::note_own_place(at_copy);
  transaction.commit();
}

std::int64_t left_of(const JobCounts& counts) {
  return counts.open() + counts.in_doubt;
}

JobCounts all_counts(store::Connection& store) {
  JobCounts all;
  for (const auto& one : store::channel_counts(store)) all += one.counts;
  return all;
}

RehearsedRun run_of(store::Connection& store, store::OccurrenceRow occurrence, std::string kind) {
  RehearsedRun run;
  run.kind = std::move(kind);
  if (occurrence.message) {
    store::JobFilter filter;
    filter.message = occurrence.message;
    for (const auto& job : store::job_rows(store, filter, 0, 100)) {
      run.messages[job.type] += job.counts.messages;
      run.complete += job.counts.complete;
      run.failed += job.counts.failed;
      run.cancelled += job.counts.cancelled;
      run.left += left_of(job.counts);
      if (job.counts.complete > 0 && (!run.last_left || job.updated > *run.last_left))
        run.last_left = job.updated;
    }
  }
  run.occurrence = std::move(occurrence);
  return run;
}

}  // namespace

RehearsalReport rehearse(const office::Office& office, Instant upto, const fs::path& into,
                         const std::function<void(Instant)>& moved) {
  office::require(office, office::Act::look);
  require_empty(into);
  RehearsalReport report;
  report.from = office.clock.now();
  report.upto = upto;
  const os::StopSignals signals({});  // stopped in the middle, nothing of the copy is left behind
  const office::ThrowAwayCopy copy(office.store);
  const auto settings = into_outbox(office.settings, into.empty() ? copy.folder() : fs::absolute(into));
  FixedClock clock(report.from);
  {
    const office::Office at_copy{copy.store(), settings, clock, office.actor, office.school};
    own(at_copy);
    const auto before = all_counts(copy.store());
    Clockwork clockwork(copy.store(), settings, clock, office.actor);
    clockwork.work_until(upto, moved);
    office::require_not_stopped();
    const auto after = all_counts(copy.store());
    report.complete = after.complete - before.complete;
    report.failed = after.failed - before.failed;
    report.left = left_of(after);
  }
  std::map<std::string, std::string> kinds;
  for (const auto& one : office::schedules(office).schedules) {
    kinds.emplace(one.name, std::string(config::to_text(one.kind)));
  }
  for (auto& one : store::occurrences_ran(copy.store(), report.from, upto)) {
    const auto kind = kinds.find(one.schedule);
    report.runs.push_back(run_of(copy.store(), std::move(one), kind == kinds.end() ? "" : kind->second));
  }
  return report;
}

}  // namespace crier::daemon
