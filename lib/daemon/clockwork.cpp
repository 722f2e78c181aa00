#include "daemon/clockwork.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/os.hpp"
#include "daemon/held_lease.hpp"
#include "daemon/work_out.hpp"
#include "delivery/engine.hpp"
#include "office/leavers.hpp"
#include "office/release.hpp"
#include "office/telling_staff.hpp"
#include "store/queue_store.hpp"

namespace crier::daemon {
namespace {

/// What has been looked at and is still due is looked at again after this.
constexpr std::chrono::minutes stands_still{1};

/// A source does not change while the clock leaps: each import is done once, its other times only recorded.
class FirstTimeAlone final : public office::ChoreHand {
 public:
  explicit FirstTimeAlone(const office::Office& office, office::Between between)
      : office_(office), between_(std::move(between)) {}
  bool take(const config::Schedule& schedule) override {
    const bool again = schedule.kind == config::NoticeKind::import_source && done_.contains(schedule.name);
    const auto done =
        office::work_due_chore(office_.store.path(), office_.settings, office_.clock, schedule, between_,
                               again ? office::Doing::record_alone : office::Doing::all);
    if (done.ran + done.failed > 0) done_.insert(schedule.name);
    return true;
  }
  bool notices_wait() const override { return false; }

 private:
  const office::Office& office_;
  office::Between between_;
  std::set<std::string> done_;
};

}  // namespace

struct Clockwork::Rep {
  store::Connection& store;
  const config::Settings& settings;
  FixedClock& clock;
  office::Office office;
  HeldLease lease;
  delivery::Engine engine;
  office::KnownSchedules known;
  FirstTimeAlone hand;

  Rep(store::Connection& s, const config::Settings& set, FixedClock& c, std::string actor)
      : store(s),
        settings(set),
        clock(c),
        office{s, set, c, std::move(actor), ""},
        lease(s, require_lease(s, "rehearsal")),
        engine(s, set, c, lease.get()),
        hand(office, [this] {
          lease.renew_in_time();
          return !os::stop_requested();
        }) {}
};

Clockwork::Clockwork(store::Connection& store, const config::Settings& settings, FixedClock& clock,
                     std::string actor)
    : rep_(std::make_unique<Rep>(store, settings, clock, std::move(actor))) {}

Clockwork::~Clockwork() {
  try {
    rep_->engine.stop(std::chrono::seconds(20));
  } catch (const Error& error) {
    log::warning("what was under way could not be written down: {}", in_one_line(error));
  }
}

void Clockwork::work() {
  auto& rep = *rep_;
  rep.lease.renew_in_time();
  (void)office::anonymise_deleted(rep.office);
  const auto done = office::run_due_schedules(rep.office, {[&rep] {
                                                             rep.lease.renew_in_time();
                                                             return !os::stop_requested();
                                                           },
                                                           &rep.hand, &rep.known});
  if (done.ran > 0) rep.engine.knock();
  const auto released =
      office::release_due(rep.office, rep.clock.now(), [&rep] { rep.lease.renew_in_time(); });
  if (released.let_go + released.added > 0) rep.engine.knock();
  work_out(rep.engine);
  if (office::tell_staff(rep.office) > 0) {
    rep.engine.knock();
    work_out(rep.engine);
  }
  rep.store.checkpoint(store::usual_log_pages);
}

std::optional<Instant> Clockwork::next() const {
  auto& rep = *rep_;
  const auto now = rep.clock.now();
  std::optional<Instant> next = office::next_occurrence(rep.office, rep.known);
  if (const auto due = store::next_due(rep.store)) {
    const auto at = *due > now ? *due : now + stands_still;
    if (!next || at < *next) next = at;
  }
  return next;
}

void Clockwork::work_until(Instant upto, const std::function<void(Instant)>& moved) {
  auto& clock = rep_->clock;
  while (!os::stop_requested()) {
    work();
    const auto next = this->next();
    if (!next || *next >= upto) break;
    clock.set(*next);
    if (moved) moved(*next);
  }
  clock.set(upto);
}

config::Settings into_outbox(config::Settings settings, const std::filesystem::path& folder) {
  for (const auto channel : all_channels) {
    auto replaced = settings.channel(channel);
    if (replaced.kind == config::ChannelKind::inbox) continue;
    config::ChannelSettings outbox;
    outbox.kind = config::ChannelKind::outbox;
    outbox.path = folder / to_text(channel);
    outbox.quiet_hours = replaced.quiet_hours;
    outbox.price = std::move(replaced.price);
    outbox.retry = replaced.retry;
    settings.channels[channel] = std::move(outbox);
  }
  return settings;
}

}  // namespace crier::daemon
