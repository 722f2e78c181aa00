// What a client shows a server so that it is let in: Basic (RFC 7617), bearer (RFC 6750) and OAuth 1.0a
// (RFC 5849). Each makes the value of an Authorization field.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace crier::net {

std::string basic_authorization(std::string_view user, const Secret& password);
std::string bearer_authorization(const Secret& token);

struct Oauth1Key {
  std::string consumer_key;
  Secret secret;
  /// HMAC-SHA256; else HMAC-SHA1, which RFC 5849 knows and most servers want.
  bool sha256 = false;
};

/// Of a request without a token and without a form in its body. The query's parameters are signed too: the
/// URL that is asked must be this one to the letter. `timestamp` in seconds since 1970; `nonce` never twice.
std::string oauth1_authorization(const Oauth1Key& key, std::string_view method, std::string_view url,
                                 std::int64_t timestamp, std::string_view nonce);

/// HMAC-SHA1 as base64: what OAuth 1.0a and Twilio's signatures are made of.
std::string hmac_sha1_base64(std::string_view key, std::string_view text);

}  // namespace crier::net
