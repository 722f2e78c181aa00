// What a gateway's outcome makes of a delivery (D4): the rules of retry, as one pure function. Between
// transport and settle.
#pragma once

#include "base/instant.hpp"
#include "config/settings.hpp"
#include "model/message.hpp"
#include "model/outcome.hpp"
#include "store/queue_store.hpp"

namespace crier::delivery {

/// What becomes of what may have arrived (D5), by what carries it. again: the same once more does no harm
/// (e-mail under its Message-ID, a file of the outbox). again_within: WeChat knows a request again, for so
/// long. stays: a person decides (SMS, voice).
struct DoubtRule {
  enum class Kind { again, again_within, stays } kind = Kind::again;
  std::chrono::seconds within{0};
  /// stays: emergencies go again all the same, rather twice.
  bool emergencies_again = false;
};
DoubtRule doubt_rule(const config::ChannelSettings& settings);
/// What that makes of what was under way when crier last stopped.
store::TakenOver taken_over(const DoubtRule& rule);
/// Whether a gateway that knows messages again for a while would not know one any more at `at` that it may
/// have had since `first_try`.
bool is_forgotten(const DoubtRule& rule, Instant first_try, Instant at);

struct Tried {
  /// 1 for the first try of this round.
  int attempt = 1;
  /// The first try of this round: the deadline counts from here.
  Instant first_try{};
  /// An earlier try of this round may have delivered it.
  bool doubtful = false;
  bool emergency = false;
};

struct Decision {
  DeliveryState state = DeliveryState::complete;
  /// waiting: when it may be tried again.
  Instant due{};
  /// The sender's own fault: the channel stops, and nobody is failed for it.
  bool stops_channel = false;
};

/// `jitter` is in [0, 1): it spreads retries over ±20 % of the delay.
Decision decide(const Outcome& outcome, const Tried& tried, const config::Retry& retry,
                const DoubtRule& doubt, Instant now, double jitter);

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
