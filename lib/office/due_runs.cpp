#include "office/due_runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "office/producing.hpp"
#include "office/scheduling.hpp"
#include "office/staff_mail.hpp"
#include "roster/schools.hpp"
#include "schedule/occurrence.hpp"
#include "store/schedule_store.hpp"

namespace crier::office {
namespace {

using schedule::Occurrence;
using store::OccurrenceOutcome;
using Schools = std::vector<roster::SchoolProfile>;

Office as_schedule(store::Connection& store, const config::Settings& settings, const Clock& clock,
                   const config::Schedule& schedule) {
  return {store, settings, clock, fmt::format("schedule {}", schedule.name), schedule.school};
}

/// A run that starts within so long of its time is not late: the daemon was busy, not away.
constexpr std::chrono::minutes on_time{5};
/// `missed = "skip"` means an outage, not a cron job that comes by every quarter of an hour.
constexpr std::chrono::minutes skip_after{60};
/// Times without a run are settled so often: a schedule that is switched on or edited does not look back
/// further.
constexpr std::chrono::minutes settle_every{60};
/// Times that are settled so far ahead tell of a clock that stood wrong.
constexpr std::chrono::hours clock_fault{24};
/// More missed times than this are counted, not listed.
constexpr std::size_t most_missed = 10000;

/// What is due of one schedule.
struct DueRun {
  Occurrence occurrence;
  OccurrenceOutcome outcome = OccurrenceOutcome::on_time;
  std::int64_t missed = 0;
};

/// By what is settled so far; nothing is changed.
std::optional<DueRun> find_due(const store::ScheduleSeen& seen, const config::Schedule& schedule,
                               const Zone& zone, Instant now) {
  const auto due = schedule::occurrences_between(schedule, zone, seen.settled_until, now, most_missed);
  if (due.empty()) return std::nullopt;
  DueRun run{due.back(), OccurrenceOutcome::on_time, static_cast<std::int64_t>(due.size()) - 1};
  if (now - run.occurrence.at > on_time) {
    const bool short_delay = run.missed == 0 && now - run.occurrence.at <= skip_after;
    const bool skips = schedule.missed == config::MissedRule::skip && !short_delay;
    run.outcome = skips ? OccurrenceOutcome::skipped : OccurrenceOutcome::late;
  }
  return run;
}

/// For which time on the wall it is produced: a late one for now.
LocalTime local_of(const DueRun& run, const Zone& zone, Instant now) {
  return run.outcome == OccurrenceOutcome::late ? zone.local(now) : run.occurrence.local;
}

/// The same in the caller's transaction, which notes what it sees.
std::optional<DueRun> due_run(const Office& office, const config::Schedule& schedule, const Zone& zone,
                              Instant now) {
  const auto seen = store::see_schedule(office.store, schedule.name, now);
  if (seen.settled_until > now + clock_fault) {
    log::warning(
        "{}: its times are settled until {}, which is still to come: the clock must have stood wrong",
        schedule.name, to_rfc3339(seen.settled_until));
    store::unsettle_schedule(office.store, schedule.name, now);
    return std::nullopt;
  }
  auto run = find_due(seen, schedule, zone, now);
  if (!run && now - seen.settled_until > settle_every)
    store::settle_schedule(office.store, schedule.name, now);
  return run;
}

void tell_missed(const config::Schedule& schedule, const DueRun& run) {
  const auto times = run.outcome == OccurrenceOutcome::on_time ? run.missed : run.missed + 1;
  if (times == 0) return;
  log::warning(
      "{}: {} times were missed while crier was not running, the last at {}: {}", schedule.name, times,
      to_iso(run.occurrence.local),
      run.outcome == OccurrenceOutcome::skipped ? "skipped, as the schedule says" : "one run settles them");
}

store::OccurrenceRow row_of(const config::Schedule& schedule, const Zone& zone, const DueRun& run,
                            Instant now) {
  store::OccurrenceRow row;
  row.schedule = schedule.name;
  row.local = run.occurrence.local;
  row.zone = zone.name();
  row.at = run.occurrence.at;
  row.ran = now;
  row.outcome = run.outcome;
  row.missed = run.missed;
  return row;
}

/// A report that is due, written before the store's lock is taken: it may be long.
std::optional<WrittenReport> written_ahead(const Office& office, const roster::SchoolProfile& school,
                                           const config::Schedule& schedule, Instant now) {
  if (schedule.kind != config::NoticeKind::report) return std::nullopt;
  const auto seen = store::schedule_seen(office.store, schedule.name);
  const auto run = seen ? find_due(*seen, schedule, school.zone, now) : std::nullopt;
  if (!run || run->outcome == OccurrenceOutcome::skipped) return std::nullopt;
  return write_report(office, school, schedule, local_of(*run, school.zone, now));
}

/// Everything that is due of one schedule, once.
void run_due(const Office& office, const Schools& schools, const config::Schedule& schedule, DueRuns& done) {
  const auto& school = school_of(schools, schedule);
  const auto& zone = school.zone;
  const auto now = office.clock.now();
  auto report = written_ahead(office, school, schedule, now);
  store::Transaction transaction(office.store);
  const auto run = due_run(office, schedule, zone, now);
  if (run) {
    const auto id = store::insert_occurrence(office.store, row_of(schedule, zone, *run, now));
    if (id && run->outcome != OccurrenceOutcome::skipped) {
      const auto produced =
          produce(office, schools, schedule, *id, local_of(*run, zone, now), run->outcome, std::move(report));
      if (produced.outcome != run->outcome) store::set_outcome(office.store, *id, produced.outcome);
      if (produced.outcome != OccurrenceOutcome::skipped) ++done.ran;
      if (produced.sent) {
        log::info("{}: message {} to {} people", schedule.name, produced.sent->message,
                  produced.sent->recipients);
      } else if (produced.outcome == OccurrenceOutcome::skipped) {
        log::info("{}: it is quiet hours, and the schedule says to skip", schedule.name);
      } else {
        log::info("{}: nothing to tell", schedule.name);
      }
    }
    store::settle_schedule(office.store, schedule.name, run->occurrence.at);
    tell_missed(schedule, *run);
  }
  transaction.commit();
}

/// What lies behind when a schedule is switched on again was not missed.
void settle_disabled(const Office& office, const config::Schedule& schedule) {
  const auto now = office.clock.now();
  const auto seen = store::schedule_seen(office.store, schedule.name);
  if (!seen || now - seen->settled_until <= settle_every) return;
  store::Transaction transaction(office.store);
  store::settle_schedule(office.store, schedule.name, now);
  transaction.commit();
}

/// D11: staff hear of a schedule that fails when it begins to, and with the first run of each further day.
bool is_news(const Office& office, const config::Schedule& schedule, const Zone& zone, Instant now) {
  const auto last = store::occurrences(office.store, schedule.name, 1);
  if (last.empty() || last.front().outcome != OccurrenceOutcome::failed) return true;
  const auto day = [&](Instant at) { return std::chrono::floor<std::chrono::days>(zone.local(at)); };
  return day(last.front().ran) != day(now);
}

/// The caller holds the transaction.
void tell_fault(const Office& office, const Schools& schools, const config::Schedule& schedule,
                const Error& fault) {
  auto addresses = error_report_addresses(office.settings);
  if (addresses.empty() || schools.empty()) return;
  const auto named = std::find_if(schools.begin(), schools.end(),
                                  [&](const auto& one) { return fold(one.code) == fold(schedule.school); });
  const auto& school = named == schools.end() ? schools.front() : *named;
  queue_staff_mail(
      office, school,
      {fmt::format("crier: the schedule {} has failed", schedule.name),
       fmt::format("The schedule {} ({}) could not be run.\n\n    {}\n    {}\n\n'crier schedule show {}' "
                   "lists its last runs.\n",
                   schedule.name, config::to_text(schedule.kind), without_fields(fault.message()),
                   without_fields(fault.hint()), schedule.name),
       std::move(addresses)});
  os::ring(bell_path(office.store.path()));
}

/// A schedule that cannot run must not be tried every minute: its times are settled, and the fault is told.
void settle_faulty(const Office& office, const Schools& schools, const config::Schedule& schedule,
                   const Error& fault) {
  store::Transaction transaction(office.store);
  const auto zone = [&] {
    try {
      return school_of(schools, schedule).zone;
    } catch (const Error&) {
      return Zone::utc();
    }
  }();
  const auto now = office.clock.now();
  if (auto run = due_run(office, schedule, zone, now)) {
    if (is_news(office, schedule, zone, now)) tell_fault(office, schools, schedule, fault);
    run->outcome = OccurrenceOutcome::failed;
    store::insert_occurrence(office.store, row_of(schedule, zone, *run, now));
    store::settle_schedule(office.store, schedule.name, run->occurrence.at);
  }
  transaction.commit();
}

/// What is due of a chore, where it is to be done; one that its schedule skips is recorded at once.
std::optional<DueRun> due_chore(const Office& office, const config::Schedule& schedule, const Zone& zone,
                                Instant now) {
  store::Transaction transaction(office.store);
  auto run = due_run(office, schedule, zone, now);
  if (run && run->outcome == OccurrenceOutcome::skipped) {
    store::insert_occurrence(office.store, row_of(schedule, zone, *run, now));
    store::settle_schedule(office.store, schedule.name, run->occurrence.at);
    tell_missed(schedule, *run);
    run.reset();
  }
  transaction.commit();
  return run;
}

void confirm_chore(const Office& office, const roster::SchoolProfile& school,
                   const config::Schedule& schedule, const std::string& said) {
  const auto to = office_address(office, school);
  if (!schedule.confirmation_email || to.empty()) return;
  queue_staff_mail(office, school,
                   {fmt::format("Done: {}", schedule.name),
                    fmt::format("The schedule {} has run.\n\n    {}\n", schedule.name, without_fields(said)),
                    {to}});
  os::ring(bell_path(office.store.path()));
}

bool is_due(const Office& office, const Schools& schools, const config::Schedule& schedule) {
  const auto seen = store::schedule_seen(office.store, schedule.name);
  if (!seen) return true;  // it is to be seen
  const auto next =
      schedule::next_occurrence(schedule, school_of(schools, schedule).zone, seen->settled_until);
  const auto now = office.clock.now();
  return (next && next->at <= now) || now - seen->settled_until > settle_every ||
         seen->settled_until > now + clock_fault;
}

/// The schedules that can be used, and of a spoilt file what it was before.
config::ScheduleFolder usable_schedules(const Office& office, KnownSchedules* known) {
  auto folder = schedules(office);
  if (known == nullptr) return folder;
  std::map<std::filesystem::path, config::Schedule> good;
  for (const auto& one : folder.schedules) good.emplace(one.file, one);
  std::map<std::filesystem::path, std::string> said;
  for (const auto& broken : folder.broken) {
    said.emplace(broken.file, broken.message);
    const auto before = known->good.find(broken.file);
    if (before == known->good.end()) continue;
    const bool taken = std::any_of(folder.schedules.begin(), folder.schedules.end(),
                                   [&](const auto& one) { return one.name == before->second.name; });
    if (taken) continue;
    folder.schedules.push_back(before->second);
    good.insert(*before);
  }
  known->good = std::move(good);
  std::erase_if(folder.broken, [&](const config::BrokenSchedule& broken) {
    const auto before = known->said.find(broken.file);
    return before != known->said.end() && before->second == broken.message;
  });
  for (const auto& broken : folder.broken) {
    if (known->good.contains(broken.file)) {
      log::warning("{} cannot be used; the schedule goes on as it was before",
                   broken.file.filename().string());
    }
  }
  known->said = std::move(said);
  return folder;
}

}  // namespace

DueRuns work_due_chore(const std::filesystem::path& store, const config::Settings& settings,
                       const Clock& clock, const config::Schedule& schedule, const Between& between,
                       Doing doing) {
  DueRuns done;
  const auto own = store::Connection::open(store, store::Connection::Access::write);
  const auto office = as_schedule(*own, settings, clock, schedule);
  const auto schools = roster::school_profiles(office.store, office.settings);
  try {
    const auto& school = school_of(schools, schedule);
    const auto run = due_chore(office, schedule, school.zone, office.clock.now());
    if (!run) return done;
    const auto said =
        doing == Doing::all ? do_chore(office, schedule, between) : std::string("not done again");
    store::Transaction transaction(office.store);
    store::insert_occurrence(office.store, row_of(schedule, school.zone, *run, office.clock.now()));
    store::settle_schedule(office.store, schedule.name, run->occurrence.at);
    confirm_chore(office, school, schedule, said);
    transaction.commit();
    tell_missed(schedule, *run);
    log::info("{}: {}", schedule.name, said);
    ++done.ran;
  } catch (const ChoreStopped&) {
    log::info("{}: broken off; the rest is done at the next start", schedule.name);
  } catch (const Error& error) {
    if (error.code() == "import-running") {
      log::info("{}: another import is running; it is done after that", schedule.name);
      return done;
    }
    if (error.exit() == Exit::store) throw;
    log::error("schedule {} could not run: {}", schedule.name, in_one_line(error));
    settle_faulty(office, schools, schedule, error);
    ++done.failed;
  }
  return done;
}

DueRuns run_due_schedules(const Office& office, const DueWork& work) {
  DueRuns done;
  auto folder = usable_schedules(office, work.known);
  for (const auto& broken : folder.broken) {
    log::warning("schedule left out: {} {}", broken.message, broken.hint);
    ++done.failed;
  }
  if (folder.schedules.empty()) return done;
  // What is imported now the notices tell already.
  std::stable_partition(folder.schedules.begin(), folder.schedules.end(),
                        [](const config::Schedule& one) { return is_chore(one.kind); });
  const auto schools = roster::school_profiles(office.store, office.settings);
  for (const auto& one : folder.schedules) {
    if (work.between && !work.between()) break;
    if (!one.enabled) {
      settle_disabled(office, one);
      continue;
    }
    const auto own = as_schedule(office.store, office.settings, office.clock, one);
    try {
      if (!is_due(office, schools, one)) continue;
      if (is_chore(one.kind)) {
        if (!due_chore(own, one, school_of(schools, one).zone, office.clock.now())) continue;
        if (work.hand != nullptr) {
          (void)work.hand->take(one);  // it stays due where the hand is busy
          continue;
        }
        const auto chore =
            work_due_chore(office.store.path(), office.settings, office.clock, one, work.between);
        done.ran += chore.ran;
        done.failed += chore.failed;
        continue;
      }
      if (work.hand != nullptr && config::is_notice(one.kind) && work.hand->notices_wait()) continue;
      run_due(own, schools, one, done);
    } catch (const Error& error) {
      if (error.exit() == Exit::store) throw;
      log::error("schedule {} could not run: {}", one.name, in_one_line(error));
      settle_faulty(own, schools, one, error);
      ++done.failed;
    }
  }
  return done;
}

std::vector<MissedRun> missed_runs(const Office& office) {
  std::vector<MissedRun> missed;
  const auto schools = roster::school_profiles(office.store, office.settings);
  const auto now = office.clock.now();
  for (const auto& schedule : schedules(office).schedules) {
    if (!schedule.enabled) continue;
    const auto seen = store::schedule_seen(office.store, schedule.name);
    if (!seen) continue;
    try {
      const auto run = find_due(*seen, schedule, school_of(schools, schedule).zone, now);
      if (!run) continue;
      missed.push_back({schedule.name, run->occurrence.at,
                        schedule.missed == config::MissedRule::skip ? "skip" : "run-late"});
    } catch (const Error&) {
      continue;  // one that cannot run is told when it is tried
    }
  }
  return missed;
}

void settle_missed_runs(const Office& office) {
  for (const auto& run : missed_runs(office)) {
    store::settle_schedule(office.store, run.schedule, office.clock.now());
  }
}

std::optional<Instant> next_occurrence(const Office& office, const KnownSchedules& known) {
  const auto now = office.clock.now();
  std::optional<Instant> next;
  const auto schools = roster::school_profiles(office.store, office.settings);
  for (const auto& [file, one] : known.good) {
    if (!one.enabled) continue;
    try {
      const auto due = schedule::next_occurrence(one, school_of(schools, one).zone, now);
      if (due && (!next || due->at < *next)) next = due->at;
    } catch (const Error&) {
      continue;  // told when it is run
    }
  }
  return next;
}

Instant next_schedule(const Office& office, const KnownSchedules& known) {
  const auto latest = office.clock.now() + std::chrono::minutes(1);
  return std::min(latest, next_occurrence(office, known).value_or(latest));
}

}  // namespace crier::office
