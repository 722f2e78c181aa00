// Any bytes as a calendar (I12): a crash, a leak, an exception that is no refusal, days outside what was
// asked for, or a rule that is followed for ever is a find.
#include <cstdint>
#include <string_view>

#include "base/error.hpp"
#include "format/icalendar.hpp"

using namespace crier;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const Zone zone("Europe/London");
  const auto from = parse_date("2026-01-01").value();
  const auto upto = parse_date("2027-12-31").value();
  try {
    const auto reading =
        format::read_icalendar({reinterpret_cast<const char*>(bytes), size}, zone, from, upto);
    for (const auto& one : reading.events) {
      if (!one.first.ok() || !one.last.ok() || one.last < one.first) __builtin_trap();
      if (one.last < from || one.first > upto) __builtin_trap();
      if (one.summary.find('\n') != std::string::npos) __builtin_trap();
    }
  } catch (const Error& error) {
    if (error.exit() != Exit::refused_input || error.hint().empty()) __builtin_trap();
  }
  return 0;
}
