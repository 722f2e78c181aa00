// How long a message may be, counted as its readers and gateways count (M1): before anything is queued.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/channel.hpp"

namespace crier::message {

inline constexpr std::size_t most_subject_graphemes = 100;
inline constexpr std::size_t most_wechat_graphemes = 600;
/// WeChat Work cuts a longer text without a word (facts.md).
inline constexpr std::size_t most_wechat_bytes = 2048;
inline constexpr std::size_t most_body_bytes = 1 << 20;

/// Throws Error(refused_by_rule, "limit") with the count and the limit; Error(usage) for a subject with a
/// line break, or text that is not UTF-8 or holds NUL.
void require_limits(std::string_view subject, std::string_view body, std::span<const Channel> channels);

}  // namespace crier::message
