#include "transport/gateway_dialect.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <chrono>

#include "base/error.hpp"
#include "format/json.hpp"
#include "format/mail_parts.hpp"
#include "format/retry_after.hpp"

namespace crier::transport {
namespace {

constexpr std::size_t longest_text = 1000;

}  // namespace

std::string one_line(std::string_view text) {
  return format::one_line(text, longest_text);
}

GatewayMessage read_message(const Parcel& parcel) {
  const auto document = format::parse_json(parcel.content, "the content of a delivery").as_object();
  GatewayMessage message;
  message.text = text_in(document, "body");
  message.encoding = text_in(document, "encoding");
  if (const auto* segments = document.if_contains("segments")) {
    if (segments->is_int64()) message.segments = static_cast<int>(segments->get_int64());
  }
  return message;
}

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::optional<boost::json::object> object_in(std::string_view body) {
  try {
    auto document = format::parse_json(body, "the answer");
    if (document.is_object()) return std::move(document.get_object());
  } catch (const Error&) {
    // Told by whoever looks for a field in it.
  }
  return std::nullopt;
}

std::string text_in(const boost::json::object& document, std::string_view key) {
  const auto* value = document.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Outcome outcome_of(const net::HttpReply& reply, Outcome::Verdict verdict, Outcome::Fault fault,
                   std::string cause, std::string_view text) {
  Outcome outcome;
  outcome.verdict = verdict;
  outcome.fault = fault;
  outcome.cause = std::move(cause);
  outcome.host = reply.host;
  outcome.port = reply.port;
  outcome.tls = reply.tls;
  outcome.code = reply.status;
  outcome.text = one_line(text);
  return outcome;
}

Outcome our_fault(const config::Gateway& gateway, std::string cause, std::string_view text) {
  const auto url = net::parse_url(gateway.url).value_or(net::Url{});
  Outcome outcome;
  outcome.fault = Outcome::Fault::ours;
  outcome.cause = std::move(cause);
  outcome.host = url.host;
  outcome.port = url.port;
  outcome.text = one_line(text);
  return outcome;
}

Outcome delivered_by(const net::HttpReply& reply, std::string gateway_id) {
  auto outcome = outcome_of(reply, Outcome::Verdict::delivered, Outcome::Fault::none, "", "");
  outcome.gateway_id = std::move(gateway_id);
  return outcome;
}

Outcome outcome_of_status(const net::HttpReply& reply, std::string_view text) {
  using Verdict = Outcome::Verdict;
  using Fault = Outcome::Fault;
  const auto say = [&](Verdict verdict, Fault fault, const char* cause) {
    auto outcome = outcome_of(reply, verdict, fault, cause, text);
    outcome.retry_after = format::retry_after(reply.field("Retry-After"), seconds_now());
    return outcome;
  };
  switch (reply.status) {
    case 401:
    case 403:
      return say(Verdict::deferred, Fault::ours, "authentication");
    case 402:
      return say(Verdict::deferred, Fault::ours, "no-credit");
    case 404:
    case 405:
    case 410:
      return say(Verdict::deferred, Fault::ours, "no-such-gateway");
    case 408:
    case 425:
    case 429:
      return say(Verdict::deferred, Fault::passing, "too-many-requests");
    default:
      break;
  }
  const auto family = reply.status / 100;
  // Nobody is followed with a message in hand; whoever sends us on has not taken it.
  if (family == 3) return say(Verdict::deferred, Fault::ours, "redirect");
  if (reply.status == 503) return say(Verdict::deferred, Fault::passing, "try-later");
  // It may have broken after it took the message, or stand before a gateway that has.
  if (family == 5) return say(Verdict::in_doubt, Fault::passing, "gateway-broken");
  if (family == 4) return say(Verdict::rejected, Fault::content, "refused-message");
  return say(Verdict::in_doubt, Fault::passing, "nonsense");
}

Outcome outcome_of_failure(const net::HttpFailure& failure, const net::Url& url) {
  using Kind = net::Failure::Kind;
  Outcome outcome;
  outcome.host = url.host;
  outcome.port = url.port;
  outcome.tls = failure.tls();
  outcome.text = one_line(failure.text());
  outcome.fault = Outcome::Fault::passing;
  switch (failure.kind()) {
    case Kind::host_not_found:
      outcome.cause = "host-not-found";
      break;
    case Kind::refused:
      outcome.cause = "connection-refused";
      break;
    case Kind::unreachable:
      outcome.cause = "host-unreachable";
      break;
    case Kind::timeout:
      outcome.cause = "timeout";
      break;
    case Kind::closed:
      outcome.cause = "connection-lost";
      break;
    case Kind::tls_certificate:
      outcome.cause = "tls-certificate";
      outcome.fault = Outcome::Fault::ours;
      break;
    case Kind::tls_other:
    case Kind::injected:
      outcome.cause = "tls-failed";
      outcome.fault = Outcome::Fault::ours;
      break;
    case Kind::other:
      outcome.cause = "nonsense";
      break;
  }
  const bool perhaps = failure.arrived() == net::HttpFailure::Arrived::perhaps;
  outcome.verdict = perhaps ? Outcome::Verdict::in_doubt : Outcome::Verdict::deferred;
  return outcome;
}

}  // namespace crier::transport
