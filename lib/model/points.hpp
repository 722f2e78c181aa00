// Points of the SMS wallet (D8), counted in hundredths everywhere: never a floating-point number. How people
// write them, and how they read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crier {

/// Ten million points: no school pays more at once, and sums of such amounts stay far from the end of the
/// numbers.
inline constexpr std::int64_t most_points = 1'000'000'000;

/// `1500`, `12.5`, `-3.25` as hundredths; nothing for anything else, for a third digit behind the point, and
/// for more than `most_points`.
std::optional<std::int64_t> parse_points(std::string_view text);

/// `1500.00`, `-3.25`.
std::string points_text(std::int64_t hundredths);

}  // namespace crier
