// A seal that only the holder of a key can make: HMAC-SHA256, for links that nobody may forge.
#pragma once

#include <string>
#include <string_view>

namespace crier {

/// The first 16 bytes of the text's HMAC-SHA256, as base64url without padding: 22 characters.
std::string seal(std::string_view key, std::string_view text);

/// Compares in a time that tells nothing of where they differ.
bool same_seal(std::string_view a, std::string_view b);

}  // namespace crier
