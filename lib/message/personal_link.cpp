#include "message/personal_link.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/seal.hpp"
#include "base/text.hpp"

namespace crier::message {
namespace {

char letter(LinkTarget::Purpose purpose) {
  return purpose == LinkTarget::Purpose::unsubscribe ? 'u' : 'c';
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::string write_token(std::string_view key, const LinkTarget& target) {
  auto token = fmt::format("{}{}.{}", letter(target.purpose), target.person, target.message);
  token += "." + seal(key, token);
  return token;
}

std::optional<LinkTarget> read_token(std::string_view key, std::string_view token) {
  const auto parts = split(token, '.');
  if (parts.size() != 3 || parts[0].size() < 2) return std::nullopt;
  const auto person = number(parts[0].substr(1));
  const auto message = number(parts[1]);
  if (!person || !message || (parts[0][0] != 'u' && parts[0][0] != 'c')) return std::nullopt;
  const auto sealed = token.substr(0, token.rfind('.'));
  if (!same_seal(seal(key, sealed), parts[2])) return std::nullopt;
  return LinkTarget{parts[0][0] == 'u' ? LinkTarget::Purpose::unsubscribe : LinkTarget::Purpose::confirm,
                    *person, *message};
}

std::string link_url(const LinkPlaces& places, const LinkTarget& target) {
  if (places.public_url.empty()) return "";
  return fmt::format("{}/{}/{}", places.public_url, letter(target.purpose), write_token(places.key, target));
}

std::vector<format::MailHeader> unsubscribe_headers(const LinkPlaces& places, const LinkTarget& target) {
  const auto page = link_url(places, target);
  std::string ways;
  if (!page.empty()) ways = "<" + page + ">";
  if (!places.reply_to.empty()) {
    if (!ways.empty()) ways += ", ";
    ways +=
        fmt::format("<mailto:{}?subject=unsubscribe%20{}>", places.reply_to, write_token(places.key, target));
  }
  if (ways.empty()) return {};
  std::vector<format::MailHeader> headers{{"List-Unsubscribe", ways}};
  if (page.starts_with("https://"))
    headers.push_back({"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"});
  return headers;
}

}  // namespace crier::message
