#include "delivery/verdict.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace crier::delivery {

std::chrono::seconds backoff(const config::Retry& retry, int attempt) {
  const auto grown =
      static_cast<double>(retry.first.count()) * std::pow(retry.factor, std::min(attempt - 1, 60));
  const auto most = static_cast<double>(retry.limit.count());
  return std::chrono::seconds(static_cast<std::int64_t>(std::clamp(grown, 1.0, std::max(1.0, most))));
}

std::chrono::seconds stop_for(Instant since, Instant now) {
  using namespace std::chrono;
  return std::clamp(duration_cast<seconds>(now - since), seconds(60), seconds(1800));
}

Decision decide(const Outcome& outcome, const Tried& tried, const config::Retry& retry, Instant now,
                double jitter) {
  switch (outcome.verdict) {
    case Outcome::Verdict::delivered:
      return {DeliveryState::complete, now, false};
    case Outcome::Verdict::rejected:
      if (outcome.fault == Outcome::Fault::ours) break;
      return {DeliveryState::failed, now, false};
    case Outcome::Verdict::deferred:
    case Outcome::Verdict::in_doubt:
      break;
  }
  // What may have been delivered is sent again under the same Message-ID (D5, e-mail); a passing fault the
  // same.
  if (outcome.fault == Outcome::Fault::ours) {
    return {DeliveryState::waiting, now + std::chrono::seconds(60), true};
  }
  if (now - tried.first_try >= retry.deadline) {
    // What may have arrived is not called failed: nobody would be told again for it (T4).
    const bool doubtful = outcome.verdict == Outcome::Verdict::in_doubt || tried.doubtful;
    return {doubtful ? DeliveryState::in_doubt : DeliveryState::failed, now, false};
  }
  const auto delay = std::chrono::duration<double>(backoff(retry, tried.attempt)) * (0.8 + 0.4 * jitter);
  return {DeliveryState::waiting, now + std::chrono::ceil<Millis>(delay), false};
}

bool stops_for_sure(const Outcome& outcome) {
  static constexpr std::array causes{"authentication",  "auth-needs-tls",   "password-unreadable",
                                     "tls-certificate", "tls-not-offered",  "tls-failed",
                                     "session-refused", "sender-refused",   "invalid-sender",
                                     "no-smtputf8",     "outbox-unwritable"};
  return std::find(causes.begin(), causes.end(), outcome.cause) != causes.end();
}

bool is_absent(const Outcome& outcome) {
  static constexpr std::array causes{"connection-refused", "host-unreachable", "host-not-found", "timeout",
                                     "connection-lost"};
  return outcome.verdict == Outcome::Verdict::deferred && outcome.fault == Outcome::Fault::passing &&
         std::find(causes.begin(), causes.end(), outcome.cause) != causes.end();
}

int most_absences(const config::ChannelSettings& settings) {
  return std::max(5, 2 * settings.connections);
}

}  // namespace crier::delivery
