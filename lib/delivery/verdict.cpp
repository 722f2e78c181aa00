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

DoubtRule doubt_rule(const config::ChannelSettings& settings) {
  switch (settings.kind) {
    case config::ChannelKind::kannel:
    case config::ChannelKind::twilio:
    case config::ChannelKind::http:
      return {DoubtRule::Kind::stays, {}, settings.gateway.rather_twice};
    case config::ChannelKind::wecom:
      return {DoubtRule::Kind::again_within, settings.gateway.duplicate_check, false};
    default:
      return {};
  }
}

store::TakenOver taken_over(const DoubtRule& rule) {
  store::TakenOver over;
  if (rule.kind == DoubtRule::Kind::stays) {
    over.next = DeliveryState::in_doubt;
    over.emergencies = rule.emergencies_again ? DeliveryState::queued : DeliveryState::in_doubt;
  }
  return over;
}

namespace {

/// Whether what may have arrived must not go again at `next`.
bool stays_in_doubt(const Outcome& outcome, const Tried& tried, const DoubtRule& rule, Instant next) {
  const bool doubtful = outcome.verdict == Outcome::Verdict::in_doubt || tried.doubtful;
  if (!doubtful || rule.kind == DoubtRule::Kind::again) return false;
  if (rule.kind == DoubtRule::Kind::stays) {
    return outcome.verdict == Outcome::Verdict::in_doubt && !(tried.emergency && rule.emergencies_again);
  }
  return is_forgotten(rule, tried.first_try, next);
}

}  // namespace

bool is_forgotten(const DoubtRule& rule, Instant first_try, Instant at) {
  // A minute for the way to the gateway and its clock.
  return rule.kind == DoubtRule::Kind::again_within &&
         at + std::chrono::seconds(60) >= first_try + rule.within;
}

Decision decide(const Outcome& outcome, const Tried& tried, const config::Retry& retry,
                const DoubtRule& doubt, Instant now, double jitter) {
  // D12: not a failure.
  if (outcome.opted_out) return {DeliveryState::cancelled, now, false};
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
    const auto next = now + std::chrono::seconds(60);
    return {stays_in_doubt(outcome, tried, doubt, next) ? DeliveryState::in_doubt : DeliveryState::waiting,
            next, true};
  }
  if (now - tried.first_try >= retry.deadline) {
    // What may have arrived is not called failed: nobody would be told again for it (T4).
    const bool doubtful = outcome.verdict == Outcome::Verdict::in_doubt || tried.doubtful;
    return {doubtful ? DeliveryState::in_doubt : DeliveryState::failed, now, false};
  }
  const auto delay = std::chrono::duration<double>(backoff(retry, tried.attempt)) * (0.8 + 0.4 * jitter);
  auto next = now + std::chrono::ceil<Millis>(delay);
  if (outcome.retry_after) next = std::max<Instant>(next, now + std::min(*outcome.retry_after, retry.limit));
  if (stays_in_doubt(outcome, tried, doubt, next)) return {DeliveryState::in_doubt, now, false};
  return {DeliveryState::waiting, next, false};
}

bool stops_for_sure(const Outcome& outcome) {
  static constexpr std::array causes{
      "authentication",    "auth-needs-tls",  "password-unreadable", "tls-certificate", "tls-not-offered",
      "tls-failed",        "session-refused", "sender-refused",      "invalid-sender",  "no-smtputf8",
      "outbox-unwritable", "no-credit",       "no-such-gateway",     "redirect"};
  return std::find(causes.begin(), causes.end(), outcome.cause) != causes.end();
}

bool is_absent(const Outcome& outcome) {
  static constexpr std::array causes{"connection-refused", "host-unreachable", "host-not-found", "timeout",
                                     "connection-lost"};
  // A gateway that takes and never answers is not there either, and puts in doubt whatever it is given.
  const bool unanswered =
      outcome.verdict == Outcome::Verdict::deferred || outcome.verdict == Outcome::Verdict::in_doubt;
  return unanswered && outcome.fault == Outcome::Fault::passing &&
         std::find(causes.begin(), causes.end(), outcome.cause) != causes.end();
}

int most_absences(const config::ChannelSettings& settings) {
  return std::max(5, 2 * settings.connections);
}

}  // namespace crier::delivery
