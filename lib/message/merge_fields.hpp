// The fields that a text may have (M2): their names, what they are, and what they read like.
// crier-template(5) describes the same; a test holds the two together.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace crier::message {

enum class FieldKind { text, condition, list };

struct MergeField {
  std::string_view name;
  FieldKind kind = FieldKind::text;
  std::string_view meaning;
  /// What an example reads like; of a list empty.
  std::string_view example;
  /// Of a list: the fields of each entry.
  std::span<const MergeField> fields = {};
};

/// All fields, in the order of the manual.
std::span<const MergeField> merge_fields();

/// The names at one level, lists within lists too: `name`, `pupils.form`.
std::vector<std::string> merge_field_names();

}  // namespace crier::message
