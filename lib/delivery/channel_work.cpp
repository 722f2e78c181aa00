#include "delivery/channel_work.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iterator>

#include "base/os.hpp"

namespace crier::delivery {

namespace asio = boost::asio;

void ResultBox::put(Result result) {
  std::lock_guard lock(mutex_);
  if (results_.empty()) first_ = std::chrono::steady_clock::now();
  results_.push_back(std::move(result));
  // Waking the store's thread for every message would cost a change of threads each: only the first and the
  // one that makes enough can end a wait.
  if (results_.size() == 1 || results_.size() == enough_) changed_.notify_one();
}

void ResultBox::knock() {
  std::lock_guard lock(mutex_);
  knocked_ = true;
  changed_.notify_one();
}

void ResultBox::starved() {
  std::lock_guard lock(mutex_);
  if (!std::exchange(starving_, true)) changed_.notify_one();
}

std::vector<Result> ResultBox::take() {
  std::lock_guard lock(mutex_);
  starving_ = false;
  return std::exchange(results_, {});
}

void ResultBox::put_back(std::vector<Result> results) {
  std::lock_guard lock(mutex_);
  if (results_.empty()) first_ = std::chrono::steady_clock::now();
  results_.insert(results_.begin(), std::make_move_iterator(results.begin()),
                  std::make_move_iterator(results.end()));
}

bool TrustedUntil::holds() const {
  return os::since_boot().count() < until_;
}

ResultBox::Woken ResultBox::wait_until(std::chrono::steady_clock::time_point time, std::size_t enough,
                                       std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  enough_ = enough;
  for (;;) {
    if (std::exchange(knocked_, false)) return Woken::knock;
    const auto now = std::chrono::steady_clock::now();
    if (!results_.empty() && (results_.size() >= enough || starving_ || now >= first_ + patience)) {
      return Woken::results;
    }
    if (now >= time) return results_.empty() ? Woken::time : Woken::results;
    changed_.wait_until(lock, results_.empty() ? time : std::min(time, first_ + patience));
  }
}

struct ChannelWork::Waiter {
  asio::steady_timer timer;
};

ChannelWork::ChannelWork(asio::any_io_executor executor, ResultBox& results, const TrustedUntil& trust)
    : executor_(executor),
      results_(results),
      trust_(trust),
      waiter_(std::make_unique<Waiter>(
          Waiter{asio::steady_timer(executor, asio::steady_timer::time_point::max())})) {}

ChannelWork::~ChannelWork() = default;

void ChannelWork::offer(std::vector<Parcel> parcels) {
  waiting_ += parcels.size();
  asio::post(executor_, [this, parcels = std::move(parcels)]() mutable {
    for (auto& parcel : parcels) {
      // M3: an emergency is not kept behind what was handed over before it.
      auto at = ready_.end();
      if (parcel.priority == Priority::emergency) {
        at = std::find_if(ready_.begin(), ready_.end(),
                          [](const Parcel& other) { return other.priority != Priority::emergency; });
      }
      ready_.insert(at, std::move(parcel));
    }
    waiter_->timer.cancel();
  });
}

void ChannelWork::close() {
  asio::post(executor_, [this] {
    closed_ = true;
    return_all();
    waiter_->timer.cancel();
  });
}

void ChannelWork::return_all() {
  for (auto& parcel : ready_) results_.put({parcel.delivery, parcel.attempt, parcel.channel, std::nullopt});
  waiting_ -= ready_.size();
  ready_.clear();
}

std::optional<Parcel> ChannelWork::next() {
  if (ready_.empty()) return std::nullopt;
  if (!trust_.holds()) {
    // This process stood still past its lease: somebody else may be sending these by now.
    return_all();
    return std::nullopt;
  }
  auto parcel = std::move(ready_.front());
  ready_.pop_front();
  --waiting_;
  if (ready_.empty()) results_.starved();
  return parcel;
}

asio::awaitable<void> ChannelWork::wait() {
  while (ready_.empty() && !closed_) {
    boost::system::error_code woken;
    co_await waiter_->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

void ChannelWork::settle(const Parcel& parcel, Outcome outcome) {
  results_.put({parcel.delivery, parcel.attempt, parcel.channel, std::move(outcome)});
}

void ChannelWork::give_back(Parcel parcel) {
  results_.put({parcel.delivery, parcel.attempt, parcel.channel, std::nullopt});
}

}  // namespace crier::delivery
