#include "transport/smtp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <memory>

#include "base/log.hpp"
#include "base/os.hpp"

namespace crier::transport {
namespace asio = boost::asio;
using config::Security;
using std::chrono::steady_clock;

namespace {

config::SmtpRelay with_port(config::SmtpRelay relay) {
  if (relay.port == 0) {
    relay.port = relay.security == Security::tls ? 465 : relay.security == Security::starttls ? 587 : 25;
  }
  return relay;
}

}  // namespace

class Smtp::Source final : public ParcelSource {
 public:
  Source(Smtp& smtp, Work& work, Relay& relay, const SmtpSession& session)
      : smtp_(smtp), work_(work), relay_(relay), session_(session) {}
  std::optional<Parcel> next() override {
    if (session_.proven()) smtp_.note_proven(relay_);
    return smtp_.better_works(relay_) ? std::nullopt : smtp_.take(work_);
  }
  void settle(const Parcel& parcel, Outcome outcome) override { work_.settle(parcel, std::move(outcome)); }
  void give_back(Parcel parcel) override { work_.give_back(std::move(parcel)); }

 private:
  Smtp& smtp_;
  Work& work_;
  Relay& relay_;
  const SmtpSession& session_;
};

Smtp::Smtp(const config::ChannelSettings& settings, asio::any_io_executor executor, SmtpTimes times)
    : executor_(std::move(executor)),
      times_(times),
      connections_(std::max(settings.connections, 1)),
      rate_(settings.per_second),
      room_(executor_) {
  const std::chrono::milliseconds timeout = settings.timeout;
  const auto add = [&](const config::SmtpRelay& relay) {
    Relay one;
    one.server = {
        .relay = with_port(relay),
        .dsn = settings.dsn,
        .messages_per_connection = settings.messages_per_connection,
        .tls = nullptr,
        .own_name = os::full_host_name(),
        .timeout = timeout,
        .connect_limit = settings.further_relays.empty() ? timeout : std::min(timeout, times.connect),
        .quit_limit = std::min(times.quit, timeout)};
    relays_.push_back(std::move(one));
  };
  add(settings);
  for (const auto& relay : settings.further_relays) add(relay);
}

asio::awaitable<void> Smtp::run(Work& work) {
  finishing_ = false;
  defect_ = nullptr;
  co_await give_out(work);
  finishing_ = true;
  for (auto* idle : idle_) idle->signal.notify();
  while (sessions_ > 0) co_await room_.wait();
  if (defect_) std::rethrow_exception(defect_);
}

/// Hands parcels to sessions that have none; those that are busy help themselves.
asio::awaitable<void> Smtp::give_out(Work& work) {
  while (!defect_) {
    const auto now = steady_clock::now();
    if (all_down(now)) {
      // A gateway that is down is left alone (D4): what comes now fails like the last attempt.
      while (auto parcel = work.next()) work.settle(*parcel, all_down_outcome());
    } else {
      auto* relay = choose(now);
      if (idle_.empty() && relay == nullptr) {
        try_again_behind(work, now);
        co_await wait_for_room(now);
        continue;
      }
      if (!rate_.ready()) {
        co_await room_.wait_until(rate_.ready_at());
        continue;
      }
      if (auto parcel = take(work)) {
        try_again_behind(work, now);
        hand(std::move(*parcel), relay, work);
        continue;
      }
    }
    if (work.closed()) co_return;
    co_await work.wait();
  }
}

bool Smtp::all_down(Time now) const {
  return std::all_of(relays_.begin(), relays_.end(),
                     [now](const Relay& relay) { return relay.down_at(now); });
}

/// A fault of ours at any of them stops the channel and fails nobody, until one of them works (D4).
const Outcome& Smtp::all_down_outcome() const {
  const auto ours = std::find_if(relays_.begin(), relays_.end(),
                                 [](const Relay& relay) { return relay.down.fault == Outcome::Fault::ours; });
  return ours == relays_.end() ? relays_.front().down : ours->down;
}

bool Smtp::may_open(const Relay& relay, Time now) const {
  return relay.alive < connections_ && now >= relay.next_open && (relay.healthy || relay.opening == 0);
}

Smtp::Relay* Smtp::choose(Time now) {
  for (auto& relay : relays_) {
    if (relay.rests(now)) continue;
    if (relay.failures > 0 && has_substitute(relay, now)) continue;
    return may_open(relay, now) ? &relay : nullptr;
  }
  return nullptr;
}

bool Smtp::has_substitute(const Relay& relay, Time now) const {
  return std::any_of(relays_.begin(), relays_.end(), [&](const Relay& other) {
    return &other > &relay && !other.rests(now) && (other.established > 0 || other.failures == 0);
  });
}

bool Smtp::better_works(const Relay& relay) const {
  return std::any_of(relays_.begin(), relays_.end(), [&](const Relay& other) {
    return &other < &relay && other.established > 0 && other.failures == 0;
  });
}

/// A server that has rested is tried by a session without a parcel: what it may cost is nobody's delay.
void Smtp::try_again_behind(Work& work, Time now) {
  for (auto& relay : relays_) {
    const bool rested = relay.failures > 0 && relay.alive == 0 && !relay.rests(now);
    if (rested && has_substitute(relay, now)) start_session(std::nullopt, relay, work);
  }
}

asio::awaitable<void> Smtp::wait_for_room(Time now) {
  auto earliest = Time::max();
  for (const auto& relay : relays_) {
    for (const auto rest_ends : {relay.next_open, relay.down_until}) {
      if (rest_ends > now) earliest = std::min(earliest, rest_ends);
    }
  }
  if (earliest == Time::max()) {
    co_await room_.wait();
  } else {
    co_await room_.wait_until(earliest);
  }
}

std::optional<Parcel> Smtp::take(Work& work) {
  if (!rate_.ready()) return std::nullopt;
  auto parcel = work.next();
  if (parcel) rate_.take();
  return parcel;
}

/// To a session that waits, unless a new one with `relay` has the better server.
void Smtp::hand(Parcel parcel, Relay* relay, Work& work) {
  // Of several the one that came last: its connection is the least likely to have been closed meanwhile.
  const auto best = std::min_element(idle_.rbegin(), idle_.rend(),
                                     [](const Idle* a, const Idle* b) { return a->relay < b->relay; });
  if (best == idle_.rend() || (relay != nullptr && relay < (*best)->relay)) {
    return start_session(std::move(parcel), *relay, work);
  }
  auto* idle = *best;
  std::erase(idle_, idle);
  idle->parcel = std::move(parcel);
  idle->signal.notify();
}

void Smtp::start_session(std::optional<Parcel> first, Relay& relay, Work& work) {
  ++sessions_;
  ++relay.alive;
  ++relay.opening;
  asio::co_spawn(executor_, work_session(std::move(first), relay, work), asio::detached);
}

asio::awaitable<void> Smtp::work_session(std::optional<Parcel> first, Relay& relay, Work& work) {
  auto* at = &relay;
  try {
    co_await carry_all(std::move(first), at, work);
  } catch (...) {
    defect_ = std::current_exception();
  }
  --at->alive;
  --sessions_;
  room_.notify();
}

/// A session's life: open, carry, wait for more, say goodbye. `relay` follows it to another server.
asio::awaitable<void> Smtp::carry_all(std::optional<Parcel> parcel, Relay*& relay, Work& work) {
  std::unique_ptr<SmtpSession> session;
  auto said = Said::never;
  for (;;) {
    if (!session) {
      session = std::make_unique<SmtpSession>(relay->server, executor_);
      const bool opened = co_await open(*session, *relay);
      if (!opened) {
        if (!parcel) co_return;
        session.reset();
        auto* next = choose(steady_clock::now());
        if (next == nullptr) co_return settle_unopened(std::move(*parcel), said, *relay, work);
        move_on(relay, *next);
        continue;
      }
    }
    if (parcel) {
      Source source(*this, work, *relay, *session);
      parcel = co_await session->carry(std::move(*parcel), source);
      if (session->proven()) note_proven(*relay);
      if (!session->usable()) {
        --relay->established;
        if (!session->proven()) note_unproven(*relay);
        session.reset();
        if (!parcel) co_return;
        said = Said::before;
        ++relay->opening;
        continue;
      }
      said = Said::never;
    }
    if (session->full()) break;
    parcel = co_await next_or_idle(*relay, work);
    if (!parcel) break;
  }
  --relay->established;
  co_await session->quit();
}

void Smtp::move_on(Relay*& from, Relay& to) {
  --from->alive;
  from = &to;
  ++to.alive;
  ++to.opening;
}

asio::awaitable<bool> Smtp::open(SmtpSession& session, Relay& relay) {
  auto failure = co_await session.open();
  --relay.opening;
  relay.healthy = !failure;
  if (failure) {
    note_failure(relay, std::move(*failure));
  } else {
    ++relay.established;
    if (!relay.suspect) note_proven(relay);
  }
  room_.notify();
  co_return !failure;
}

std::chrono::milliseconds Smtp::rest_of(const Relay& relay) const {
  // Alone it is asked again soon: nobody else carries anything meanwhile.
  if (relays_.size() == 1) return times_.back_off;
  const auto doublings = std::min(relay.failures - 1, 20);
  return std::clamp(times_.back_off * (1 << std::max(doublings, 0)), times_.back_off,
                    std::max(times_.back_off, times_.longest_rest));
}

void Smtp::note_failure(Relay& relay, Outcome failure) {
  const auto now = steady_clock::now();
  relay.down = std::move(failure);
  if (relay.established > 0) {
    relay.next_open = now + times_.crowded;
    return;
  }
  ++relay.failures;
  relay.suspect = false;
  relay.down_until = now + rest_of(relay);
  if (relays_.size() > 1 && relay.failures == 1) {
    log::warning("the mail server {}:{} cannot be used: {}; the next one is tried", relay.server.relay.host,
                 relay.server.relay.port, relay.down.cause);
  }
}

/// A server on which nothing comes to an end is not asked again and again at full speed.
void Smtp::note_unproven(Relay& relay) {
  if (relay.established == 0) ++relay.failures;
  relay.suspect = true;
  relay.next_open = steady_clock::now() + rest_of(relay);
}

void Smtp::note_proven(Relay& relay) {
  if (relay.failures == 0) return;
  relay.failures = 0;
  relay.suspect = false;
  if (relays_.size() > 1) {
    log::info("the mail server {}:{} works again", relay.server.relay.host, relay.server.relay.port);
  }
  // Who waits with a substitute leaves it.
  for (auto* idle : idle_) {
    if (idle->relay > &relay) idle->signal.notify();
  }
}

/// No connection for this parcel. Where others have one, they carry it: the server only wants no more of
/// them.
void Smtp::settle_unopened(Parcel parcel, Said said, const Relay& relay, Work& work) {
  if (said == Said::before) return work.settle(parcel, relay.down);
  if (all_down(steady_clock::now())) return work.settle(parcel, all_down_outcome());
  if (!idle_.empty()) return hand(std::move(parcel), nullptr, work);
  work.give_back(std::move(parcel));
}

asio::awaitable<std::optional<Parcel>> Smtp::next_or_idle(const Relay& relay, Work& work) {
  if (better_works(relay)) co_return std::nullopt;
  auto parcel = take(work);
  if (parcel || finishing_) co_return parcel;
  Idle idle(executor_, relay);
  idle_.push_back(&idle);
  room_.notify();
  co_await idle.signal.wait_until(steady_clock::now() + times_.idle);
  std::erase(idle_, &idle);
  co_return std::move(idle.parcel);
}

}  // namespace crier::transport
