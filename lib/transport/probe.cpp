#include "transport/probe.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>

#include "base/os.hpp"
#include "transport/smtp_session.hpp"

namespace crier::transport {
namespace {

namespace asio = boost::asio;

/// Nobody waits longer for a check.
constexpr std::chrono::milliseconds longest_step{10'000};

asio::awaitable<void> probe(SmtpServer& server, asio::any_io_executor executor, ProbedRelay& answer) {
  SmtpSession session(server, executor);
  answer.failure = co_await session.open();
  if (!answer.failure) co_await session.quit();
}

}  // namespace

std::vector<ProbedRelay> probe_smtp(const config::ChannelSettings& settings) {
  std::vector<config::SmtpRelay> relays{settings};
  relays.insert(relays.end(), settings.further_relays.begin(), settings.further_relays.end());
  const auto step = std::min<std::chrono::milliseconds>(settings.timeout, longest_step);
  std::vector<ProbedRelay> probed;
  for (const auto& relay : relays) {
    auto& answer = probed.emplace_back();
    answer.host = relay.host;
    answer.port = relay.port;
    SmtpServer server{.relay = relay,
                      .dsn = settings.dsn,
                      .messages_per_connection = 0,
                      .tls = nullptr,
                      .own_name = os::full_host_name(),
                      .timeout = step,
                      .connect_limit = step,
                      .quit_limit = step};
    asio::io_context network;
    std::exception_ptr defect;
    asio::co_spawn(network, probe(server, network.get_executor(), answer),
                   [&](std::exception_ptr error) { defect = error; });
    network.run();
    if (defect) std::rethrow_exception(defect);
  }
  return probed;
}

}  // namespace crier::transport
