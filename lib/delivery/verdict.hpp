// What a gateway's outcome makes of a delivery (D4): the rules of retry, as one pure function. Between
// transport and settle.
#pragma once

#include "base/instant.hpp"
#include "config/settings.hpp"
#include "model/message.hpp"
#include "model/outcome.hpp"

namespace crier::delivery {

struct Tried {
  /// 1 for the first try of this round.
  int attempt = 1;
  /// The first try of this round: the deadline counts from here.
  Instant first_try{};
  /// An earlier try of this round may have delivered it.
  bool doubtful = false;
};

struct Decision {
  DeliveryState state = DeliveryState::complete;
  /// waiting: when it may be tried again.
  Instant due{};
  /// The sender's own fault: the channel stops, and nobody is failed for it.
  bool stops_channel = false;
};

/// `jitter` is in [0, 1): it spreads retries over ±20 % of the delay.
Decision decide(const Outcome& outcome, const Tried& tried, const config::Retry& retry, Instant now,
                double jitter);

/// The delay before try `attempt` + 1, without jitter.
std::chrono::seconds backoff(const config::Retry& retry, int attempt);

/// How long a channel stands still that stopped at `since`: a minute at first, half an hour at most.
std::chrono::seconds stop_for(Instant since, Instant now);

/// Faults of a whole session stop the channel, whatever else went well; others that call themselves ours (a
/// policy, say) may be one recipient's server being choosy.
bool stops_for_sure(const Outcome& outcome);

/// The gateway itself is not there, whoever the recipient is: it is left alone for a while (D4).
bool is_absent(const Outcome& outcome);
/// As many of those in a row as no single recipient can bring about.
int most_absences(const config::ChannelSettings& settings);

}  // namespace crier::delivery
