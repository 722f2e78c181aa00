// One conversation with an SMTP server: opened once, then carries message after message with one round trip
// each where the server offers PIPELINING. Says what became of each parcel; when to open and what to carry is
// transport/smtp's affair.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "model/outcome.hpp"
#include "model/parcel.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "transport/smtp_envelope.hpp"
#include "transport/smtp_reply.hpp"
#include "transport/smtp_reply_class.hpp"

namespace crier::transport {

/// Where a session takes parcels and leaves outcomes.
class ParcelSource {
 public:
  virtual ~ParcelSource() = default;
  virtual std::optional<Parcel> next() = 0;
  virtual void settle(const Parcel& parcel, Outcome outcome) = 0;
  virtual void give_back(Parcel parcel) = 0;
};

/// What all sessions with one mail server share; lives longer than they.
struct SmtpServer {
  config::SmtpRelay relay;
  config::DsnNotify dsn;
  /// 0: no limit.
  int messages_per_connection = 0;
  /// Read at the first TLS session.
  std::unique_ptr<net::TlsContext> tls;
  std::string own_name;
  std::chrono::milliseconds timeout;
  /// For the connection alone, until the server's first word.
  std::chrono::milliseconds connect_limit;
  /// QUIT is a courtesy: nobody waits long for its reply.
  std::chrono::milliseconds quit_limit;
};

class SmtpSession {
 public:
  SmtpSession(SmtpServer& server, boost::asio::any_io_executor executor);

  /// Connects, greets, encrypts, signs in. The failure, ready to settle a parcel with, or none.
  boost::asio::awaitable<std::optional<Outcome>> open();

  /// Carries `first` and what `source` gives until it gives none or the conversation broke off. A parcel that
  /// came back had its envelope said on a connection that was good before and ended before any answer (the
  /// server's idle time or its number of messages was up): it wants a fresh connection, once.
  boost::asio::awaitable<std::optional<Parcel>> carry(Parcel first, ParcelSource& source);

  /// Says a sender and a recipient and takes them back: whether the server would carry such a mail. What it
  /// objects to, or none. Sends nothing.
  boost::asio::awaitable<std::optional<Outcome>> try_envelope(std::string sender, std::string recipient);

  /// Whether it can carry more.
  bool usable() const { return usable_; }
  /// Whether it has carried as many messages as one connection may (D2).
  bool full() const {
    return server_.messages_per_connection > 0 && carried_ >= server_.messages_per_connection;
  }
  /// Whether the server has once answered a message to its end on this connection, by consent or refusal.
  bool proven() const { return proven_; }

  /// Says goodbye and closes.
  boost::asio::awaitable<void> quit();

 private:
  /// A parcel under way and how far it has come.
  struct Flight {
    Parcel parcel;
    bool envelope_said = false;
    bool answered = false;
    bool dot_said = false;
    /// Known before the transaction is over.
    std::optional<Outcome> refusal = {};
  };
  /// Thrown inside the session: the conversation cannot go on.
  struct Broken {
    Outcome outcome;
    /// The other side ended it (rather than fell silent or talked nonsense).
    bool ended = false;
  };
  enum class Passage { body, lone_dot, none };

  boost::asio::awaitable<void> greet();
  boost::asio::awaitable<void> say_hello();
  boost::asio::awaitable<void> encrypt();
  boost::asio::awaitable<void> sign_in();
  boost::asio::awaitable<void> sign_in_with_token(const std::string& token);
  boost::asio::awaitable<void> sign_in_with_password();
  boost::asio::awaitable<void> auth_step(std::string line, int expected_code);
  std::optional<std::string> read_token() const;
  Broken auth_refused() const;
  /// Notes what must not come back in a text: the secret, and the form in which the server is told it.
  void tell_secret(const std::string& secret, const std::string& as_said);
  /// Whether a server's words hold a secret. Its beginning tells: the rest may be cut off. Short ones count
  /// at AUTH alone: a password that is a common word must not hide every reply.
  bool shows_secret(std::string_view text, SmtpStage stage) const;

  boost::asio::awaitable<void> converse(ParcelSource& source);
  std::optional<Flight> take(ParcelSource& source);
  Flight begin(Parcel parcel);
  boost::asio::awaitable<Passage> pass_envelope();
  boost::asio::awaitable<Passage> pass_envelope_in_steps();
  boost::asio::awaitable<void> say_body(Passage passage, ParcelSource& source);
  boost::asio::awaitable<void> flush_with_dot(std::size_t dot_end);
  boost::asio::awaitable<void> hear_dot(Passage passage, ParcelSource& source);
  void append_envelope(const Flight& flight);
  void settle_objection(const Parcel& parcel, Outcome objected, ParcelSource& source) const;
  void settle_current(Outcome outcome, ParcelSource& source);
  boost::asio::awaitable<std::optional<Outcome>> last_words();
  std::optional<Parcel> break_off(const Broken& broken, ParcelSource& source);

  boost::asio::awaitable<void> flush();
  /// One command and its reply, whatever it is but a closing one.
  boost::asio::awaitable<void> ask(std::string line, SmtpStage stage);
  /// A whole reply is at hand. Asked before `hear`, so that replies that came together cost no coroutine.
  bool heard();
  boost::asio::awaitable<void> hear();
  /// Throws where the reply at hand closes the service, or is neither consent nor refusal.
  void check_reply(SmtpStage stage) const;
  /// Notes the first refusal of the parcel under way.
  void note_reply(SmtpStage stage);
  Passage note_data_reply(bool transaction_open);
  void expect_silence() const;

  Outcome outcome(Outcome::Verdict verdict, Outcome::Fault fault, std::string_view cause,
                  std::string text) const;
  Outcome of_reply(SmtpStage stage) const;
  Outcome of_failure(const net::Failure& failure) const;
  Broken ours(std::string_view cause, std::string text) const;
  Broken broken_by(const net::Failure& failure) const;
  Broken nonsense(std::string_view complaint) const;

  SmtpServer& server_;
  boost::asio::any_io_executor executor_;
  std::optional<net::Stream> stream_;
  SmtpExtensions extensions_;
  std::string tls_version_ = "none";
  /// What the server has been told and may say back.
  std::vector<std::string> secrets_;
  ReplyParser parser_;
  Reply reply_;
  std::string out_;
  std::optional<Flight> current_;
  std::optional<Flight> following_;
  int carried_ = 0;
  bool needs_reset_ = false;
  bool in_body_ = false;
  bool usable_ = false;
  bool proven_ = false;
};

}  // namespace crier::transport
