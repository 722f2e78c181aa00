// Bounces and complaints as a relay in the cloud tells of them by mail: one JSON document in the text (Amazon
// SES by way of SNS). A step of format/feedback.
#pragma once

#include <string_view>

#include "format/feedback.hpp"

namespace crier::format {

/// Fills in what the document tells; false, and nothing changed, where the text is no such document.
bool read_json_notice(Feedback& feedback, std::string_view text);

}  // namespace crier::format
