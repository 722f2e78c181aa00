// The last step of the way of the data: a parcel → an Outcome. delivery hands parcels over through Work, a
// Transport speaks to its gateway and says what became of each. A transport knows no store and no retry rule.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>

#include "config/settings.hpp"
#include "model/channel.hpp"
#include "model/outcome.hpp"
#include "model/parcel.hpp"

namespace crier::transport {

/// What delivery hands to a transport: parcels to carry and where outcomes go. All calls on the network
/// thread.
class Work {
 public:
  virtual ~Work() = default;
  /// A parcel now, or none right now.
  virtual std::optional<Parcel> next() = 0;
  /// Returns when next() may have one, or no more will come. One caller at a time waits.
  virtual boost::asio::awaitable<void> wait() = 0;
  /// No more parcels will come: finish what is under way and end.
  virtual bool closed() const = 0;
  /// What became of a parcel; exactly once for each that next() gave, unless give_back.
  virtual void settle(const Parcel& parcel, Outcome outcome) = 0;
  /// Never begun: nothing of it touched the wire.
  virtual void give_back(Parcel parcel) = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;
  /// Carries parcels until the work is closed and all under way are settled or given back. Never throws for a
  /// gateway's fault. The transport must live until it returns.
  virtual boost::asio::awaitable<void> run(Work& work) = 0;
};

class GatewayTokens;

/// The transport of a channel as its settings describe it. `executor` is the network thread's; `tokens` keeps
/// what gateways have let us in by, and may be none. The inbox has none (it is settled in the store):
/// Error(defect).
std::unique_ptr<Transport> make_transport(const config::ChannelSettings& settings, Channel channel,
                                          boost::asio::any_io_executor executor,
                                          GatewayTokens* tokens = nullptr);

}  // namespace crier::transport
