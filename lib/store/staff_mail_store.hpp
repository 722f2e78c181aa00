// What staff are to be told by e-mail: messages that have ended, jobs with new failures, and to whom it goes
// (D11). The caller holds the transaction in functions that change something.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// The senders of what crier writes to staff itself: of those nothing is reported again.
inline constexpr std::string_view staff_mail_sender = "crier";

/// A message that asks for a confirmation and of which nothing is left to do.
struct EndedMessage {
  std::int64_t message = 0;
  std::int64_t school = 0;
  std::string subject;
  std::string confirm_to;
};
std::vector<EndedMessage> ended_messages(Connection& connection);
/// False where somebody else has told it.
bool note_end_told(Connection& connection, std::int64_t message, Instant now);

/// Deliveries of a job that were tried and have failed after `since`, by cause.
struct NewFailures {
  std::int64_t job = 0;
  std::int64_t school = 0;
  std::string subject;
  std::string type;
  std::string cause;
  std::int64_t count = 0;
};
/// By job, the commonest cause first.
std::vector<NewFailures> failures_since(Connection& connection, Instant since);

/// When the last error report was sent and up to when it told; none: there was none.
struct LastErrorReport {
  Instant sent{};
  Instant upto{};
};
std::optional<LastErrorReport> last_error_report(Connection& connection);
std::int64_t error_reports_since(Connection& connection, Instant since);
void note_error_report(Connection& connection, Instant sent, Instant upto);

/// The number of somebody who is nothing but an address of staff: in no school, and so in no audience.
std::int64_t addressee(Connection& connection, std::string_view address, Instant now);

}  // namespace crier::store
