// Who acts (M7): an account with roles, at some schools or at all of them. What a role may do stands in
// office/permission.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"

namespace crier {

enum class Role {
  /// Looks at everything, and sees no addresses.
  viewer,
  /// Sends, and cancels and reruns what they sent themselves.
  sender,
  /// Approves and rejects what others wrote.
  approver,
  /// Everybody's messages, contacts, data issues.
  office,
  /// Settings: operators, imports, the store.
  manager,
};
inline constexpr std::array all_roles{Role::viewer, Role::sender, Role::approver, Role::office,
                                      Role::manager};
std::string_view to_text(Role role);
std::optional<Role> parse_role(std::string_view word);

struct Operator {
  std::int64_t id = 0;
  /// The name that the machine or the sign-in knows; compared without case and accents.
  std::string account;
  std::string name;
  /// In the order of `all_roles`, each once.
  std::vector<Role> roles;
  /// Codes; empty: all schools.
  std::vector<std::string> schools;
  /// A disabled operator may no longer act.
  bool active = true;
  Instant created{};

  bool has(Role role) const;
  /// All schools, or this one among others.
  bool at(std::string_view school) const;
};

/// `sender,approver`
std::string role_list(const std::vector<Role>& roles);

}  // namespace crier
