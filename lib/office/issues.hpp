// Data issues as the office works on them (S5): list, look at one, say that it is dealt with,
// keep a question under a name.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/table.hpp"
#include "base/zone.hpp"
#include "office/office.hpp"
#include "store/issue_store.hpp"

namespace crier::office {

/// What is asked of the list, as it was written; empty: not asked.
struct IssueQuestion {
  /// Kinds with commas between them.
  std::string kind;
  /// `open`, `gone`, `resolved` or `all`; empty: open.
  std::string state;
  /// Somebody's code, or a part of a name.
  std::string person = {};
  /// Raised since: a date, a time, or a span before now (`7d`).
  std::string since = {};
  /// A saved filter, for what is not asked here.
  std::string saved = {};
};
inline constexpr std::array<std::string_view, 4> issue_states{"open", "gone", "resolved", "all"};
/// The kinds that may be asked for.
std::vector<std::string> known_issue_kinds(const Office& office);

/// Of the school that the office names, else that of the saved filter, if any. Throws Error(usage) for a kind
/// that nothing raises, an unknown state or a time that is none; Error(nothing_there) for a saved filter that
/// is not there.
std::vector<store::IssueRow> find_issues(const Office& office, const IssueQuestion& question,
                                         const Zone& zone);
Table issue_table(const Office& office, const std::vector<store::IssueRow>& issues);
Table issue_table(const Office& office, std::string_view kind, std::string_view state);

/// How many there are of each kind in such a table, each with the audience that is its list (S4), and a
/// chart.
Table issue_kinds_table(const Table& issues);

/// Throws Error(nothing_there).
store::IssueRow find_issue(const Office& office, std::int64_t id);

/// Marks an open issue as dealt with; returns it as it is then. Throws Error(nothing_there), and
/// Error(refused_by_rule) where it is not open.
store::IssueRow resolve_issue(const Office& office, std::int64_t id);
/// Several, all or none of them: the first that is not there or not open refuses.
std::vector<store::IssueRow> resolve_issues(const Office& office, std::span<const std::int64_t> ids);

// Questions that are kept under a name, for everybody who works with the store.

/// Checks the question first. Throws Error(refused_by_rule, "filter-exists") where another is called so and
/// is not to be replaced, Error(usage) for a name that is none or a question that names a person.
enum class SaveFilter { anew, replace };
void save_filter(const Office& office, std::string_view name, const IssueQuestion& question, const Zone& zone,
                 SaveFilter how);
/// Throws Error(nothing_there) with the nearest name.
void forget_filter(const Office& office, std::string_view name);
Table saved_filter_table(const Office& office);
std::vector<std::string> saved_filter_names(const Office& office);

}  // namespace crier::office
