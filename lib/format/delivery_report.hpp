// Reports as fields: delivery status notifications (RFC 3464) and complaints (RFC 5965). A step of
// format/feedback, which hands over the bodies of the parts that hold them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "format/feedback.hpp"

namespace crier::format {

struct DeliveryReport {
  std::vector<ReportedRecipient> recipients;
  /// Recipients whom the mail has reached: `delivered`, `relayed`, `expanded`.
  int reached = 0;
};

/// The body of a message/delivery-status part, or a text that holds its fields among others. Groups are told
/// by `Final-Recipient`, for not every server parts them by blank lines. `notice` is what the report says in
/// words: it decides where the fields say too little.
DeliveryReport read_delivery_report(std::string_view body, std::string_view notice);

struct ComplaintReport {
  /// `abuse`, `opt-out`, `auth-failure`, in lower case.
  std::string type;
  std::vector<std::string> recipients;
  std::vector<std::string> return_paths;
};
ComplaintReport read_complaint(std::string_view body);

}  // namespace crier::format
