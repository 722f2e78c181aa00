#include "transport/receipt_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/error.hpp"
#include "base/text.hpp"
#include "format/json.hpp"
#include "format/mail_parts.hpp"
#include "transport/gateway_dialect.hpp"

namespace crier::transport {
namespace {

using Fault = Outcome::Fault;

constexpr std::size_t longest_part = 64;
constexpr int deepest = 8;

Receipt failure(ReceiptState state, Fault fault, std::string_view cause) {
  Receipt receipt;
  receipt.state = state;
  receipt.fault = fault;
  receipt.cause = cause;
  return receipt;
}

/// What stands behind `key:` in a report as SMPP 3.4 (appendix B) writes it: `stat:UNDELIV err:001`.
std::string_view field_of(std::string_view report, std::string_view key) {
  const auto at = report.find(key);
  if (at == std::string_view::npos) return {};
  const auto rest = report.substr(at + key.size());
  return rest.substr(0, rest.find_first_of(" \r\n"));
}

/// Zeros in front do not count: `001` is `1`.
std::string_view without_zeros(std::string_view number) {
  while (number.size() > 1 && number.front() == '0') number.remove_prefix(1);
  return number;
}

/// The network's errors of GSM 09.02 (MAP), as most SMS centres write them behind `err:`.
bool is_unknown_subscriber(std::string_view error) {
  return without_zeros(error) == "1";
}

/// `NACK/0x0000000b/Invalid Destination Address`: how Kannel tells that the SMS centre turned it down.
Receipt refused_by_centre(std::string_view report) {
  if (report.find("0x0000000b") != std::string_view::npos)
    return failure(ReceiptState::failed, Fault::recipient, "refused-recipient");
  return failure(ReceiptState::failed, Fault::passing, "refused-by-network");
}

Receipt undelivered(std::string_view report) {
  const auto stat = field_of(report, "stat:");
  if (stat == "EXPIRED") return failure(ReceiptState::expired, Fault::passing, "phone-unreachable");
  if (stat == "REJECTD" || stat == "DELETED")
    return failure(ReceiptState::undelivered, Fault::passing, "refused-by-network");
  if (is_unknown_subscriber(field_of(report, "err:")))
    return failure(ReceiptState::undelivered, Fault::recipient, "refused-recipient");
  return failure(ReceiptState::undelivered, Fault::passing, "undelivered");
}

std::optional<Receipt> read_kannel(const net::Parameters& parameters) {
  const auto value = value_of(parameters, "status");
  if (!value) return std::nullopt;
  const auto report = value_of(parameters, "text").value_or("");
  Receipt receipt;
  if (*value == "1") {
    receipt.state = ReceiptState::delivered;
  } else if (*value == "2") {
    receipt = undelivered(report);
  } else if (*value == "4" || *value == "32") {
    receipt.state = ReceiptState::buffered;
  } else if (*value == "8") {
    receipt.state = ReceiptState::accepted;
  } else if (*value == "16") {
    receipt = refused_by_centre(report);
  }
  receipt.text = one_line(report);
  return receipt;
}

ReceiptState twilio_state(std::string_view word) {
  for (const auto* taken : {"accepted", "scheduled", "queued", "sending", "sent"}) {
    if (word == taken) return ReceiptState::accepted;
  }
  if (word == "delivered" || word == "read") return ReceiptState::delivered;
  if (word == "undelivered") return ReceiptState::undelivered;
  if (word == "failed" || word == "canceled") return ReceiptState::failed;
  return ReceiptState::unknown;
}

std::optional<Receipt> read_twilio(const net::Parameters& parameters) {
  const auto word = value_of(parameters, "MessageStatus");
  if (!word) return std::nullopt;
  const auto state = twilio_state(*word);
  const auto code = value_of(parameters, "ErrorCode").value_or("");
  Receipt receipt;
  receipt.state = state;
  if (is_failure(state)) {
    receipt =
        failure(state, Fault::passing, state == ReceiptState::failed ? "refused-by-network" : "undelivered");
    if (const auto meaning = twilio_meaning(code)) {
      receipt.fault = meaning->fault;
      receipt.cause = meaning->cause;
      receipt.opted_out = meaning->opted_out;
    }
  }
  receipt.text = one_line(code.empty() ? std::string(*word) : fmt::format("{} {}", *word, code));
  return receipt;
}

/// What the settings say of a gateway's error; a failure without one is nobody's fault.
void judge(Receipt& receipt, const config::Gateway& gateway, std::string_view error) {
  receipt.fault = Fault::passing;
  receipt.cause = receipt.state == ReceiptState::expired  ? "phone-unreachable"
                  : receipt.state == ReceiptState::failed ? "refused-by-network"
                                                          : "undelivered";
  const auto found = gateway.answer.errors.find(std::string(error));
  if (found == gateway.answer.errors.end()) return;
  switch (found->second) {
    case config::GatewayFault::recipient:
      receipt.fault = Fault::recipient;
      receipt.cause = "refused-recipient";
      break;
    case config::GatewayFault::opted_out:
      receipt.fault = Fault::none;
      receipt.cause = "opted-out";
      receipt.opted_out = true;
      break;
    case config::GatewayFault::content:
      receipt.fault = Fault::content;
      receipt.cause = "refused-message";
      break;
    case config::GatewayFault::unanswered:
      receipt.cause = "unanswered";
      break;
    case config::GatewayFault::passing:
    case config::GatewayFault::ours:
      break;
  }
}

std::optional<Receipt> read_described(const config::Gateway& gateway, const net::Parameters& parameters) {
  const auto& shape = gateway.receipt;
  const auto word = value_of(parameters, shape.status);
  if (shape.status.empty() || !word) return std::nullopt;
  Receipt receipt;
  const auto known = shape.words.find(to_lower(*word));
  if (known != shape.words.end()) receipt.state = known->second;
  const auto said = [&](const std::string& name) {
    return name.empty() ? std::string_view() : value_of(parameters, name).value_or("");
  };
  const auto error = said(shape.error);
  if (is_failure(receipt.state)) judge(receipt, gateway, error);
  std::string text(*word);
  for (const auto more : {error, said(shape.text)}) {
    if (!more.empty()) text += fmt::format(" {}", more);
  }
  receipt.text = one_line(text);
  receipt.part = format::one_line(said(shape.part), longest_part);
  return receipt;
}

void flatten(const boost::json::value& value, const std::string& place, int depth,
             net::Parameters& parameters) {
  if (depth > deepest) return;
  if (const auto* object = value.if_object()) {
    for (const auto& [key, inner] : *object)
      flatten(inner, place + "/" + std::string(key), depth + 1, parameters);
    return;
  }
  if (const auto* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i)
      flatten((*array)[i], fmt::format("{}/{}", place, i), depth + 1, parameters);
    return;
  }
  if (value.is_null()) return;
  auto text = value.is_string() ? std::string(value.get_string()) : boost::json::serialize(value);
  if (depth == 1) parameters.emplace_back(place.substr(1), text);
  parameters.emplace_back(place, std::move(text));
}

}  // namespace

std::optional<std::string_view> value_of(const net::Parameters& parameters, std::string_view name) {
  const auto found = std::ranges::find_if(parameters, [&](const auto& one) { return one.first == name; });
  if (found == parameters.end()) return std::nullopt;
  return std::string_view(found->second);
}

std::optional<Receipt> read_receipt(const config::ChannelSettings& channel,
                                    const net::Parameters& parameters) {
  switch (channel.kind) {
    case config::ChannelKind::kannel:
      return read_kannel(parameters);
    case config::ChannelKind::twilio:
      return read_twilio(parameters);
    case config::ChannelKind::http:
      return read_described(channel.gateway, parameters);
    default:
      return std::nullopt;
  }
}

std::optional<net::Parameters> json_parameters(std::string_view body) {
  try {
    const auto document = format::parse_json(body, "the body");
    if (!document.is_object()) return std::nullopt;
    net::Parameters parameters;
    flatten(document, "", 0, parameters);
    return parameters;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace crier::transport
