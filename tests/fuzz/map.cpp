// Any bytes as a map: read, or refused with a crier::Error (I2).
#include <cstdint>
#include <string_view>

#include "base/error.hpp"
#include "config/map_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  try {
    const auto map = crier::config::parse_map({reinterpret_cast<const char*>(bytes), size}, "any.toml");
    for (const auto& entry : map.entries) (void)entry.matches("pupils.csv");
  } catch (const crier::Error&) {
    // Refused, with a reason: as it should be.
  }
  return 0;
}
