// Reading what came back as an act (I11): from a mailbox to deliveries, blocked addresses and opt-outs. The
// mails stay where they are and as they are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "office/office.hpp"

namespace crier::office {

/// Whom a bounce or complaint names.
struct ReportedAddress {
  std::string file;
  /// Masked for whoever may not see addresses.
  std::string recipient;
  /// `hard`, `soft`, `complaint`.
  std::string fault;
  /// The delivery that it is about; none where none was found.
  std::optional<std::int64_t> delivery;
  /// `return-path`, `message-id`, `address`; empty where none was found.
  std::string matched_by;
};

/// A mail that was left as it is, and why.
struct LeftMail {
  std::string file;
  /// `no-delivery`, `no-recipient`, `forged-return-path`, `bad-token`: unmatched; `unreadable`;
  /// `not-feedback`.
  std::string reason;
  std::string remark;
};

struct FeedbackReport {
  /// Mails.
  std::int64_t read = 0;
  /// Recipients, in mails that were not read before.
  std::int64_t hard = 0;
  std::int64_t soft = 0;
  std::int64_t complaint = 0;
  /// Mails: absences; wishes to hear no more; what is none of all this, or was read before.
  std::int64_t auto_reply = 0;
  std::int64_t unsubscribe = 0;
  std::int64_t ignored = 0;
  /// Of `ignored`: read and acted on before.
  std::int64_t again = 0;
  /// Mails about no delivery that is known.
  std::int64_t unmatched = 0;
  /// Files that could not be read.
  std::int64_t unreadable = 0;
  /// Deliveries that are failed by it, addresses that are blocked by it.
  std::int64_t failed = 0;
  std::int64_t blocked = 0;
  std::vector<ReportedAddress> recipients;
  std::vector<LeftMail> left;
};

/// Reads all mails at the path: a Maildir, a folder, a mailbox in one file, a single mail. Writes in groups,
/// each in a transaction with its audit entry; what is read twice counts once. Throws Error(refused_input)
/// where there is nothing at the path.
FeedbackReport import_bounces(const Office& office, const std::filesystem::path& path);

/// The same of bytes: a mail or a mailbox from standard input.
FeedbackReport import_bounces(const Office& office, const std::string& name, std::string_view bytes);

}  // namespace crier::office
