// A list as one bound value: `… IN (SELECT value FROM json_each(?1))`. What the driver for another database
// binds in its own way.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace crier::store {

/// `[1,2,3]`
std::string json_list(std::span<const std::int64_t> numbers);
/// `["a","b"]`
std::string json_list(std::span<const std::string> texts);

}  // namespace crier::store
