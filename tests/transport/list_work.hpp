// Work from a list, recording what became of each parcel; a parcel that is given back comes again.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <exception>
#include <map>
#include <utility>
#include <vector>

#include "net/signal.hpp"
#include "transport/transport.hpp"

namespace crier::test {

class ListWork final : public transport::Work {
 public:
  explicit ListWork(boost::asio::any_io_executor executor) : signal_(std::move(executor)) {}

  void add(Parcel parcel) {
    waiting_.push_back(std::move(parcel));
    signal_.notify();
  }
  /// Keeps the transport running when all is done, until `close`.
  void keep_open() { kept_open_ = true; }
  void close() {
    kept_open_ = false;
    signal_.notify();
  }

  std::optional<Parcel> next() override {
    if (waiting_.empty()) return std::nullopt;
    auto parcel = std::move(waiting_.front());
    waiting_.pop_front();
    ++out_;
    return parcel;
  }
  boost::asio::awaitable<void> wait() override { co_await signal_.wait(); }
  bool closed() const override { return !kept_open_ && waiting_.empty() && out_ == 0; }
  void settle(const Parcel& parcel, Outcome outcome) override {
    --out_;
    outcomes_[parcel.delivery].push_back(std::move(outcome));
    signal_.notify();
  }
  void give_back(Parcel parcel) override {
    --out_;
    ++given_back_;
    waiting_.push_front(std::move(parcel));
    signal_.notify();
  }
  /// Until so many parcels are settled.
  boost::asio::awaitable<void> settled(std::size_t count) {
    while (outcomes_.size() < count) co_await signal_.wait();
  }

  /// By delivery: exactly one each where all is well.
  const std::map<std::int64_t, std::vector<Outcome>>& outcomes() const { return outcomes_; }
  const Outcome& outcome(std::int64_t delivery) const { return outcomes_.at(delivery).at(0); }
  int given_back() const { return given_back_; }

 private:
  net::Signal signal_;
  std::deque<Parcel> waiting_;
  std::map<std::int64_t, std::vector<Outcome>> outcomes_;
  int out_ = 0;
  int given_back_ = 0;
  bool kept_open_ = false;
};

inline Parcel mail_parcel(std::int64_t delivery, std::string to, std::string body = "Dear parent\r\n") {
  Parcel parcel;
  parcel.delivery = delivery;
  parcel.job = 1;
  parcel.to = std::move(to);
  parcel.from = "office@school.example";
  parcel.content = "Message-ID: <" + std::to_string(delivery) + "@school.example>\r\n\r\n" + std::move(body);
  return parcel;
}

/// Starts a coroutine whose failure ends the test.
inline void start(boost::asio::io_context& io, boost::asio::awaitable<void> task) {
  boost::asio::co_spawn(io, std::move(task), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
}

}  // namespace crier::test
