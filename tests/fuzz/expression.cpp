// Any text as an audience expression: read, or refused with a caret (A1).
#include <cstdint>
#include <string_view>

#include "audience/expression.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (!crier::is_utf8(text)) return 0;
  try {
    const auto expression = crier::audience::parse(text);
    crier::audience::each_term(expression.root, [&](const crier::audience::Term& term) {
      if (term.at + term.length > text.size()) __builtin_trap();
    });
  } catch (const crier::Error&) {
    // Refused, with a reason: as it should be.
  }
  return 0;
}
