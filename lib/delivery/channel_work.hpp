// The belt between the store's thread and a transport on the network's thread: parcels go one way, outcomes
// come back. Dispatch fills it, settle empties it.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "model/outcome.hpp"
#include "model/parcel.hpp"
#include "transport/transport.hpp"

namespace crier::delivery {

struct Result {
  std::int64_t delivery = 0;
  int attempt = 0;
  Channel channel = Channel::email;
  /// None: never begun.
  std::optional<Outcome> outcome;
};

/// Until when, on the clock that runs through suspension, the lease may be trusted: the store's thread sets
/// it, the network's thread asks before each parcel (D6).
class TrustedUntil {
 public:
  void set(std::chrono::milliseconds since_boot) { until_ = since_boot.count(); }
  bool holds() const;

 private:
  std::atomic<std::int64_t> until_ = 0;
};

/// Where all channels put what came back; the store's thread waits here. Safe from any thread.
class ResultBox {
 public:
  void put(Result result);
  /// Somebody wants the store's thread: new work, a stop.
  void knock();
  /// A channel has nothing left to carry.
  void starved();
  std::vector<Result> take();
  /// They could not be written: for the next time, before what has come since.
  void put_back(std::vector<Result> results);

  enum class Woken { results, knock, time };
  /// Until there is a reason to turn: a knock; `enough` results, or any results that have waited `patience`,
  /// or any while a channel starves; or the time.
  Woken wait_until(std::chrono::steady_clock::time_point time, std::size_t enough,
                   std::chrono::milliseconds patience);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Result> results_;
  std::chrono::steady_clock::time_point first_{};
  std::size_t enough_ = 0;
  bool knocked_ = false;
  bool starving_ = false;
};

class ChannelWork final : public transport::Work {
 public:
  ChannelWork(boost::asio::any_io_executor executor, ResultBox& results, const TrustedUntil& trust);
  ~ChannelWork() override;

  /// From the store's thread.
  void offer(std::vector<Parcel> parcels);
  void close();

  std::optional<Parcel> next() override;
  boost::asio::awaitable<void> wait() override;
  bool closed() const override { return closed_; }
  void settle(const Parcel& parcel, Outcome outcome) override;
  void give_back(Parcel parcel) override;

  /// How many parcels wait for the transport, as far as another thread can tell.
  std::size_t waiting() const { return waiting_; }

 private:
  struct Waiter;
  /// Gives everything back that the transport has not taken.
  void return_all();

  boost::asio::any_io_executor executor_;
  ResultBox& results_;
  const TrustedUntil& trust_;
  std::unique_ptr<Waiter> waiter_;
  std::deque<Parcel> ready_;
  std::atomic<std::size_t> waiting_ = 0;
  bool closed_ = false;
};

}  // namespace crier::delivery
