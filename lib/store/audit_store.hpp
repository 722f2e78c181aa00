// The audit log: every act, each entry sealed by the one before, so that a changed, missing or reordered
// entry shows, and the end by the store's key, so that a cut-off one does (M7). Written by office::record in
// the transaction of the act.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "base/scrub.hpp"
#include "store/connection.hpp"

namespace crier::store {

struct AuditEntry {
  Instant at{};
  std::string actor;
  /// `send`, `import`, `rerun`, …
  std::string act;
  /// `message 12`, `job 31`, …
  std::string subject;
  /// What was done, without personal data.
  std::string detail;
};

/// Appends an entry; the caller holds the transaction in which the act was done. Where the log's end is not
/// the sealed one, an entry `audit-broken` says so first: it cannot be taken out again unseen.
void append_audit(Connection& connection, const AuditEntry& entry);

struct AuditCheck {
  /// How many are whole before the first bad one.
  std::int64_t entries = 0;
  /// The first that is changed, missing, put in or reordered; none where nothing is, or the sealed end itself
  /// was tampered with.
  std::optional<std::int64_t> first_bad;
  /// What is wrong, one clause; empty: nothing.
  std::string fault;
};
/// Walks the chain in one pass. The caller holds a Snapshot or a Transaction.
AuditCheck check_audit(Connection& connection);

/// Seals the end of a log that was written before ends were sealed; the caller holds the transaction.
void seal_audit_end(Connection& connection);

/// Lets go of the oldest entries, `most` at most, that are all older than that time (P1): what stands before
/// the first one left is sealed, so that the log still proves itself. Never the last entry, nor any from one
/// on that notes that the log was not whole. The caller holds the transaction. How many.
std::int64_t shorten_audit(Connection& connection, Instant before, std::int64_t most);
std::int64_t count_audit_to_shorten(Connection& connection, Instant before);

/// Takes somebody's names out of entries (P1): an entry keeps its place in the chain, and the text that it
/// has now is sealed. The caller holds the transaction. How many.
std::int64_t redact_audit(Connection& connection, const Scrubber& names);

struct AuditFilter {
  /// In [from, to).
  Instant from{};
  Instant to{};
  /// Empty: any; compared without case.
  std::string actor;
  std::string act;
};
struct AuditLine {
  std::int64_t id = 0;
  AuditEntry entry;
};
/// Latest first, each handed over as it is read; `take` says whether to go on.
void read_audit(Connection& connection, const AuditFilter& filter,
                const std::function<bool(AuditLine&&)>& take);

/// How often each act was done, most often first.
std::vector<std::pair<std::string, std::int64_t>> audit_acts(Connection& connection,
                                                             const AuditFilter& filter);

/// SHA-256 in lower-case hexadecimal.
std::string sha256_hex(std::string_view text);

}  // namespace crier::store
