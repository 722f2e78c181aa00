#include "message/return_path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/seal.hpp"

namespace crier::message {
namespace {

constexpr std::size_t check_letters = 10;

/// Lower-case letters and digits of the seal: about 50 bits, more than anybody can try by mail.
std::string check_of(std::string_view key, std::string_view store_uuid, std::int64_t delivery) {
  std::string check;
  for (const char c : seal(key, fmt::format("b{}.{}", delivery, store_uuid))) {
    if (c >= 'A' && c <= 'Z') {
      check += static_cast<char>(c - 'A' + 'a');
    } else if (c != '-' && c != '_') {
      check += c;
    }
  }
  // So many signs are dropped hardly ever; then there are fewer.
  check.resize(std::min(check.size(), check_letters));
  return check;
}

struct Parts {
  std::int64_t delivery = 0;
  std::string check;
};

std::optional<Parts> parts_of(std::string_view address) {
  const auto local = address.substr(0, address.rfind('@'));
  const auto plus = local.rfind('+');
  if (plus == std::string_view::npos) return std::nullopt;
  const auto token = local.substr(plus + 1);
  const auto dash = token.find('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  Parts parts;
  const auto [end, fault] = std::from_chars(token.data(), token.data() + dash, parts.delivery);
  if (fault != std::errc() || end != token.data() + dash || parts.delivery <= 0) return std::nullopt;
  for (const char c : token.substr(dash + 1)) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (!capital && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) return std::nullopt;
    parts.check += capital ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (parts.check.empty() || parts.check.size() > check_letters) return std::nullopt;
  return parts;
}

}  // namespace

std::string return_path(std::string_view key, std::string_view store_uuid, std::string_view bounce_address,
                        std::int64_t delivery) {
  const auto at = bounce_address.rfind('@');
  return fmt::format("{}+{}-{}{}", bounce_address.substr(0, at), delivery,
                     check_of(key, store_uuid, delivery), bounce_address.substr(at));
}

std::optional<std::int64_t> delivery_in(std::string_view address) {
  const auto parts = parts_of(address);
  if (!parts) return std::nullopt;
  return parts->delivery;
}

bool is_return_path(std::string_view key, std::string_view store_uuid, std::string_view address) {
  const auto parts = parts_of(address);
  return parts && same_seal(check_of(key, store_uuid, parts->delivery), parts->check);
}

}  // namespace crier::message
