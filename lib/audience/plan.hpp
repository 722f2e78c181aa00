// From the tree of an expression to sets of people: names are looked up in the store, a few statements for
// the whole expression, and what nobody is called is an error with the nearest name. Second step of
// `resolve`.
#pragma once

#include <string>
#include <vector>

#include "audience/expression.hpp"
#include "audience/request.hpp"
#include "model/set_plan.hpp"
#include "roster/schools.hpp"
#include "store/connection.hpp"

namespace crier::audience {

struct PlannedTerm {
  TermKind kind = TermKind::all;
  /// As written.
  std::string text;
  /// The one term by itself.
  SetNode set;
};

struct Planned {
  SetPlan plan;
  /// Every term, from left to right.
  std::vector<PlannedTerm> terms;
};

/// So many different terms may stand in one expression; what differs only in its value counts once.
inline constexpr int most_terms = 400;

/// Throws Error(nothing_there): no-such-group, no-such-class, no-such-form, no-such-year, no-such-house,
/// no-such-boarding, no-such-school, no-such-person; Error(usage): unknown-codes of a file, too-many-terms,
/// files-refused.
Planned plan(store::Connection& connection, const std::vector<roster::SchoolProfile>& schools,
             const Expression& expression, const ResolveRequest& request);

/// The expression with the paths of `@file` made absolute, for whoever keeps it and asks again elsewhere
/// (A5).
std::string with_absolute_files(std::string_view expression, const std::filesystem::path& folder);

}  // namespace crier::audience
