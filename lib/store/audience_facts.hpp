// The words that name facts in an audience expression (A1, R8): surveys, payments, contracts, kinds of data
// issues, as the store has them. Used by audience/words; the sets themselves are audience_query's.
#pragma once

#include <string>
#include <vector>

#include "store/audience_store.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// As written, each once, of pupils or people with a place in these schools.
std::vector<std::string> survey_names(Connection& connection, const Ids& schools);
std::vector<std::string> unpaid_items(Connection& connection, const Ids& schools);
/// Of unpaid and paid payments, and the purposes of consents.
std::vector<std::string> contract_names(Connection& connection, const Ids& schools);
/// The kinds of issues that are open.
std::vector<std::string> open_issue_kinds(Connection& connection);

}  // namespace crier::store
