// A gateway that calls the daemon: who it says it is, and whether that is so (W3). Used by office/receipts
// and office/replies; lib/web makes one of each request.
#pragma once

#include <string>
#include <string_view>

#include "model/channel.hpp"
#include "net/url.hpp"
#include "office/office.hpp"

namespace crier::office {

/// As it came.
struct GatewayCall {
  Channel channel = Channel::sms;
  /// `/gateway/sms/receipt`, and what stands behind its question mark.
  std::string path;
  std::string query;
  /// Of a POST.
  std::string media_type;
  std::string body;
  /// X-Twilio-Signature.
  std::string signature;
};

/// Its parameters.
struct CallParameters {
  net::Parameters query;
  net::Parameters body;
  /// False where the body is neither a form nor a JSON object.
  bool understood = true;

  /// Those of the query, then those of the body.
  net::Parameters all() const;
};
CallParameters parameters_of(const GatewayCall& call);

/// Whether it is signed as Twilio signs (base64 of HMAC-SHA1 over the address as it was given and the form's
/// fields by name), with the channel's password. Throws Error(usage) where that cannot be read.
bool is_signed_by_twilio(const Office& office, const GatewayCall& call, const net::Parameters& form);

}  // namespace crier::office
