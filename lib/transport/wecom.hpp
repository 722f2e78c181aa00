// WeChat Work (D2): application messages to its members, or school notices to parents. Messages of the same
// words go to many in one request, always the same many, so that WeChat's own check for repetitions knows a
// request again whose answer was lost (D5).
#pragma once

#include <string>
#include <vector>

#include "net/signal.hpp"
#include "transport/rate.hpp"
#include "transport/transport.hpp"
#include "transport/wecom_api.hpp"

namespace crier::transport {

/// As many recipients as one request takes.
inline constexpr std::size_t most_wecom_recipients = 1000;

class Wecom final : public Transport {
 public:
  /// `tokens` may be none; it lives longer than this.
  Wecom(const config::ChannelSettings& settings, boost::asio::any_io_executor executor,
        GatewayTokens* tokens);
  ~Wecom() override;
  boost::asio::awaitable<void> run(Work& work) override;

 private:
  using Batch = std::vector<Parcel>;
  Batch take(Work& work);
  boost::asio::awaitable<void> carry(const Batch& batch, Work& work);
  boost::asio::awaitable<WecomAnswer> send(const Batch& batch, const std::string& text);

  config::ChannelSettings settings_;
  WecomApi api_;
  Rate rate_;
  net::Signal room_;
};

}  // namespace crier::transport
