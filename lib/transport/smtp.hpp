// E-mail over SMTP (D2): how many sessions, with which mail server, when they are opened, kept and closed,
// and what a gateway that is down costs (D4). The conversation itself is transport/smtp_session.
#pragma once

#include <chrono>
#include <exception>
#include <vector>

#include "net/signal.hpp"
#include "transport/rate.hpp"
#include "transport/smtp_session.hpp"
#include "transport/transport.hpp"

namespace crier::transport {

/// Waits that no school sets; tests shorten them.
struct SmtpTimes {
  /// A connection without work is closed after this.
  std::chrono::milliseconds idle{10'000};
  /// After a failure to connect, no second attempt for so long; what comes meanwhile fails alike, or goes to
  /// the next mail server. Where there is a next one the rest doubles with each failure in a row.
  std::chrono::milliseconds back_off{1'000};
  /// The longest that such a rest becomes.
  std::chrono::milliseconds longest_rest{60'000};
  /// After a server took some connections and turned another away, no more are asked for.
  std::chrono::milliseconds crowded{10'000};
  /// A server that has a substitute must take the connection within this.
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds quit{2'000};
};

class Smtp final : public Transport {
 public:
  Smtp(const config::ChannelSettings& settings, boost::asio::any_io_executor executor, SmtpTimes times = {});
  boost::asio::awaitable<void> run(Work& work) override;

 private:
  using Time = std::chrono::steady_clock::time_point;
  /// One of the mail servers, and its breaker (D4).
  struct Relay {
    SmtpServer server;
    /// Sessions that exist, that are being opened, and that have signed in.
    int alive = 0;
    int opening = 0;
    int established = 0;
    /// The last attempt to open went well: more may be opened side by side.
    bool healthy = false;
    /// In a row, since it was last found to work.
    int failures = 0;
    /// It took a connection and brought nothing to an end on it: a greeting is no proof any more.
    bool suspect = false;
    Time next_open = {};
    Time down_until = {};
    Outcome down = {};

    /// Left alone for a while.
    bool rests(Time now) const { return established == 0 && (now < next_open || now < down_until); }
    bool down_at(Time now) const { return established == 0 && now < down_until; }
  };
  /// Work as a session sees it: under the rate, nothing while the transport winds up a failure, and nothing
  /// for a session with a substitute once the better server is back.
  class Source;
  /// A session without work, waiting to be handed a parcel.
  struct Idle {
    Idle(const boost::asio::any_io_executor& executor, const Relay& with) : signal(executor), relay(&with) {}
    net::Signal signal;
    const Relay* relay;
    std::optional<Parcel> parcel;
  };

  /// Whether a parcel's envelope has been on the wire before.
  enum class Said { never, before };

  boost::asio::awaitable<void> give_out(Work& work);
  boost::asio::awaitable<void> wait_for_room(Time now);
  bool all_down(Time now) const;
  /// What becomes of a parcel when no server can be had.
  const Outcome& all_down_outcome() const;
  std::optional<Parcel> take(Work& work);
  bool may_open(const Relay& relay, Time now) const;
  /// The server to open a session with: the first that is not left alone; none where that one has as many as
  /// it may, or is just being tried.
  Relay* choose(Time now);
  /// Whether one that stands behind this one can be used meanwhile.
  bool has_substitute(const Relay& relay, Time now) const;
  /// Whether a server before this one works again.
  bool better_works(const Relay& relay) const;
  void try_again_behind(Work& work, Time now);
  void hand(Parcel parcel, Relay* relay, Work& work);
  void start_session(std::optional<Parcel> first, Relay& relay, Work& work);
  boost::asio::awaitable<void> work_session(std::optional<Parcel> first, Relay& relay, Work& work);
  boost::asio::awaitable<void> carry_all(std::optional<Parcel> parcel, Relay*& relay, Work& work);
  /// A session that is about to try another server counts there.
  static void move_on(Relay*& from, Relay& to);
  boost::asio::awaitable<bool> open(SmtpSession& session, Relay& relay);
  void note_failure(Relay& relay, Outcome failure);
  void note_unproven(Relay& relay);
  void note_proven(Relay& relay);
  std::chrono::milliseconds rest_of(const Relay& relay) const;
  void settle_unopened(Parcel parcel, Said said, const Relay& relay, Work& work);
  boost::asio::awaitable<std::optional<Parcel>> next_or_idle(const Relay& relay, Work& work);

  boost::asio::any_io_executor executor_;
  SmtpTimes times_;
  /// At most so many sessions with each server.
  int connections_;
  /// In the order of the settings; they stay where they are.
  std::vector<Relay> relays_;
  Rate rate_;
  net::Signal room_;
  std::vector<Idle*> idle_;
  int sessions_ = 0;
  bool finishing_ = false;
  std::exception_ptr defect_;
};

}  // namespace crier::transport
