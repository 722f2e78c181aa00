// Groups as acts (R5, R6): all of them to look at, those by hand to make, edit and delete. Members may come
// from any source. An audience names a group by `group:"Name"` while it is active.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/table.hpp"
#include "office/office.hpp"
#include "store/group_store.hpp"

namespace crier::office {

/// Active ones, or all; of the named school, or those that the operator looks after.
enum class WhichGroups { active, all };
Table group_table(const Office& office, WhichGroups which);

/// By name or code, whole, in any case; one by hand before others. Throws Error(nothing_there) with the
/// nearest, Error(usage) where several are called so.
store::GroupRow find_group(const Office& office, std::string_view called);
Table member_table(const Office& office, const store::GroupRow& group);

struct GroupEntry {
  std::optional<std::string> name;
  std::optional<std::string> code;
  std::optional<bool> active;
};
/// Of the named or only school. Throws Error(refused_by_rule, "name-taken") where a group of the school has
/// the name or code.
store::GroupRow add_group(const Office& office, const GroupEntry& entry);
/// Throws Error(refused_by_rule, "not-by-hand") for a group of a school's system.
store::GroupRow edit_group(const Office& office, std::string_view called, const GroupEntry& entry);
/// With its memberships; the people stay.
store::GroupRow delete_group(const Office& office, std::string_view called);
/// Looks, as those that act do, whether it may be changed at all.
store::GroupRow group_to_change(const Office& office, std::string_view called);

/// Who is meant: codes or source ids, `@file` with one a line; or, instead, all whom an expression names now.
struct MembersMeant {
  std::vector<std::string> codes;
  std::string expression;
};
struct MembersChanged {
  store::GroupRow group;
  /// Added or removed.
  std::int64_t changed = 0;
  /// Who was a member already, or was none.
  std::int64_t stayed = 0;
};
/// All or nobody: a code that nobody has is Error(nothing_there), with all such codes.
MembersChanged add_members(const Office& office, std::string_view called, const MembersMeant& meant);
MembersChanged remove_members(const Office& office, std::string_view called, const MembersMeant& meant);

/// For completion.
std::vector<std::string> hand_group_names(const Office& office);

}  // namespace crier::office
