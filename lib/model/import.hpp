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
enum class FactKind {
  pupil,
  contact,
  staff,
  group,
  membership,
  relationship,
  address,
  assignment,
  mark,
  attendance,
  payment,
  behaviour,
  respondent,
  timetable_slot
};
inline constexpr std::array all_fact_kinds{
    FactKind::pupil,      FactKind::contact,       FactKind::staff,   FactKind::group,
    FactKind::membership, FactKind::relationship,  FactKind::address, FactKind::assignment,
    FactKind::mark,       FactKind::attendance,    FactKind::payment, FactKind::behaviour,
    FactKind::respondent, FactKind::timetable_slot};
/// Those that are told of every import; the others only of an import that brings them.
inline constexpr bool always_told(FactKind kind) {
  return kind <= FactKind::mark;
}
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
  /// The source's id of the person whom the row concerns; empty where it concerns nobody, or not one person.
  std::string person = {};
};

/// `undo`: not an import but one taken back.
enum class ImportOutcome { applied, unchanged, held, refused, dry_run, undo };
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
  /// What this import brought of the kinds that not every source has.
  std::vector<FactKind> daily;
  std::vector<RowIssue> issues;

  /// Whether a kind's counts belong in the answer.
  bool tells(FactKind kind) const;
};

}  // namespace crier
