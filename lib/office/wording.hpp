// The words of one message for each of its recipients: what fields they have, what a text message comes to.
// Made from what somebody is about to send or from what the store holds (A5); delivery/plan asks it for each
// delivery.
#pragma once

#include <functional>

#include "delivery/plan.hpp"
#include "model/recipient.hpp"
#include "office/office.hpp"
#include "roster/schools.hpp"
#include "store/message_store.hpp"

namespace crier::office {

class Wording {
 public:
  /// Of a message that is in the store.
  static Wording of_stored(const Office& office, const store::MessageRow& message,
                           const roster::SchoolProfile& school);

  /// For `PlanRequest::own`; must not outlive this. Empty where nothing differs from one to the other.
  std::function<delivery::OwnWords(const Recipient&, Channel)> for_people(const Resolution& resolution);
};

}  // namespace crier::office
