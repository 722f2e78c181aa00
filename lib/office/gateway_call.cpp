#include "office/gateway_call.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/seal.hpp"
#include "net/sign_in.hpp"
#include "transport/receipt_words.hpp"

namespace crier::office {

net::Parameters CallParameters::all() const {
  auto both = query;
  both.insert(both.end(), body.begin(), body.end());
  return both;
}

CallParameters parameters_of(const GatewayCall& call) {
  CallParameters parameters;
  parameters.query = net::query_parameters(call.query);
  if (call.media_type == "application/json") {
    auto document = transport::json_parameters(call.body);
    parameters.understood = document.has_value();
    if (document) parameters.body = std::move(*document);
  } else {
    parameters.body = net::query_parameters(call.body);
  }
  return parameters;
}

bool is_signed_by_twilio(const Office& office, const GatewayCall& call, const net::Parameters& form) {
  const auto gateway = office.settings.channel(call.channel).gateway;
  if (!gateway.secret_fault.empty()) {
    throw Error(Exit::usage, "no-password", gateway.secret_fault,
                "Whoever runs the daemon must be able to read it.");
  }
  if (call.signature.empty() || gateway.secret.reveal().empty()) return false;
  auto text = gateway.receipts + call.path;
  if (!call.query.empty()) text += "?" + call.query;
  auto fields = form;
  std::ranges::stable_sort(fields);
  for (const auto& [name, value] : fields) text += name + value;
  return same_seal(call.signature, net::hmac_sha1_base64(gateway.secret.reveal(), text));
}

}  // namespace crier::office
