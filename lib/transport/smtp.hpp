// E-mail over SMTP (D2): how many sessions, when they are opened, kept and closed, and what a gateway that is
// down costs. The conversation itself is transport/smtp_session.
#pragma once

#include <chrono>
#include <exception>
#include <vector>

#include "net/signal.hpp"
#include "transport/smtp_session.hpp"
#include "transport/transport.hpp"

namespace crier::transport {

/// Waits that no school sets; tests shorten them.
struct SmtpTimes {
  /// A connection without work is closed after this.
  std::chrono::milliseconds idle{10'000};
  /// After a failure to connect, no second attempt for so long; what comes meanwhile fails alike.
  std::chrono::milliseconds back_off{1'000};
  /// After a server took some connections and turned another away, no more are asked for.
  std::chrono::milliseconds crowded{10'000};
  std::chrono::milliseconds quit{2'000};
};

class Smtp final : public Transport {
 public:
  Smtp(const config::ChannelSettings& settings, boost::asio::any_io_executor executor, SmtpTimes times = {});
  boost::asio::awaitable<void> run(Work& work) override;

 private:
  using Time = std::chrono::steady_clock::time_point;
  /// Parcels at so many a second, evenly, with at most a tenth of a second's worth at once.
  class Rate {
   public:
    explicit Rate(double per_second);
    bool ready();
    void take() { tokens_ -= 1; }
    /// When it will be ready, asked after `ready` said no.
    Time ready_at() const;

   private:
    double per_second_;
    double most_;
    double tokens_;
    Time counted_;
  };
  /// Work as a session sees it: under the rate, and nothing while the transport winds up a failure.
  class Source;
  /// A session without work, waiting to be handed a parcel.
  struct Idle {
    explicit Idle(const boost::asio::any_io_executor& executor) : signal(executor) {}
    net::Signal signal;
    std::optional<Parcel> parcel;
  };

  /// Whether a parcel's envelope has been on the wire before.
  enum class Said { never, before };

  boost::asio::awaitable<void> give_out(Work& work);
  boost::asio::awaitable<void> wait_for_room(Time now);
  bool down(Time now) const { return established_ == 0 && now < down_until_; }
  std::optional<Parcel> take(Work& work);
  bool may_open(Time now) const;
  void hand(Parcel parcel, Work& work);
  boost::asio::awaitable<void> work_session(Parcel first, Work& work);
  boost::asio::awaitable<void> carry_all(Parcel first, Work& work);
  boost::asio::awaitable<bool> open(SmtpSession& session);
  void settle_unopened(Parcel parcel, Said said, Work& work);
  boost::asio::awaitable<std::optional<Parcel>> next_or_idle(Work& work);

  boost::asio::any_io_executor executor_;
  SmtpTimes times_;
  SmtpServer server_;
  Rate rate_;
  net::Signal room_;
  std::vector<Idle*> idle_;
  /// Sessions that exist, that are being opened, and that have signed in.
  int alive_ = 0;
  int opening_ = 0;
  int established_ = 0;
  /// The last attempt to open went well: more may be opened side by side.
  bool healthy_ = false;
  bool finishing_ = false;
  Time next_open_;
  Time down_until_;
  Outcome down_;
  std::exception_ptr defect_;
};

}  // namespace crier::transport
