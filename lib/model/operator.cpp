#include "model/operator.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace crier {

std::string_view to_text(Role role) {
  switch (role) {
    case Role::viewer:
      return "viewer";
    case Role::sender:
      return "sender";
    case Role::approver:
      return "approver";
    case Role::office:
      return "office";
    case Role::manager:
      return "manager";
  }
  return "";
}

std::optional<Role> parse_role(std::string_view word) {
  for (const auto role : all_roles) {
    if (to_text(role) == word) return role;
  }
  return std::nullopt;
}

bool Operator::has(Role role) const {
  return std::ranges::find(roles, role) != roles.end();
}

bool Operator::at(std::string_view school) const {
  const auto folded = fold(school);
  return schools.empty() ||
         std::ranges::any_of(schools, [&](const auto& code) { return fold(code) == folded; });
}

std::string role_list(const std::vector<Role>& roles) {
  std::string list;
  for (const auto role : roles) {
    if (!list.empty()) list += ",";
    list += to_text(role);
  }
  return list;
}

}  // namespace crier
