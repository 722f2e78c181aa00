// Who may act, as acts (M7): enter, change, disable. As soon as there are operators, one of them is a manager
// of all schools; nobody is ever deleted, for the audit log names them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/operator.hpp"
#include "office/office.hpp"

namespace crier::office {

/// What is to be; what is left out stays.
struct OperatorChange {
  std::optional<std::string> name;
  /// Words of Role.
  std::optional<std::vector<std::string>> roles;
  /// Codes; empty: all schools.
  std::optional<std::vector<std::string>> schools;
};

/// By account, the disabled ones too.
std::vector<Operator> list_operators(const Office& office);
/// Throws Error(nothing_there) with the nearest.
Operator find_operator(const Office& office, std::string_view account);

/// Name and roles must be there. Throws Error(usage) for what cannot be, Error(refused_by_rule) for an
/// account that is there already, or where the first one is no manager.
Operator add_operator(const Office& office, const std::string& account, const OperatorChange& change);
Operator edit_operator(const Office& office, std::string_view account, const OperatorChange& change);

enum class OperatorStanding { active, disabled };
/// Throws Error(refused_by_rule) for the last manager.
Operator set_standing(const Office& office, std::string_view account, OperatorStanding standing);

}  // namespace crier::office
