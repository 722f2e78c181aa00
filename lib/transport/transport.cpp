#include "transport/transport.hpp"

#include "base/error.hpp"
#include "transport/http_gateway.hpp"
#include "transport/outbox.hpp"
#include "transport/smtp.hpp"
#include "transport/wecom.hpp"

namespace crier::transport {

std::unique_ptr<Transport> make_transport(const config::ChannelSettings& settings, Channel channel,
                                          boost::asio::any_io_executor executor, GatewayTokens* tokens) {
  switch (settings.kind) {
    case config::ChannelKind::outbox:
      return std::make_unique<Outbox>(settings.path, channel);
    case config::ChannelKind::smtp:
      return std::make_unique<Smtp>(settings, std::move(executor));
    case config::ChannelKind::kannel:
    case config::ChannelKind::twilio:
    case config::ChannelKind::http:
      return std::make_unique<HttpGateway>(settings, std::move(executor));
    case config::ChannelKind::wecom:
      return std::make_unique<Wecom>(settings, std::move(executor), tokens);
    case config::ChannelKind::inbox:
      break;
  }
  throw Error(Exit::defect, "no-transport", "the inbox is kept in the store and has no transport",
              "Report this with the command that you ran.");
}

}  // namespace crier::transport
