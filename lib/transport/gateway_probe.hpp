// Questions to gateways that send nothing: whether they let us in (S6), and whom WeChat Work can reach (R4).
// Conversations of their own, for commands; each waits for its answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "model/outcome.hpp"
#include "transport/gateway_tokens.hpp"

namespace crier::transport {

/// What went wrong; none: it lets us in. A gateway that is only described (`kind = "http"`) is connected to
/// and asked nothing: who knows what it would do. `tokens` may be none.
std::optional<Outcome> probe_gateway(const config::ChannelSettings& settings, GatewayTokens* tokens);

struct WecomParent {
  /// As WeChat Work writes it.
  std::string id;
  /// Follows the school's messages: what is sent arrives.
  bool registered = false;
};
struct WecomParents {
  /// Why they could not be asked for.
  std::optional<Outcome> fault;
  std::vector<WecomParent> parents;
};
/// The parents of the departments that the settings name, each once.
WecomParents wecom_parents(const config::ChannelSettings& settings, GatewayTokens* tokens);

}  // namespace crier::transport
