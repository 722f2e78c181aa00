#include "model/points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace crier {

std::optional<std::int64_t> parse_points(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto part = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  const auto digits = [](std::string_view some) {
    return std::all_of(some.begin(), some.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  };
  if (whole.empty() || whole.size() > 8 || !digits(whole) || !digits(part) || part.size() > 2)
    return std::nullopt;
  if (point != std::string_view::npos && part.empty()) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : whole) value = value * 10 + (c - '0');
  for (std::size_t i = 0; i < 2; ++i) value = value * 10 + (i < part.size() ? part[i] - '0' : 0);
  if (value > most_points) return std::nullopt;
  return negative ? -value : value;
}

std::string points_text(std::int64_t hundredths) {
  const auto size = hundredths < 0 ? -hundredths : hundredths;
  return fmt::format("{}{}.{:02}", hundredths < 0 ? "-" : "", size / 100, size % 100);
}

}  // namespace crier
