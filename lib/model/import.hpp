// What an import found and did: the document of `crier import` and the record that stays.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"

namespace crier {

/// What is counted apart (I6) and guarded apart (I7).
enum class FactKind { pupil, contact, staff, group, membership, relationship, address, assignment, mark };
inline constexpr std::array all_fact_kinds{FactKind::pupil,      FactKind::contact,      FactKind::staff,
                                           FactKind::group,      FactKind::membership,   FactKind::relationship,
                                           FactKind::address,    FactKind::assignment,   FactKind::mark};
std::string_view to_text(FactKind kind);

struct FactCounts {
  std::array<std::int64_t, all_fact_kinds.size()> by_kind{};
  std::int64_t& operator[](FactKind kind) { return by_kind[static_cast<std::size_t>(kind)]; }
  std::int64_t operator[](FactKind kind) const { return by_kind[static_cast<std::size_t>(kind)]; }
  bool empty() const;
};

enum class Severity { warning, error };

/// A place in an export that is not good (I8).
struct RowIssue {
  std::string file;
  /// The line of the file on which the row begins, the header being line 1; 0: the file as a whole.
  std::int64_t line = 0;
  std::string column;
  std::string value;
  /// A stable word: `invalid-email`, `dangling-reference`, `short-row`, …
  std::string reason;
  Severity severity = Severity::error;
  /// For people: what, and what was done about it.
  std::string message;
};

enum class ImportOutcome { applied, unchanged, held, refused, dry_run };
std::string_view to_text(ImportOutcome outcome);

struct ImportReport {
  std::int64_t id = 0;
  std::string source;
  ImportOutcome outcome = ImportOutcome::unchanged;
  double seconds = 0;
  std::int64_t rows = 0;
  FactCounts added;
  FactCounts changed;
  FactCounts removed;
  std::vector<RowIssue> issues;
};

}  // namespace crier
