// A knock between coroutines of one thread: one side waits, the other notifies. It keeps no memory of a knock
// that nobody waited for; look at what you wait for before you wait.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>

namespace crier::net {

class Signal {
 public:
  explicit Signal(boost::asio::any_io_executor executor);
  ~Signal();
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  /// Until the next `notify()`.
  boost::asio::awaitable<void> wait();
  /// Until the next `notify()` or that time, whichever is first.
  boost::asio::awaitable<void> wait_until(std::chrono::steady_clock::time_point time);
  /// Wakes all who wait now.
  void notify();

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace crier::net
