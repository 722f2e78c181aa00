#include "transport/transport.hpp"

#include "base/error.hpp"
#include "transport/outbox.hpp"
#include "transport/smtp.hpp"

namespace crier::transport {

std::unique_ptr<Transport> make_transport(const config::ChannelSettings& settings, Channel channel,
                                          boost::asio::any_io_executor executor) {
  switch (settings.kind) {
    case config::ChannelKind::outbox:
      return std::make_unique<Outbox>(settings.path, channel);
    case config::ChannelKind::smtp:
      return std::make_unique<Smtp>(settings, std::move(executor));
    case config::ChannelKind::inbox:
      break;
  }
  throw Error(Exit::defect, "no-transport", "the inbox is kept in the store and has no transport",
              "Report this with the command that you ran.");
}

}  // namespace crier::transport
