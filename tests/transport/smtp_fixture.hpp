// A transport, a scripted server and a list of parcels in one: what the SMTP tests act on.
#pragma once

#include <memory>

#include "list_work.hpp"
#include "support/smtp_server.hpp"
#include "transport/smtp.hpp"

namespace crier::test {

inline config::ChannelSettings smtp_settings(int port) {
  config::ChannelSettings settings;
  settings.kind = config::ChannelKind::smtp;
  settings.host = "127.0.0.1";
  settings.port = port;
  settings.security = config::Security::none;
  settings.connections = 1;
  settings.timeout = std::chrono::seconds(1);
  return settings;
}

inline transport::SmtpTimes short_times() {
  using std::chrono::milliseconds;
  return {.idle = milliseconds(2000),
          .back_off = milliseconds(50),
          .crowded = milliseconds(50),
          .quit = milliseconds(500)};
}

/// One server, one transport, one list, in an event loop of their own.
class SmtpRig {
 public:
  explicit SmtpRig(SmtpScript script) : server_(std::move(script)), settings(smtp_settings(server_.port())) {}

  void add(Parcel parcel) { work.add(std::move(parcel)); }
  void add_many(int count) {
    for (int i = 1; i <= count; ++i) add(mail_parcel(i, "ann" + std::to_string(i) + "@example.org"));
  }
  /// Carries all to its end.
  void run() {
    transport::Smtp smtp(settings, io.get_executor(), times);
    start(io, smtp.run(work));
    io.run();
    io.restart();
  }
  const Outcome& outcome(std::int64_t delivery) const { return work.outcome(delivery); }
  const SmtpServer& server() const { return server_; }
  SmtpServer& server() { return server_; }

 private:
  SmtpServer server_;

 public:
  config::ChannelSettings settings;
  transport::SmtpTimes times = short_times();
  boost::asio::io_context io{1};
  ListWork work{io.get_executor()};
};

}  // namespace crier::test
