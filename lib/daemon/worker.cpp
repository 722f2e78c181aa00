#include "daemon/worker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/os.hpp"
#include "base/os_service.hpp"
#include "daemon/chore_thread.hpp"
#include "daemon/heart.hpp"
#include "daemon/held_lease.hpp"
#include "daemon/work_out.hpp"
#include "delivery/engine.hpp"
#include "delivery/room.hpp"
#include "office/adopting.hpp"
#include "office/due_runs.hpp"
#include "office/leavers.hpp"
#include "office/office.hpp"
#include "office/receipts.hpp"
#include "office/release.hpp"
#include "office/telling_staff.hpp"
#include "store/lease_store.hpp"
#include "store/queue_store.hpp"
#include "store/report_store.hpp"
#include "web/site.hpp"

namespace crier::daemon {
namespace {

using Steady = std::chrono::steady_clock;

/// A clean stop waits so long for what is under way.
constexpr std::chrono::seconds stop_patience{20};
/// So long it rests before it tries again to write to a disk that is full.
constexpr std::chrono::milliseconds full_disk_rest{1000};

office::Office office_of(const WorkerSetting& setting) {
  return {setting.connection, setting.settings, setting.clock, setting.actor, ""};
}

void count(WorkReport& report, const delivery::Engine& engine) {
  report.complete = engine.counts().complete;
  report.failed = engine.counts().failed;
  report.deferred = engine.counts().deferred;
}

/// A disk that is full, or a store that somebody holds for long: what came back waits in memory, and is
/// written when there is room again, as long as the lease can be trusted.
bool passes(const Error& error) {
  return error.code() == "disk-full" || error.code() == "disk-low" || error.code() == "store-locked";
}

/// D11. Whatever is wrong with a mail to staff, the queue goes on: how many were queued.
int tell_staff(const WorkerSetting& setting) {
  try {
    return office::tell_staff(office_of(setting));
  } catch (const Error& error) {
    if (passes(error) || error.code() == "lease-lost") throw;
    log::error("staff could not be told by e-mail: {} {}", error.message(), error.hint());
    return 0;
  }
}

/// A schedule's or the settings' own fault is told and ends nothing: the queue goes on.
void run_schedules(const WorkerSetting& setting, WorkReport& report, const office::DueWork& work) {
  tell_staff(setting);
  try {
    office::anonymise_deleted(office_of(setting));  // I10
    const auto done = office::run_due_schedules(office_of(setting), work);
    report.schedules_run += done.ran;
    report.schedules_failed += done.failed;
  } catch (const Error& error) {
    if (error.exit() == Exit::store || error.exit() == Exit::defect) throw;
    log::error("schedules could not be looked at: {} {}", error.message(), error.hint());
    ++report.schedules_failed;
  }
}

/// When to look at the schedules again. A minute at most, by a clock that nobody moves.
Steady::time_point next_look(const WorkerSetting& setting, const office::KnownSchedules& known) {
  const std::chrono::minutes most(1);
  try {
    const auto wait = office::next_schedule(office_of(setting), known) - setting.clock.now();
    return Steady::now() + std::clamp<Millis>(wait, Millis(0), most);
  } catch (const Error& error) {
    if (error.exit() == Exit::store || error.exit() == Exit::defect) throw;
    return Steady::now() + most;
  }
}

/// Lets go what was held when its time has come, and cancels what has lost its use: looked at each second,
/// and whenever something is due.
class Releases {
 public:
  explicit Releases(const WorkerSetting& setting) : setting_(setting) {}

  /// Whether anything was let go.
  bool look(Instant upto, const std::function<void()>& between = {}) {
    const auto office = office_of(setting_);
    const auto next = office::next_release(office);
    const bool due = next && *next <= upto;
    if (!due && Steady::now() < look_at_) return false;
    look_at_ = Steady::now() + std::chrono::seconds(1);
    const auto done = office::release_due(office, upto, between);
    return done.let_go + done.added > 0;
  }

 private:
  const WorkerSetting& setting_;
  Steady::time_point look_at_{};
};

/// Whether one of the jobs waits for its undo delay alone (M5).
bool leaves_soon(const WorkerSetting& setting, const std::vector<JobRow>& jobs) {
  const auto until = setting.clock.now() + setting.settings.sending.undo_delay;
  return std::any_of(jobs.begin(), jobs.end(), [&](const JobRow& job) {
    return job.held_until && *job.held_until <= until && job.state == MessageState::released;
  });
}

std::unique_ptr<web::Site> open_site(const WorkerSetting& setting, const web::Pulse& pulse) {
  if (!setting.listen) return nullptr;
  auto site = std::make_unique<web::Site>(web::SiteSetting{
      setting.settings, setting.clock, setting.connection.path(), *setting.listen, setting.version, pulse});
  log::info("listening at http://{}", site->address());
  if (!setting.listen->local) {
    log::warning(
        "other machines can reach it: nothing there is encrypted, and nobody is asked for a password");
  }
  return site;
}

/// The log's own room goes back to the disk; where folding does not fit, it waits.
void fold_for_room(store::Connection& connection) {
  try {
    connection.shrink_log();
  } catch (const Error& error) {
    if (!passes(error)) throw;
  }
}

void tell_of_room(const WorkerSetting& setting, const delivery::Engine& engine, Heart& heart) {
  const auto lack = engine.short_of_room() ? delivery::lack_of_room(setting.connection, setting.settings)
                                           : std::optional<Error>();
  if (!lack) {
    if (heart.recover()) log::info("the store can be written again");
  } else if (heart.suffer(lack->code())) {
    log::error("{}. Nothing but emergencies is begun until there is room.", lack->message());
  }
}

void rest(std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds step(250);
  for (; time.count() > 0 && !os::stop_requested(); time -= step) std::this_thread::sleep_for(step);
}

}  // namespace

bool somebody_works(store::Connection& connection) {
  return store::lease_holder(connection).has_value();
}

void require_workable(const WorkerSetting& setting) {
  office::require_own_place(office_of(setting));
}

WorkReport work_until_stopped(const WorkerSetting& setting) {
  require_workable(setting);
  HeldLease lease(setting.connection, require_lease(setting.connection, setting.name));
  Heart heart(lease.get().fence());
  const auto site = open_site(setting, heart.pulse());
  WorkReport report;
  delivery::Engine engine(setting.connection, setting.settings, setting.clock, lease.get());
  const os::Bell bell(office::bell_path(setting.connection.path()), [&engine] { engine.knock(); });
  const os::StopSignals signals([&engine] { engine.knock(); });
  const os::ReloadSignal reload([&engine] { engine.knock(); });
  log::info("crier works {} (lease {})", setting.connection.path().string(), lease.get().fence());
  heart.ready(setting.connection.path().string());
  auto look_at = Steady::now();
  Releases releases(setting);
  // What takes long tells meanwhile that it goes on.
  const auto between = [&] {
    lease.renew_in_time();
    heart.beat(engine.counts());
    return true;
  };
  ChoreThread chores(setting.connection.path(), setting.settings, setting.clock,
                     [&engine] { engine.knock(); });
  office::KnownSchedules known;
  // Where what is new does not fit on the disk it waits, and what comes back is written all the same.
  const auto look_for_work = [&]() -> std::optional<Error> {
    try {
      if (engine.short_of_room()) look_at = std::max(look_at, Steady::now() + full_disk_rest);
      if (Steady::now() >= look_at || chores.take_ended()) {
        const auto chore = chores.take_counts();
        const auto before = report.schedules_run;
        report.schedules_run += chore.ran;
        report.schedules_failed += chore.failed;
        run_schedules(setting, report, {between, &chores, &known});
        if (report.schedules_run > before) engine.knock();
        look_at = next_look(setting, known);
        setting.connection.checkpoint(store::usual_log_pages);
      }
      if (releases.look(setting.clock.now(), between)) engine.knock();
    } catch (const Error& error) {
      if (!passes(error)) throw;
      return error;
    }
    return std::nullopt;
  };
  while (!os::stop_requested()) {
    if (os::ReloadSignal::take() && setting.reload && setting.reload()) {
      report.begins_anew = true;
      break;
    }
    try {
      engine.require_lease();
      const auto lack = look_for_work();
      engine.turn();
      office::weigh_waiting_receipts(office_of(setting));  // D1: what came before our own answer
      if (engine.short_of_room()) fold_for_room(setting.connection);
      if (lack) throw *lack;
      tell_of_room(setting, engine, heart);
      heart.beat(engine.counts());
    } catch (const Error& error) {
      if (!passes(error)) throw;
      if (heart.suffer(error.code())) log::error("{}", in_one_line(error));
      heart.beat(engine.counts());
      fold_for_room(setting.connection);
      rest(full_disk_rest);
      continue;
    }
    if (os::stop_requested()) break;
    engine.wait(std::min(look_at, heart.next_beat()));
  }
  log::info("stopping: {} under way", engine.under_way());
  if (report.begins_anew) {
    heart.reload();
  } else {
    heart.stop(engine.under_way());
  }
  engine.stop(stop_patience);
  office::weigh_waiting_receipts(office_of(setting));
  count(report, engine);
  setting.connection.checkpoint();
  return report;
}

WorkReport work_once(const WorkerSetting& setting) {
  require_workable(setting);
  HeldLease lease(setting.connection, require_lease(setting.connection, setting.name));
  WorkReport report;
  // What is new may not fit on the disk: emergencies and what is queued go all the same, and it is told then.
  std::optional<Error> lack;
  try {
    run_schedules(setting, report, {.between = [&] {
                    lease.renew_in_time();
                    return true;
                  }});
  } catch (const Error& error) {
    if (!passes(error)) throw;
    lack = error;
  }
  const auto begun = setting.clock.now();
  Releases(setting).look(begun, [&] { lease.renew_in_time(); });
  delivery::Engine engine(setting.connection, setting.settings, setting.clock, lease.get());
  engine.wake_up_to(begun);
  const os::StopSignals signals([&engine] { engine.knock(); });
  work_out(engine);
  if (engine.short_of_room()) delivery::require_room(setting.connection, setting.settings);
  // D11: what has ended just now is told just now.
  if (!os::stop_requested() && tell_staff(setting) > 0) work_out(engine);
  engine.stop(stop_patience);
  office::weigh_waiting_receipts(office_of(setting));
  count(report, engine);
  // What a stopped channel keeps back has not gone either.
  report.deferred += store::queued_behind_stops(setting.connection);
  setting.connection.checkpoint();
  if (lack) throw *lack;
  return report;
}

WorkReport work_jobs(const WorkerSetting& setting, std::int64_t message,
                     const std::function<void(const std::vector<JobRow>&)>& watch) {
  require_workable(setting);
  store::JobFilter filter;
  filter.message = message;
  const auto jobs = [&] { return store::job_rows(setting.connection, filter, 0, 100); };
  WorkReport report;
  const os::StopSignals signals({});
  auto lease = try_lease(setting.connection, setting.name);
  if (!lease) {
    // A daemon works it: watch. What waits for a retry is the daemon's from here on.
    os::ring(office::bell_path(setting.connection.path()));
    while (!os::stop_requested()) {
      watch(jobs());
      if (!store::can_go_now(setting.connection, message) && !leaves_soon(setting, jobs())) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      if (!store::lease_holder(setting.connection) && (lease = try_lease(setting.connection, setting.name)))
        break;
    }
  }
  if (lease) {
    HeldLease held(setting.connection, *lease);
    delivery::Engine engine(setting.connection, setting.settings, setting.clock, held.get());
    engine.wake_up_to(setting.clock.now());
    Releases releases(setting);
    const os::Bell bell(office::bell_path(setting.connection.path()), [&engine] { engine.knock(); });
    auto watched = Steady::time_point::min();
    do {
      releases.look(setting.clock.now());
      engine.turn();
      if (Steady::now() - watched > std::chrono::milliseconds(100)) {
        watch(jobs());
        watched = Steady::now();
      }
      if ((engine.idle() && !leaves_soon(setting, jobs())) || os::stop_requested()) break;
      engine.wait(Steady::now() + std::chrono::seconds(1));
    } while (true);
    engine.stop(stop_patience);
    office::weigh_waiting_receipts(office_of(setting));
    setting.connection.checkpoint();
  }
  const auto rows = jobs();
  watch(rows);
  for (const auto& row : rows) {
    report.complete += row.counts.complete;
    report.failed += row.counts.failed;
    report.deferred += row.counts.processing;
  }
  return report;
}

}  // namespace crier::daemon
