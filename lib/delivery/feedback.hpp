// What came back, matched to the delivery that it is about, and what it does to it (I11, D1, D9). Between
// format/feedback, which reads a mail, and office/feedback, which holds the transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "config/settings.hpp"
#include "format/feedback.hpp"
#include "store/feedback_store.hpp"

namespace crier::delivery {

/// What tells this store's own marks from others'.
struct FeedbackMarks {
  /// The store's key, or empty where none was made yet: then no return path is ours.
  std::string key;
  config::BounceRules rules;
};

enum class MatchedBy { return_path, message_id, address };
std::string_view to_text(MatchedBy how);

/// One recipient of a report, and the delivery that it is about.
struct MatchedReport {
  /// As reported; of a report that names nobody the delivery's.
  format::ReportedRecipient recipient;
  std::optional<store::SentDelivery> delivery;
  MatchedBy by = MatchedBy::return_path;
};

struct MatchedFeedback {
  std::vector<MatchedReport> reports;
  /// Why no delivery was found, as a word and a sentence; empty where one was.
  std::string reason;
  std::string remark;
};

/// Of a bounce or complaint: by the return path, else the Message-ID of the mail that is returned, else the
/// address and the time (C9). A return path of ours with a wrong check is somebody's invention: nothing is
/// matched.
MatchedFeedback match_feedback(store::Connection& connection, const format::Feedback& feedback,
                               const FeedbackMarks& marks, Instant now);

/// A bounce's effect on its delivery: failed, whatever it was, where the recipient's server has given up;
/// nothing where it goes on trying, or where the delivery has been sent again since. Whether something
/// changed. The caller holds the transaction, and weighs faults at its end.
bool take_bounce(store::Connection& connection, const format::Feedback& feedback, const MatchedReport& report,
                 Instant now);

}  // namespace crier::delivery
