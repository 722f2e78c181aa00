// E-mails to staff (D11): that a message has ended and what became of it, and what went wrong, so many an
// hour at most. Whoever works the store asks for them each minute.
#pragma once

#include "office/office.hpp"

namespace crier::office {

/// Confirmations of what has ended, and an error report where something has failed since the last one. How
/// many e-mails were queued.
int tell_staff(const Office& office);

}  // namespace crier::office
