#include "transport/smtp.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <memory>

#include "base/os.hpp"

namespace crier::transport {
namespace asio = boost::asio;
using config::Security;
using std::chrono::steady_clock;

namespace {

config::ChannelSettings with_port(config::ChannelSettings settings) {
  if (settings.port == 0) {
    settings.port = settings.security == Security::tls        ? 465
                    : settings.security == Security::starttls ? 587
                                                              : 25;
  }
  settings.connections = std::max(settings.connections, 1);
  return settings;
}

}  // namespace

class Smtp::Source final : public ParcelSource {
 public:
  Source(Smtp& smtp, Work& work) : smtp_(smtp), work_(work) {}
  std::optional<Parcel> next() override { return smtp_.take(work_); }
  void settle(const Parcel& parcel, Outcome outcome) override { work_.settle(parcel, std::move(outcome)); }
  void give_back(Parcel parcel) override { work_.give_back(std::move(parcel)); }

 private:
  Smtp& smtp_;
  Work& work_;
};

Smtp::Rate::Rate(double per_second)
    : per_second_(per_second),
      most_(std::max(1.0, per_second / 10)),
      tokens_(1),
      counted_(steady_clock::now()) {}

bool Smtp::Rate::ready() {
  if (per_second_ <= 0) return true;
  const auto now = steady_clock::now();
  const std::chrono::duration<double> passed = now - counted_;
  tokens_ = std::min(most_, tokens_ + passed.count() * per_second_);
  counted_ = now;
  return tokens_ >= 1;
}

Smtp::Time Smtp::Rate::ready_at() const {
  const std::chrono::duration<double> missing((1 - tokens_) / per_second_);
  return counted_ + std::chrono::ceil<steady_clock::duration>(missing) + std::chrono::microseconds(1);
}

Smtp::Smtp(const config::ChannelSettings& settings, asio::any_io_executor executor, SmtpTimes times)
    : executor_(std::move(executor)),
      times_(times),
      server_{.settings = with_port(settings),
              .tls = nullptr,
              .own_name = os::full_host_name(),
              .timeout = settings.timeout,
              .quit_limit = std::min<std::chrono::milliseconds>(times.quit, settings.timeout)},
      rate_(settings.per_second),
      room_(executor_) {}

asio::awaitable<void> Smtp::run(Work& work) {
  finishing_ = false;
  defect_ = nullptr;
  co_await give_out(work);
  finishing_ = true;
  for (auto* idle : idle_) idle->signal.notify();
  while (alive_ > 0) co_await room_.wait();
  if (defect_) std::rethrow_exception(defect_);
}

/// Hands parcels to sessions that have none; those that are busy help themselves.
asio::awaitable<void> Smtp::give_out(Work& work) {
  while (!defect_) {
    const auto now = steady_clock::now();
    if (down(now)) {
      // A gateway that is down is left alone (D4): what comes now fails like the last attempt.
      while (auto parcel = work.next()) work.settle(*parcel, down_);
    } else if (idle_.empty() && !may_open(now)) {
      co_await wait_for_room(now);
      continue;
    } else if (!rate_.ready()) {
      co_await room_.wait_until(rate_.ready_at());
      continue;
    } else if (auto parcel = take(work)) {
      hand(std::move(*parcel), work);
      continue;
    }
    if (work.closed()) co_return;
    co_await work.wait();
  }
}

bool Smtp::may_open(Time now) const {
  return alive_ < server_.settings.connections && now >= next_open_ && (healthy_ || opening_ == 0);
}

asio::awaitable<void> Smtp::wait_for_room(Time now) {
  if (alive_ < server_.settings.connections && now < next_open_) {
    co_await room_.wait_until(next_open_);
  } else {
    co_await room_.wait();
  }
}

std::optional<Parcel> Smtp::take(Work& work) {
  if (!rate_.ready()) return std::nullopt;
  auto parcel = work.next();
  if (parcel) rate_.take();
  return parcel;
}

void Smtp::hand(Parcel parcel, Work& work) {
  if (!idle_.empty()) {
    auto* idle = idle_.back();
    idle_.pop_back();
    idle->parcel = std::move(parcel);
    idle->signal.notify();
    return;
  }
  ++alive_;
  ++opening_;
  asio::co_spawn(executor_, work_session(std::move(parcel), work), asio::detached);
}

asio::awaitable<void> Smtp::work_session(Parcel first, Work& work) {
  try {
    co_await carry_all(std::move(first), work);
  } catch (...) {
    defect_ = std::current_exception();
  }
  --alive_;
  room_.notify();
}

/// A session's life: open, carry, wait for more, say goodbye.
asio::awaitable<void> Smtp::carry_all(Parcel first, Work& work) {
  Source source(*this, work);
  std::unique_ptr<SmtpSession> session;
  std::optional<Parcel> parcel = std::move(first);
  bool second_try = false;
  while (parcel) {
    if (!session) {
      session = std::make_unique<SmtpSession>(server_, executor_);
      const bool opened = co_await open(*session);
      if (!opened)
        co_return settle_unopened(std::move(*parcel), second_try ? Said::before : Said::never, work);
    }
    parcel = co_await session->carry(std::move(*parcel), source);
    second_try = !session->usable();
    if (session->usable()) {
      parcel = co_await next_or_idle(work);
      continue;
    }
    --established_;
    // A server on which nothing comes to an end is not asked again and again at full speed.
    if (!session->proven()) next_open_ = steady_clock::now() + times_.back_off;
    session.reset();
    if (parcel) ++opening_;
  }
  if (!session) co_return;
  --established_;
  co_await session->quit();
}

asio::awaitable<bool> Smtp::open(SmtpSession& session) {
  auto failure = co_await session.open();
  --opening_;
  healthy_ = !failure;
  if (!failure) {
    ++established_;
  } else {
    down_ = std::move(*failure);
    const auto now = steady_clock::now();
    if (established_ > 0) {
      next_open_ = now + times_.crowded;
    } else {
      down_until_ = now + times_.back_off;
    }
  }
  room_.notify();
  co_return !failure;
}

/// No connection for this parcel. Where others have one, they carry it: the server only wants no more of
/// them.
void Smtp::settle_unopened(Parcel parcel, Said said, Work& work) {
  if (established_ == 0 || said == Said::before) return work.settle(parcel, down_);
  if (!idle_.empty()) return hand(std::move(parcel), work);
  work.give_back(std::move(parcel));
}

asio::awaitable<std::optional<Parcel>> Smtp::next_or_idle(Work& work) {
  auto parcel = take(work);
  if (parcel || finishing_) co_return parcel;
  Idle idle(executor_);
  idle_.push_back(&idle);
  room_.notify();
  co_await idle.signal.wait_until(steady_clock::now() + times_.idle);
  std::erase(idle_, &idle);
  co_return std::move(idle.parcel);
}

}  // namespace crier::transport
