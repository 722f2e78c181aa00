#include "model/recipient.hpp"

#include <algorithm>

namespace crier {

Recipient named_on(const Recipient& recipient, Channel channel) {
  auto named = recipient;
  const auto found = recipient.channels.find(channel);
  if (found == recipient.channels.end()) return named;
  const auto& withheld = found->second.withheld;
  std::erase_if(named.related, [&](const RelatedPupil& pupil) {
    return std::find(withheld.begin(), withheld.end(), pupil.person) != withheld.end();
  });
  return named;
}

}  // namespace crier
