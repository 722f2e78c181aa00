#include "delivery/receipt_address.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/seal.hpp"

namespace crier::delivery {
namespace {

std::string sealed(std::string_view key, Channel channel, std::int64_t delivery, int attempt) {
  return seal(key, fmt::format("receipt {} {} {}", to_text(channel), delivery, attempt));
}

template <typename Number>
bool read(std::string_view text, Number& number) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && fault == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string receipt_url(std::string_view base, Channel channel, const TryNumber& number,
                        std::string_view key) {
  if (base.empty()) return {};
  return fmt::format("{}/gateway/{}/receipt?d={}&a={}&s={}", base, to_text(channel), number.delivery,
                     number.attempt, sealed(key, channel, number.delivery, number.attempt));
}

std::optional<TryNumber> read_receipt(std::string_view key, Channel channel, std::string_view d,
                                      std::string_view a, std::string_view s) {
  TryNumber number;
  if (!read(d, number.delivery) || !read(a, number.attempt)) return std::nullopt;
  if (!same_seal(s, sealed(key, channel, number.delivery, number.attempt))) return std::nullopt;
  return number;
}

}  // namespace crier::delivery
