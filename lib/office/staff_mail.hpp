// E-mail to staff from crier itself: confirmations, error reports, what became of an import, reports (D11,
// T5). It leaves at once and at any hour, and is in nobody's audience.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "office/office.hpp"
#include "office/outgoing.hpp"
#include "roster/schools.hpp"
#include "store/message_store.hpp"

namespace crier::office {

struct StaffMail {
  std::string subject;
  /// Markdown without fields: see `without_fields`.
  std::string body;
  std::vector<std::string> addresses;
  std::vector<store::MessageAttachment> attachments = {};
};

/// Queues it; the caller holds the transaction and rings the bell. Nothing where the sandbox lets none of the
/// addresses through (M9).
std::optional<QueuedMessage> queue_staff_mail(const Office& office, const roster::SchoolProfile& school,
                                              StaffMail mail);

/// Of others' words: what looks like a field would be taken for this e-mail's.
std::string without_fields(std::string text);

/// Who hears of faults, as the settings name them (`error_reports_to`).
std::vector<std::string> error_report_addresses(const config::Settings& settings);

}  // namespace crier::office
