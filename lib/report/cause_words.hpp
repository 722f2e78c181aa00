// What the causes of failures say to an office, and what to do: the words beside each cause that a transport
// or a rule gives. Used wherever failures are shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/channel.hpp"

namespace crier::report {

struct CauseMeaning {
  std::string meaning;
  std::string remedy;
};
/// Of a cause on a channel; nothing for one that nobody has described.
std::optional<CauseMeaning> meaning_of(std::string_view cause, Channel channel);

/// Every cause that has words.
std::vector<std::string> described_causes();

}  // namespace crier::report
