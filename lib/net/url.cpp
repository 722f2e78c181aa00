#include "net/url.hpp"

#include <fmt/format.h>

#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <charconv>

namespace crier::net {
namespace {

namespace urls = boost::urls;

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && digit_of(text[i + 1]) >= 0 && digit_of(text[i + 2]) >= 0;
    if (escape) {
      out += static_cast<char>(digit_of(text[i + 1]) * 16 + digit_of(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

std::string Url::authority() const {
  const auto name = host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
  return port == (tls ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

std::optional<Url> parse_url(std::string_view text) {
  const auto parsed = urls::parse_uri({text.data(), text.size()});
  if (!parsed) return std::nullopt;
  const auto& view = *parsed;
  const auto scheme = view.scheme_id();
  if (scheme != urls::scheme::http && scheme != urls::scheme::https) return std::nullopt;
  if (view.has_userinfo() || view.has_fragment() || view.encoded_host().empty()) return std::nullopt;
  Url url;
  url.tls = scheme == urls::scheme::https;
  url.host = view.host_address();
  url.port = url.tls ? 443 : 80;
  if (view.has_port()) {
    const auto digits = view.port();
    int port = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (fault != std::errc() || port < 1 || port > 65535) return std::nullopt;
    url.port = port;
  }
  const auto path = view.encoded_path();
  url.target = std::string(path.data(), path.size());
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  if (view.has_query()) {
    const auto query = view.encoded_query();
    url.target += fmt::format("?{}", std::string_view(query.data(), query.size()));
  }
  return url;
}

std::string percent_encoded(std::string_view text) {
  return urls::encode({text.data(), text.size()}, urls::unreserved_chars);
}

std::string query_text(const Parameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", percent_encoded(name), percent_encoded(value));
  }
  return text;
}

Parameters query_parameters(std::string_view query) {
  Parameters parameters;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto one = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (one.empty()) continue;
    const auto equals = std::min(one.find('='), one.size());
    parameters.emplace_back(decoded(one.substr(0, equals)),
                            decoded(one.substr(std::min(equals + 1, one.size()))));
  }
  return parameters;
}

std::string with_parameters(std::string url, const Parameters& parameters) {
  if (parameters.empty()) return url;
  url += url.find('?') == std::string::npos ? '?' : '&';
  return url + query_text(parameters);
}

}  // namespace crier::net
