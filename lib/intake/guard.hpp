// The guard (I7): an import that would take away or change too much, empty a column or give people new ids is
// held whole, until somebody has looked at it. A truncated or half-written export never empties a school.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/intake_apply.hpp"

namespace crier::intake {

/// Something for which an import is held.
struct Finding {
  /// `removals`, `changes`, `emptied` or `new-ids`.
  std::string check;
  /// The words of FactKind.
  std::string kind;
  /// The school's code; empty for a list of relationships, which is counted over all schools.
  std::string school;
  /// For `emptied`: which column.
  std::string column;
  std::int64_t count = 0;
  std::int64_t of = 0;
  /// What the import would do: `remove 412 of 412 pupils of CAM`.
  std::string sentence;
};

/// A share of the rows that stood which may change without anybody looking (I7).
inline constexpr double change_limit = 0.75;
/// A column has become empty where so great a share of its values is lost.
inline constexpr double emptied_share = 0.9;

/// What is over the limits: removals over `removal_limit`, changes over 75 %, columns that became empty, ids
/// that changed while names stayed; each only where it is more than five.
std::vector<Finding> judge(const store::Judgement& judgement, double removal_limit);

/// `remove 412 of 412 pupils of CAM; empty the form of 398 of 400 pupils of CAM`.
std::string describe(const std::vector<Finding>& findings);

/// Findings as the store keeps them with a held import, and back.
std::string findings_text(const std::vector<Finding>& findings);
std::vector<Finding> parse_findings(std::string_view text);

}  // namespace crier::intake
