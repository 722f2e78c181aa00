#include "net/sign_in.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "net/url.hpp"

namespace crier::net {
namespace {

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3), '\0');
  // It writes an end mark behind the text, where a string has one anyway.
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return text;
}

std::string hmac_base64(const EVP_MD* digest, std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> seal{};
  unsigned int size = 0;
  HMAC(digest, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), seal.data(), &size);
  return base64({reinterpret_cast<const char*>(seal.data()), size});
}

/// RFC 5849 3.4.1.2: the scheme and host in lower case, the port only where it is not the scheme's own.
std::string base_uri(const Url& url) {
  auto host = url.authority();
  std::transform(host.begin(), host.end(), host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return fmt::format("{}://{}{}", url.tls ? "https" : "http", host,
                     url.target.substr(0, url.target.find('?')));
}

}  // namespace

std::string basic_authorization(std::string_view user, const Secret& password) {
  return "Basic " + base64(fmt::format("{}:{}", user, password.reveal()));
}

std::string bearer_authorization(const Secret& token) {
  return "Bearer " + token.reveal();
}

std::string hmac_sha1_base64(std::string_view key, std::string_view text) {
  return hmac_base64(EVP_sha1(), key, text);
}

std::string oauth1_authorization(const Oauth1Key& key, std::string_view method, std::string_view url,
                                 std::int64_t timestamp, std::string_view nonce) {
  const auto parsed = parse_url(url);
  if (!parsed) return {};
  Parameters own{{"oauth_consumer_key", key.consumer_key},
                 {"oauth_nonce", std::string(nonce)},
                 {"oauth_signature_method", key.sha256 ? "HMAC-SHA256" : "HMAC-SHA1"},
                 {"oauth_timestamp", std::to_string(timestamp)},
                 {"oauth_version", "1.0"}};
  Parameters all = own;
  if (const auto mark = parsed->target.find('?'); mark != std::string::npos) {
    const auto query = query_parameters(std::string_view(parsed->target).substr(mark + 1));
    all.insert(all.end(), query.begin(), query.end());
  }
  // 3.4.1.3.2: encoded first, sorted then.
  for (auto& [name, value] : all) {
    name = percent_encoded(name);
    value = percent_encoded(value);
  }
  std::sort(all.begin(), all.end());
  std::string text;
  for (const auto& [name, value] : all) text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
  const auto base =
      fmt::format("{}&{}&{}", method, percent_encoded(base_uri(*parsed)), percent_encoded(text));
  const auto signing_key = percent_encoded(key.secret.reveal()) + "&";
  own.emplace_back("oauth_signature", key.sha256 ? hmac_base64(EVP_sha256(), signing_key, base)
                                                 : hmac_base64(EVP_sha1(), signing_key, base));
  std::string field = "OAuth ";
  for (const auto& [name, value] : own) {
    field += fmt::format("{}{}=\"{}\"", field.size() > 6 ? ", " : "", name, percent_encoded(value));
  }
  return field;
}

}  // namespace crier::net
