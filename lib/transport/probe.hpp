// Whether mail servers can be reached, trusted and signed in to: a conversation without a message, for doctor
// (S6).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "model/outcome.hpp"

namespace crier::transport {

struct ProbedRelay {
  std::string host;
  int port = 0;
  /// What went wrong; none: it let us in.
  std::optional<Outcome> failure;
};

/// Connects to each of the channel's mail servers, greets, encrypts, signs in and says goodbye, one after the
/// other; each step takes at most the settings' time, and ten seconds. Nothing is sent.
std::vector<ProbedRelay> probe_smtp(const config::ChannelSettings& settings);

}  // namespace crier::transport
