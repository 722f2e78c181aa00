#include "office/wording.hpp"

namespace crier::office {

Wording Wording::of_stored(const Office&, const store::MessageRow&, const roster::SchoolProfile&) {
  return {};
}

std::function<delivery::OwnWords(const Recipient&, Channel)> Wording::for_people(const Resolution&) {
  return {};
}

}  // namespace crier::office
