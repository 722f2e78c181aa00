// Addresses of web servers, taken apart and put together (RFC 3986). What the settings say comes in here;
// what goes into a request comes out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crier::net {

struct Url {
  /// https; else http.
  bool tls = false;
  /// Without the brackets of an IPv6 address.
  std::string host;
  int port = 0;
  /// Path and query as they go on the wire; begins with a slash.
  std::string target;

  /// What the Host field says: the port only where it is not the scheme's own.
  std::string authority() const;
};

/// Nothing where the text is no http or https URL with a host, or where a user or a fragment stands in it:
/// a secret in an address ends up in every log.
std::optional<Url> parse_url(std::string_view text);

/// Names and values, in order, as they are meant.
using Parameters = std::vector<std::pair<std::string, std::string>>;

/// All but letters, digits and `-._~` as %XX (RFC 3986 2.3, RFC 5849 3.6).
std::string percent_encoded(std::string_view text);
/// `a=b&c=d%20e`.
std::string query_text(const Parameters& parameters);
/// The parameters of a query or of a form's body, decoded (`+` is a blank); a name without a value has an
/// empty one. Broken escapes stay as they are.
Parameters query_parameters(std::string_view query);
/// `url` with further parameters behind those that it has.
std::string with_parameters(std::string url, const Parameters& parameters);

}  // namespace crier::net
