#include "intake/guard.hpp"

#include <fmt/format.h>

namespace crier::intake {

std::vector<store::Removal> over_the_limit(const std::vector<store::Removal>& removals, double limit) {
  constexpr std::int64_t always_allowed = 5;
  std::vector<store::Removal> over;
  for (const auto& removal : removals) {
    if (removal.gone > always_allowed &&
        static_cast<double>(removal.gone) > limit * static_cast<double>(removal.before)) {
      over.push_back(removal);
    }
  }
  return over;
}

std::string describe(const std::vector<store::Removal>& removals) {
  std::string text;
  for (const auto& removal : removals) {
    if (!text.empty()) text += "; ";
    const auto noun = removal.kind == "gradebook" ? std::string("marks")
                      : removal.kind == "staff"   ? removal.kind
                      : removal.kind == "address" ? std::string("addresses")
                                                  : removal.kind + "s";
    text += fmt::format("{} of {} {}{}", removal.gone, removal.before, noun,
                        removal.school.empty() ? "" : " of " + removal.school);
  }
  return text;
}

}  // namespace crier::intake
