#include "transport/http_gateway.hpp"

#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <exception>

namespace crier::transport {
namespace asio = boost::asio;

namespace {

std::unique_ptr<GatewayDialect> dialect_of(const config::ChannelSettings& settings) {
  switch (settings.kind) {
    case config::ChannelKind::kannel:
      return kannel_dialect(settings.gateway);
    case config::ChannelKind::twilio:
      return twilio_dialect(settings.gateway);
    default:
      return described_dialect(settings.gateway);
  }
}

}  // namespace

std::unique_ptr<net::TlsContext> trust_of(const config::Gateway& gateway, std::string& fault) {
  if (gateway.url.starts_with("http://")) return nullptr;
  try {
    return std::make_unique<net::TlsContext>(gateway.ca_file);
  } catch (const net::Failure& failure) {
    fault = failure.text();
    return nullptr;
  }
}

HttpGateway::HttpGateway(const config::ChannelSettings& settings, asio::any_io_executor executor,
                         std::chrono::milliseconds patience)
    : executor_(std::move(executor)),
      settings_(settings),
      dialect_(dialect_of(settings_)),
      trust_(trust_of(settings_.gateway, trust_fault_)),
      patience_(patience),
      rate_(settings.per_second),
      room_(executor_) {}

HttpGateway::~HttpGateway() = default;

asio::awaitable<void> HttpGateway::run(Work& work) {
  std::exception_ptr defect;
  const int most = std::max(settings_.connections, 1);
  while (!defect) {
    if (!rate_.ready()) {
      co_await room_.wait_until(rate_.ready_at());
      continue;
    }
    if (conversations_ >= most) {
      co_await room_.wait();
      continue;
    }
    auto parcel = work.next();
    if (!parcel) {
      if (work.closed()) break;
      co_await work.wait();
      continue;
    }
    rate_.take();
    ++conversations_;
    std::unique_ptr<net::HttpClient> client;
    if (idle_.empty()) {
      client = std::make_unique<net::HttpClient>(
          trust_.get(),
          net::HttpClientLimits{std::chrono::seconds(15), settings_.timeout, 64U << 10, 1U << 20});
    } else {
      client = std::move(idle_.back());
      idle_.pop_back();
    }
    asio::co_spawn(executor_, carry(std::move(*parcel), std::move(client), work),
                   [this, &defect](const std::exception_ptr& error) {
                     --conversations_;
                     if (error) defect = error;
                     room_.notify();
                   });
  }
  while (conversations_ > 0) co_await room_.wait();
  if (defect) std::rethrow_exception(defect);
}

asio::awaitable<void> HttpGateway::carry(Parcel parcel, std::unique_ptr<net::HttpClient> client, Work& work) {
  auto outcome = co_await ask(*client, parcel);
  idle_.push_back(std::move(client));
  work.settle(parcel, std::move(outcome));
}

asio::awaitable<Outcome> HttpGateway::ask(net::HttpClient& client, const Parcel& parcel) {
  auto call = dialect_->request(parcel);
  const auto url = net::parse_url(call.url).value_or(net::Url{});
  const auto& gateway = settings_.gateway;
  if (!gateway.secret_fault.empty())
    co_return our_fault(gateway, "password-unreadable", gateway.secret_fault);
  if (!trust_fault_.empty()) co_return our_fault(gateway, "tls-certificate", trust_fault_);
  const auto begun = seconds_now();
  std::optional<net::HttpReply> reply;
  Outcome outcome;
  try {
    reply = co_await client.ask(std::move(call));
  } catch (const net::HttpFailure& failure) {
    outcome = outcome_of_failure(failure, url);
  }
  if (reply) outcome = dialect_->read(parcel, *reply);
  if (outcome.verdict == Outcome::Verdict::in_doubt) {
    outcome = co_await look_up(client, parcel, begun, std::move(outcome));
  }
  co_return outcome;
}

/// D5: a gateway that can be asked whether it has a message is asked, once; what it does not know for certain
/// stays in doubt.
asio::awaitable<Outcome> HttpGateway::look_up(net::HttpClient& client, const Parcel& parcel,
                                              std::int64_t begun, Outcome doubt) {
  auto question = dialect_->question(parcel, begun);
  if (!question) co_return doubt;
  const auto until = std::chrono::steady_clock::now() + patience_;
  while (std::chrono::steady_clock::now() < until) co_await room_.wait_until(until);
  std::optional<net::HttpReply> reply;
  try {
    reply = co_await client.ask(std::move(*question));
  } catch (const net::HttpFailure&) {
    co_return doubt;
  }
  const auto found = dialect_->read_answer(parcel, *reply, begun);
  co_return found ? *found : doubt;
}

}  // namespace crier::transport
