// Access tokens that outlive a process: asking for a new one too often is what WeChat Work blocks. Whoever
// makes a transport gives it one of these; a transport knows no store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/secret.hpp"

namespace crier::transport {

struct GatewayToken {
  Secret value;
  /// Seconds since 1970.
  std::int64_t ends = 0;
};

class GatewayTokens {
 public:
  virtual ~GatewayTokens() = default;
  /// The one that was kept under this name, if any, whether or not it has ended. On the network's thread.
  virtual std::optional<GatewayToken> token(const std::string& name) = 0;
  virtual void keep(const std::string& name, const GatewayToken& token) = 0;
};

}  // namespace crier::transport
