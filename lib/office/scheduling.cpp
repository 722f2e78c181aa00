#include "office/scheduling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "office/permission.hpp"
#include "office/producing.hpp"
#include "roster/schools.hpp"
#include "schedule/occurrence.hpp"
#include "store/schedule_store.hpp"

namespace crier::office {
namespace {

using schedule::Occurrence;
using store::OccurrenceOutcome;
using Schools = std::vector<roster::SchoolProfile>;

/// A run that starts within so long of its time is not late: the daemon was busy, not away.
constexpr std::chrono::minutes on_time{5};
/// `missed = "skip"` means an outage, not a cron job that comes by every quarter of an hour.
constexpr std::chrono::minutes skip_after{60};
/// Times without a run are settled so often: a schedule that is switched on or edited does not look back
/// further.
constexpr std::chrono::minutes settle_every{60};
/// More missed times than this are counted, not listed.
constexpr std::size_t most_missed = 10000;

std::string describe(const Error& error) {
  return fmt::format("{}. {}", error.message(), error.hint());
}

/// What is due of one schedule at `now`, in the caller's transaction. Nothing where nothing is.
struct DueRun {
  Occurrence occurrence;
  OccurrenceOutcome outcome = OccurrenceOutcome::on_time;
  std::int64_t missed = 0;
};
std::optional<DueRun> due_run(const Office& office, const config::Schedule& schedule, const Zone& zone,
                              Instant now) {
  const auto seen = store::see_schedule(office.store, schedule.name, now);
  if (seen.settled_until > now + std::chrono::hours(24)) {
    log::warning(
        "{}: its times are settled until {}, which is still to come: the clock must have stood wrong",
        schedule.name, to_rfc3339(seen.settled_until));
    store::unsettle_schedule(office.store, schedule.name, now);
    return std::nullopt;
  }
  const auto due = schedule::occurrences_between(schedule, zone, seen.settled_until, now, most_missed);
  if (due.empty()) {
    if (now - seen.settled_until > settle_every) store::settle_schedule(office.store, schedule.name, now);
    return std::nullopt;
  }
  DueRun run{due.back(), OccurrenceOutcome::on_time, static_cast<std::int64_t>(due.size()) - 1};
  if (now - run.occurrence.at > on_time) {
    const bool short_delay = run.missed == 0 && now - run.occurrence.at <= skip_after;
    const bool skips = schedule.missed == config::MissedRule::skip && !short_delay;
    run.outcome = skips ? OccurrenceOutcome::skipped : OccurrenceOutcome::late;
  }
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

/// Everything that is due of one schedule, once.
void run_due(const Office& office, const Schools& schools, const config::Schedule& schedule, DueRuns& done) {
  const auto& zone = school_of(schools, schedule).zone;
  const auto now = office.clock.now();
  store::Transaction transaction(office.store);
  const auto run = due_run(office, schedule, zone, now);
  if (run) {
    store::OccurrenceRow row;
    row.schedule = schedule.name;
    row.local = run->occurrence.local;
    row.zone = zone.name();
    row.at = run->occurrence.at;
    row.ran = now;
    row.outcome = run->outcome;
    row.missed = run->missed;
    const auto id = store::insert_occurrence(office.store, row);
    if (id && run->outcome != OccurrenceOutcome::skipped) {
      const auto local = run->outcome == OccurrenceOutcome::late ? zone.local(now) : run->occurrence.local;
      const auto produced = produce(office, schools, schedule, *id, local, run->outcome);
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

/// A schedule that cannot run must not be tried every minute: its times are settled, and the fault is told.
void settle_faulty(const Office& office, const Schools& schools, const config::Schedule& schedule) {
  store::Transaction transaction(office.store);
  const auto zone = [&] {
    try {
      return school_of(schools, schedule).zone;
    } catch (const Error&) {
      return Zone::utc();
    }
  }();
  if (const auto run = due_run(office, schedule, zone, office.clock.now())) {
    store::OccurrenceRow row;
    row.schedule = schedule.name;
    row.local = run->occurrence.local;
    row.zone = zone.name();
    row.at = run->occurrence.at;
    row.ran = office.clock.now();
    row.outcome = OccurrenceOutcome::failed;
    row.missed = run->missed;
    store::insert_occurrence(office.store, row);
    store::settle_schedule(office.store, schedule.name, run->occurrence.at);
  }
  transaction.commit();
}

}  // namespace

config::ScheduleFolder schedules(const Office& office) {
  return config::load_schedules(office.settings.folder / "schedules");
}

config::Schedule find_schedule(const Office& office, std::string_view name) {
  auto folder = schedules(office);
  std::vector<std::string> names;
  for (auto& one : folder.schedules) {
    if (one.name == name) return std::move(one);
    names.push_back(one.name);
  }
  for (const auto& broken : folder.broken) {
    if (broken.file.stem() == name) throw Error(Exit::usage, "broken-schedule", broken.message, broken.hint);
  }
  throw Error(Exit::nothing_there, "no-such-schedule",
              fmt::format("no schedule is called '{}'{}", name, did_you_mean(name, names)),
              names.empty()
                  ? fmt::format("There is none in {}.", (office.settings.folder / "schedules").string())
                  : "There are: " + join(names, ", ") + ".");
}

std::vector<ScheduleFinding> check_schedules(const Office& office) {
  const auto folder = schedules(office);
  const auto schools = roster::school_profiles(office.store, office.settings);
  std::vector<ScheduleFinding> findings;
  for (const auto& one : folder.schedules) {
    ScheduleFinding finding{one.name, one.file.string(), "", ""};
    try {
      check_production(office, schools, one);
    } catch (const Error& error) {
      finding.message = error.message();
      finding.hint = error.hint();
    }
    findings.push_back(std::move(finding));
  }
  for (const auto& broken : folder.broken) {
    findings.push_back({broken.file.stem().string(), broken.file.string(), broken.message, broken.hint});
  }
  return findings;
}

std::vector<ScheduleLine> list_schedules(const Office& office) {
  const auto schools = roster::school_profiles(office.store, office.settings);
  const auto last = store::last_occurrences(office.store);
  std::vector<ScheduleLine> lines;
  for (auto& one : schedules(office).schedules) {
    ScheduleLine line;
    line.school = one.school;
    try {
      const auto& school = school_of(schools, one);
      line.school = school.code;
      line.zone = school.zone.name();
      if (one.enabled) {
        if (const auto next = schedule::next_occurrence(one, school.zone, office.clock.now()))
          line.next = next->at;
      }
    } catch (const Error& error) {
      line.fault = describe(error);  // one that cannot run does not hide the others
    }
    for (const auto& row : last) {
      if (row.schedule != one.name) continue;
      line.last = row.ran;
      line.last_outcome = to_text(row.outcome);
    }
    line.schedule = std::move(one);
    lines.push_back(std::move(line));
  }
  return lines;
}

ScheduleStory show_schedule(const Office& office, std::string_view name) {
  require(office, Act::look);
  (void)find_schedule(office, name);
  ScheduleStory story;
  for (auto& line : list_schedules(office)) {
    if (line.schedule.name == name) story.line = std::move(line);
  }
  const auto schools = roster::school_profiles(office.store, office.settings);
  if (story.line.schedule.enabled && story.line.fault.empty()) {
    constexpr std::size_t most_next = 5;
    const auto& zone = school_of(schools, story.line.schedule).zone;
    auto at = office.clock.now();
    while (story.next.size() < most_next) {
      const auto next = schedule::next_occurrence(story.line.schedule, zone, at);
      if (!next) break;
      story.next.push_back(next->at);
      at = next->at;
    }
  }
  constexpr std::int64_t most_runs = 10;
  story.runs = store::occurrences(office.store, name, most_runs);
  return story;
}

namespace {

/// The file's text with `enabled` as said: its line is replaced, or one is put behind the one of `kind`.
std::string with_enabled(std::string_view text, std::string_view value) {
  const auto is_key = [](std::string_view line, std::string_view key) {
    const auto from = line.find_first_not_of(" \t");
    if (from == std::string_view::npos || line.substr(from, key.size()) != key) return false;
    const auto rest = line.substr(from + key.size());
    const auto equals = rest.find_first_not_of(" \t");
    return equals != std::string_view::npos && rest[equals] == '=';
  };
  std::vector<std::string> lines;
  for (const auto line : split(text, '\n')) lines.emplace_back(line);
  for (auto& line : lines) {
    if (!is_key(line, "enabled")) continue;
    const auto comment = line.find('#');
    line =
        fmt::format("enabled = {}{}", value, comment == std::string::npos ? "" : "  " + line.substr(comment));
    return join(lines, "\n");
  }
  for (auto line = lines.begin(); line != lines.end(); ++line) {
    if (!is_key(*line, "kind")) continue;
    lines.insert(line + 1, fmt::format("enabled = {}", value));
    break;
  }
  return join(lines, "\n");
}

}  // namespace

bool switch_schedule(const Office& office, std::string_view name, Switch to) {
  require(office, Act::change_schedule);
  const auto schedule = find_schedule(office, name);
  const bool on = to == Switch::on;
  if (schedule.enabled == on) return false;
  const auto text = with_enabled(os::read_file(schedule.file, 1 << 20), on ? "true" : "false");
  // What stands in the file afterwards must be what was asked for, whatever its lines look like.
  if (config::parse_schedule(text, schedule.file).enabled != on) {
    throw Error(
        Exit::refused_by_rule, "not-editable",
        fmt::format("{} sets 'enabled' in a way that cannot be changed for you", schedule.file.string()),
        fmt::format("Write enabled = {} into it.", on));
  }
  os::write_file_whole(schedule.file, text);
  store::Transaction transaction(office.store);
  record(office, on ? "schedule-enable" : "schedule-disable", std::string(name),
         schedule.file.filename().string());
  transaction.commit();
  os::ring(bell_path(office.store.path()));
  return true;
}

RunAnswer run_schedule(const Office& office, const config::Schedule& schedule) {
  const auto schools = roster::school_profiles(office.store, office.settings);
  const auto& school = school_of(schools, schedule);
  require(office, Act::run_schedule, {{school.code}, ""});
  const auto& zone = school.zone;
  const auto now = office.clock.now();
  RunAnswer answer;
  answer.schedule = schedule.name;
  {
    store::Transaction transaction(office.store);
    store::see_schedule(office.store, schedule.name, now);
    store::OccurrenceRow row;
    row.schedule = schedule.name;
    row.local = zone.local(now);
    row.zone = zone.name();
    row.at = now;
    row.ran = now;
    row.outcome = OccurrenceOutcome::by_hand;
    auto id = store::insert_occurrence(office.store, row);
    while (!id) {  // twice by hand within a second: two runs all the same
      row.local += std::chrono::seconds(1);
      id = store::insert_occurrence(office.store, row);
    }
    auto produced = produce(office, schools, schedule, *id, zone.local(now), OccurrenceOutcome::by_hand);
    if (produced.outcome != OccurrenceOutcome::by_hand)
      store::set_outcome(office.store, *id, produced.outcome);
    answer.sent = std::move(produced.sent);
    transaction.commit();
  }
  os::ring(bell_path(office.store.path()));
  return answer;
}

namespace {

/// A copy of the store in a folder of its own, gone with the object.
class ThrowAwayCopy {
 public:
  explicit ThrowAwayCopy(store::Connection& original)
      : folder_(std::filesystem::temp_directory_path() / fmt::format("crier-preview-{}", os::random_hex(8))) {
    os::make_folder(folder_);
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
    original.copy_to(folder_ / "crier.db");
    copy_ = store::Connection::open(folder_ / "crier.db", store::Connection::Access::write);
  }
  ~ThrowAwayCopy() {
    copy_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  ThrowAwayCopy(const ThrowAwayCopy&) = delete;
  ThrowAwayCopy& operator=(const ThrowAwayCopy&) = delete;
  store::Connection& store() const { return *copy_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<store::Connection> copy_;
};

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
           schedule::occurrences_between(one, zone, from - Millis(1), upto - Millis(1), most_missed)) {
        due.push_back({one, occurrence});
      }
    } catch (const Error& error) {
      log::warning("schedule {} is left out: {}", one.name, describe(error));
    }
  }
  std::stable_sort(due.begin(), due.end(),
                   [](const Due& a, const Due& b) { return a.occurrence.at < b.occurrence.at; });
  std::vector<PreviewRun> runs;
  std::set<std::string> faulty;
  if (due.empty()) return runs;
  const ThrowAwayCopy copy(office.store);
  store::Transaction rehearsal(copy.store());
  for (const auto& one : due) {
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
    for (const auto channel : one.schedule.via) run.messages[channel] = 0;
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
      log::warning("schedule {} is left out: {}", one.schedule.name, describe(error));
      faulty.insert(one.schedule.name);
      continue;
    }
    runs.push_back(std::move(run));
  }
  return runs;
}

DueRuns run_due_schedules(const Office& office, const std::function<void()>& between) {
  DueRuns done;
  const auto folder = schedules(office);
  for (const auto& broken : folder.broken) {
    log::warning("schedule left out: {} {}", broken.message, broken.hint);
    ++done.failed;
  }
  if (folder.schedules.empty()) return done;
  const auto schools = roster::school_profiles(office.store, office.settings);
  for (const auto& one : folder.schedules) {
    if (between) between();
    if (!one.enabled) {
      settle_disabled(office, one);
      continue;
    }
    const Office as_schedule{office.store, office.settings, office.clock,
                             fmt::format("schedule {}", one.name), one.school};
    try {
      run_due(as_schedule, schools, one, done);
    } catch (const Error& error) {
      if (error.exit() == Exit::store) throw;
      log::error("schedule {} could not run: {}", one.name, describe(error));
      settle_faulty(as_schedule, schools, one);
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
    const auto school = std::find_if(schools.begin(), schools.end(), [&](const auto& one) {
      return fold(one.code) == fold(schedule.school) || (schedule.school.empty() && schools.size() == 1);
    });
    if (!seen || school == schools.end()) continue;
    const auto due =
        schedule::occurrences_between(schedule, school->zone, seen->settled_until, now, most_missed);
    if (due.empty()) continue;
    missed.push_back(
        {schedule.name, due.back().at, schedule.missed == config::MissedRule::skip ? "skip" : "run-late"});
  }
  return missed;
}

void settle_missed_runs(const Office& office) {
  for (const auto& run : missed_runs(office)) {
    store::settle_schedule(office.store, run.schedule, office.clock.now());
  }
}

Instant next_schedule(const Office& office) {
  const auto now = office.clock.now();
  auto next = now + std::chrono::minutes(1);
  const auto schools = roster::school_profiles(office.store, office.settings);
  for (const auto& one : schedules(office).schedules) {
    if (!one.enabled) continue;
    try {
      const auto due = schedule::next_occurrence(one, school_of(schools, one).zone, now);
      if (due && due->at < next) next = due->at;
    } catch (const Error&) {
      continue;  // told when it is run
    }
  }
  return next;
}

}  // namespace crier::office
