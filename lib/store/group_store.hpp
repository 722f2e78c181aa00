// Groups as the office looks at them and makes them by hand (R5, R6): those of every source to read, those of
// the source `hand` to write. The caller holds the transaction of what changes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/connection.hpp"

namespace crier::store {

struct GroupRow {
  std::int64_t id = 0;
  /// The school's code.
  std::string school;
  /// `class`, `form`, `custom`, …
  std::string kind;
  std::string name;
  std::string code;
  bool active = true;
  std::int64_t members = 0;
  std::string source;
};

struct GroupQuestion {
  std::optional<std::int64_t> school;
  /// Folded: the whole name or code; empty: all.
  std::string called = {};
  /// Of the source `hand` alone.
  bool by_hand = false;
  bool inactive_too = true;
};
/// By school, then name.
std::vector<GroupRow> group_rows(Connection& connection, const GroupQuestion& question);
std::vector<std::string> hand_group_names(Connection& connection);

struct MemberRow {
  std::int64_t person = 0;
  std::string code;
  std::string kind;
  std::string family;
  std::string given;
  /// `pupil`, `teacher`, …
  std::string role;
  /// Where they stand in the group's school, or anywhere: `active`, …
  std::string status;
  std::string source;
};
/// By name.
std::vector<MemberRow> group_members(Connection& connection, std::int64_t group);

std::int64_t insert_hand_group(Connection& connection, std::int64_t source, std::int64_t school,
                               std::string_view name, std::string_view code, bool active);
void update_hand_group(Connection& connection, std::int64_t group, std::string_view name,
                       std::string_view code, bool active);
/// With its memberships.
void delete_hand_group(Connection& connection, std::int64_t group);

/// Those who are members already stay as they are; how many are new. The role is what each of them is.
std::int64_t add_members(Connection& connection, std::int64_t source, std::int64_t group,
                         std::span<const std::int64_t> people);
/// How many were members.
std::int64_t remove_members(Connection& connection, std::int64_t group, std::span<const std::int64_t> people);

}  // namespace crier::store
