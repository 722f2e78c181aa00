#include "net/signal.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace crier::net {
namespace asio = boost::asio;

// A timer has one expiry for all who wait on it, so those who wait for good and those who wait for a time
// have one each.
struct Signal::Rep {
  explicit Rep(const asio::any_io_executor& executor) : forever(executor), timed(executor) {}
  asio::steady_timer forever;
  asio::steady_timer timed;
};

Signal::Signal(asio::any_io_executor executor) : rep_(std::make_unique<Rep>(executor)) {
  rep_->forever.expires_at(std::chrono::steady_clock::time_point::max());
}

Signal::~Signal() = default;

asio::awaitable<void> Signal::wait() {
  co_await rep_->forever.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> Signal::wait_until(std::chrono::steady_clock::time_point time) {
  rep_->timed.expires_at(time);
  co_await rep_->timed.async_wait(asio::as_tuple(asio::use_awaitable));
}

void Signal::notify() {
  rep_->forever.cancel();
  rep_->timed.cancel();
}

}  // namespace crier::net
