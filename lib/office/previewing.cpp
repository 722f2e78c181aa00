#include "office/previewing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/os.hpp"
#include "office/chores.hpp"
#include "office/producing.hpp"
#include "office/scheduling.hpp"
#include "office/throw_away_copy.hpp"
#include "roster/schools.hpp"
#include "schedule/occurrence.hpp"
#include "store/schedule_store.hpp"

namespace crier::office {
namespace {

using schedule::Occurrence;
using store::OccurrenceOutcome;

/// More times than this of one schedule are not previewed.
constexpr std::size_t most_runs = 10000;

}  // namespace

/// The real runs on a clock of their own, in a copy of the store that is thrown away: a preview cannot differ
/// from the run, and holds nobody up.
std::vector<PreviewRun> preview_schedules(const Office& office, Instant from, Instant upto) {
  const auto schools = roster::school_profiles(office.store, office.settings);
  struct Due {
    config::Schedule schedule;
    Occurrence occurrence;
  };
  std::vector<Due> due;
  for (const auto& one : schedules(office).schedules) {
    if (!one.enabled) continue;
    try {
      const auto& zone = school_of(schools, one).zone;
      for (const auto& occurrence :
           schedule::occurrences_between(one, zone, from - Millis(1), upto - Millis(1), most_runs)) {
        due.push_back({one, occurrence});
      }
    } catch (const Error& error) {
      log::warning("schedule {} is left out: {}", one.name, in_one_line(error));
    }
  }
  std::stable_sort(due.begin(), due.end(),
                   [](const Due& a, const Due& b) { return a.occurrence.at < b.occurrence.at; });
  std::vector<PreviewRun> runs;
  std::set<std::string> faulty;
  if (due.empty()) return runs;
  const os::StopSignals signals({});  // stopped in the middle, nothing of the copy is left behind
  const ThrowAwayCopy copy(office.store);
  store::Transaction rehearsal(copy.store());
  for (const auto& one : due) {
    require_not_stopped();
    if (faulty.contains(one.schedule.name)) continue;
    const FixedClock clock(one.occurrence.at);
    const Office then{copy.store(), office.settings, clock, office.actor, office.school};
    const auto& zone = school_of(schools, one.schedule).zone;
    PreviewRun run;
    run.schedule = one.schedule.name;
    run.at = one.occurrence.at;
    const auto offset = std::chrono::duration_cast<std::chrono::minutes>(zone.offset(run.at)).count();
    run.local = fmt::format("{}{}{:02}:{:02}", to_iso(zone.local(run.at)).substr(0, 16),
                            offset < 0 ? '-' : '+', std::abs(offset) / 60, std::abs(offset) % 60);
    run.kind = config::to_text(one.schedule.kind);
    run.sends_at = run.at;
    if (is_chore(one.schedule.kind)) {  // what an import will bring nobody can know
      runs.push_back(std::move(run));
      continue;
    }
    if (config::is_notice(one.schedule.kind)) {
      for (const auto channel : one.schedule.via) run.messages[channel] = 0;
    }
    store::OccurrenceRow row;
    row.schedule = one.schedule.name;
    row.local = one.occurrence.local;
    row.zone = zone.name();
    row.at = row.ran = run.at;
    try {
      if (const auto id = store::insert_occurrence(then.store, row)) {
        const auto produced =
            produce(then, schools, one.schedule, *id, one.occurrence.local, OccurrenceOutcome::on_time);
        if (produced.sent) {
          for (const auto& job : produced.sent->jobs) run.messages[job.type] = job.messages;
          if (produced.sent->held_until) run.sends_at = *produced.sent->held_until;
        }
      }
    } catch (const Error& error) {
      if (error.exit() == Exit::store) throw;
      log::warning("schedule {} is left out: {}", one.schedule.name, in_one_line(error));
      faulty.insert(one.schedule.name);
      continue;
    }
    runs.push_back(std::move(run));
  }
  return runs;
}

}  // namespace crier::office
