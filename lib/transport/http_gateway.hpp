// Gateways that are asked over HTTP, one request a message (D2): several connections side by side, under the
// rate, each parcel asked for once. What has no answer may have been delivered, and says so (D5).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "net/http_client.hpp"
#include "net/signal.hpp"
#include "net/tls.hpp"
#include "transport/gateway_dialect.hpp"
#include "transport/rate.hpp"
#include "transport/transport.hpp"

namespace crier::transport {

/// A question about a message without an answer waits so long, for the gateway to have it in its list.
inline constexpr std::chrono::milliseconds list_patience{3000};

class HttpGateway final : public Transport {
 public:
  /// The dialect of the settings' kind: kannel, twilio or http.
  HttpGateway(const config::ChannelSettings& settings, boost::asio::any_io_executor executor,
              std::chrono::milliseconds patience = list_patience);
  ~HttpGateway() override;
  boost::asio::awaitable<void> run(Work& work) override;

 private:
  boost::asio::awaitable<void> carry(Parcel parcel, std::unique_ptr<net::HttpClient> client, Work& work);
  boost::asio::awaitable<Outcome> ask(net::HttpClient& client, const Parcel& parcel);
  boost::asio::awaitable<Outcome> look_up(net::HttpClient& client, const Parcel& parcel, std::int64_t begun,
                                          Outcome doubt);

  boost::asio::any_io_executor executor_;
  /// The dialect looks at it.
  config::ChannelSettings settings_;
  std::unique_ptr<GatewayDialect> dialect_;
  std::unique_ptr<net::TlsContext> trust_;
  std::string trust_fault_;
  std::chrono::milliseconds patience_;
  Rate rate_;
  net::Signal room_;
  int conversations_ = 0;
  /// Those without work, whose connections are kept.
  std::vector<std::unique_ptr<net::HttpClient>> idle_;
};

/// Whom a gateway's certificate is held against; nothing for plain http. `fault` says why it cannot be.
std::unique_ptr<net::TlsContext> trust_of(const config::Gateway& gateway, std::string& fault);

}  // namespace crier::transport
