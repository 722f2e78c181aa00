// How long a server asks to be left alone (HTTP's Retry-After, RFC 9110 10.2.3): seconds, or a date.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace crier::format {

/// From `now`, in seconds since 1970; never below zero. Nothing for a field that is neither.
std::optional<std::chrono::seconds> retry_after(std::string_view field, std::int64_t now);

}  // namespace crier::format
