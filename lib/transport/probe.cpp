#include "transport/probe.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <exception>

#include "base/os.hpp"
#include "net/failure.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "transport/smtp_session.hpp"

namespace crier::transport {
namespace {

namespace asio = boost::asio;

/// Nobody waits longer for a check.
constexpr std::chrono::milliseconds longest_step{10'000};
constexpr std::chrono::milliseconds web_patience{5'000};

asio::awaitable<void> probe(SmtpServer& server, asio::any_io_executor executor, const TrialEnvelope& trial,
                            ProbedRelay& answer) {
  SmtpSession session(server, executor);
  answer.failure = co_await session.open();
  if (answer.failure) co_return;
  if (!trial.recipient.empty()) {
    answer.refusal = co_await session.try_envelope(trial.sender, trial.recipient);
  }
  co_await session.quit();
}

/// Runs a conversation to its end.
void converse(asio::io_context& network, asio::awaitable<void> conversation) {
  std::exception_ptr defect;
  asio::co_spawn(network, std::move(conversation), [&](std::exception_ptr error) { defect = error; });
  network.run();
  if (defect) std::rethrow_exception(defect);
}

struct WebPlace {
  bool encrypted = false;
  std::string host;
  int port = 0;
};

/// The settings have made sure that it is a web address.
WebPlace place_of(std::string_view url) {
  WebPlace place;
  place.encrypted = url.starts_with("https://");
  place.port = place.encrypted ? 443 : 80;
  url.remove_prefix(url.find("//") + 2);
  url = url.substr(0, url.find_first_of("/?#"));
  url = url.substr(url.rfind('@') + 1);
  // An IPv6 address stands in brackets, for its own colons.
  const auto bracket = url.find(']');
  const auto colon = url.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    const auto digits = url.substr(colon + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), place.port);
    url = url.substr(0, colon);
  }
  if (url.starts_with('[') && url.ends_with(']')) url = url.substr(1, url.size() - 2);
  place.host = url;
  return place;
}

asio::awaitable<void> reach(asio::any_io_executor executor, const WebPlace& place,
                            std::optional<std::string>& fault) {
  try {
    auto stream = co_await net::connect(executor, place.host, place.port, web_patience);
    if (place.encrypted) {
      const net::TlsContext context{std::filesystem::path()};
      stream.set_deadline(web_patience);
      co_await stream.start_tls(context, place.host, "");
    }
    stream.close();
  } catch (const net::Failure& failure) {
    fault = failure.text();
  }
}

}  // namespace

std::vector<ProbedRelay> probe_smtp(const config::ChannelSettings& settings, const TrialEnvelope& trial) {
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
    converse(network, probe(server, network.get_executor(), trial, answer));
  }
  return probed;
}

std::optional<std::string> probe_web(std::string_view url) {
  std::optional<std::string> fault;
  const auto place = place_of(url);
  asio::io_context network;
  converse(network, reach(network.get_executor(), place, fault));
  return fault;
}

}  // namespace crier::transport
