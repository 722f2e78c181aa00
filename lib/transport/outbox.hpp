// Files on disk instead of a gateway: the default of every channel that is not set up, so that everything
// runs without any server (D2). Delivered means written, fsynced and renamed.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <filesystem>

#include "transport/transport.hpp"

namespace crier::transport {

class Outbox final : public Transport {
 public:
  /// `folder` is the channel's own; it is made when the first parcel comes. A file is `<job>-<delivery>.eml`
  /// for e-mail and `.json` for others; the same parcel again replaces its file.
  Outbox(std::filesystem::path folder, Channel channel);
  boost::asio::awaitable<void> run(Work& work) override;

 private:
  std::filesystem::path folder_;
  Channel channel_;
  /// A slow disk must not hold up the conversations on the network thread.
  boost::asio::thread_pool disk_{1};
};

}  // namespace crier::transport
