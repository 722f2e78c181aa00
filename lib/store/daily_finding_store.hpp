// The daily facts as notices read them: absences, incidents, payments, birthdays (R8, T5). One query for all
// pupils of a run; who hears of it is the audience's, whether they heard already the ledger's.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/connection.hpp"
#include "store/finding.hpp"

namespace crier::store {

enum class AbsenceScope { unexplained, all };

/// Days on which a pupil is marked absent, one finding a day with its sessions as title; the pupil's marks in
/// any school count. By pupil and day.
std::vector<Finding> absences(Connection& connection, const FindingRequest& request, AbsenceScope scope);

/// Days of which a notice of this kind has told somebody, and on which the pupil is not marked absent now,
/// explained or not.
std::vector<Finding> absences_taken_back(Connection& connection, const FindingRequest& request,
                                         std::string_view told_as);

/// Incidents of these kinds (folded; none: all), the note as title, the kind as class. By pupil and day.
std::vector<Finding> incidents(Connection& connection, const FindingRequest& request,
                               std::span<const std::string> kinds);

/// What is not paid and due on these days. By pupil, due date and item.
std::vector<Finding> payments_due(Connection& connection, const FindingRequest& request);

/// Pupils whose birthday is one of these days; who was born on 29 February has theirs on the 28th where there
/// is none. `points` is the age.
std::vector<Finding> birthdays(Connection& connection, const FindingRequest& request);

}  // namespace crier::store
