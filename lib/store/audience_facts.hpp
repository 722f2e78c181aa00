// The words that name facts in an audience expression (A1, R8): surveys, payments, contracts, kinds of data
// issues, codes, as the store has them; and what an explanation tells besides (A3). Used by audience/words
// and audience/explain; the sets themselves are audience_query's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/person.hpp"
#include "store/audience_store.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// As written, each once, of pupils or people with a place in these schools.
std::vector<std::string> survey_names(Connection& connection, const Ids& schools);
/// Of paid and unpaid payments.
std::vector<std::string> payment_items(Connection& connection, const Ids& schools);
/// Of payments, and the purposes of consents.
std::vector<std::string> contract_names(Connection& connection, const Ids& schools);
/// Kinds that crier raises by itself, and those of issues that the store has ever had.
std::vector<std::string> issue_kinds_known(Connection& connection);
/// Of people with a place of that kind, or of any, in these schools.
std::vector<std::string> person_codes(Connection& connection, std::optional<PersonKind> kind,
                                      const Ids& schools);
/// What these people refused to have their data processed for (R7).
std::vector<std::string> refused_purposes(Connection& connection, const Ids& people);
/// The sources' words for weeks that alternate in the timetables of these schools (R5).
std::vector<std::string> alternate_weeks(Connection& connection, const Ids& schools);

}  // namespace crier::store
