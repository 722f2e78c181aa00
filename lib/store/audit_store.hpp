// The audit log: every act, each entry sealed by the one before, so that a changed, missing or reordered
// entry shows (M7).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
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

/// Appends an entry; the caller holds the transaction in which the act was done.
void append_audit(Connection& connection, const AuditEntry& entry);

/// Walks the chain in one pass; empty where it is whole, else what is wrong with the first bad entry:
/// changed, missing, reordered, or cut off at the end, which the sealed head kept beside the log tells.
std::string verify_audit(Connection& connection);

struct AuditLine {
  std::int64_t id = 0;
  AuditEntry entry;
};
/// In [from, to), of an actor and an act where they are named (ignoring case), latest first.
std::vector<AuditLine> audit_lines(Connection& connection, Instant from, Instant to, std::string_view actor,
                                   std::string_view act, std::int64_t limit);

/// SHA-256 in lower-case hexadecimal.
std::string sha256_hex(std::string_view text);

}  // namespace crier::store
