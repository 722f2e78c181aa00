// Data issues as the office works on them (S5): list, look at one, say that it is dealt with.
#pragma once

#include <cstdint>
#include <string>

#include "base/table.hpp"
#include "office/office.hpp"
#include "store/issue_store.hpp"

namespace crier::office {

/// `kind` empty: all; `state` is `open`, `gone`, `resolved` or `all`. Of the school that the office names, if
/// any. Throws Error(usage) for a kind that nothing raises.
Table issue_table(const Office& office, std::string_view kind, std::string_view state);

/// How many there are of each kind in such a table, each with the audience that is its list (S4), and a
/// chart.
Table issue_kinds_table(const Table& issues);

/// Throws Error(nothing_there).
store::IssueRow find_issue(const Office& office, std::int64_t id);

/// Marks an open issue as dealt with; returns it as it is then. Throws Error(nothing_there), and
/// Error(refused_by_rule) where it is not open.
store::IssueRow resolve_issue(const Office& office, std::int64_t id);

}  // namespace crier::office
