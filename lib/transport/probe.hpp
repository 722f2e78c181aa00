// Whether what stands in the settings is there: mail servers can be reached, trusted and signed in to, and
// would carry a mail; web addresses answer. Conversations without a message, for doctor (S6).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "model/outcome.hpp"

namespace crier::transport {

/// A mail that is begun and never sent: whether the server would carry it. An empty recipient asks nothing.
struct TrialEnvelope {
  std::string sender;
  std::string recipient;
};

struct ProbedRelay {
  std::string host;
  int port = 0;
  /// What went wrong; none: it let us in.
  std::optional<Outcome> failure = {};
  /// Why it would not carry the trial's mail; none: it would, or was not asked.
  std::optional<Outcome> refusal = {};
};

/// Connects to each of the channel's mail servers, greets, encrypts, signs in, says the trial's sender and
/// recipient, takes them back and says goodbye, one after the other; each step takes at most the settings'
/// time, and ten seconds. Nothing is sent.
std::vector<ProbedRelay> probe_smtp(const config::ChannelSettings& settings, const TrialEnvelope& trial);

/// Connects to where `http://…` or `https://…` points, and for the latter looks at the certificate, within a
/// few seconds. What went wrong, in words; none: somebody answers.
std::optional<std::string> probe_web(std::string_view url);

}  // namespace crier::transport
