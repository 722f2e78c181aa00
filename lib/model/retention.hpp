// The kinds of data that are kept for a time and then let go (P1): what the settings name, the store removes
// and `crier retention` shows.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace crier {

enum class DataKind {
  /// What messages said and to which addresses they went.
  words,
  /// Deliveries with their attempts, jobs, messages.
  deliveries,
  /// What crier wrote to staff itself, whole.
  staff_mails,
  attendance,
  behaviour,
  /// Those that are paid.
  payments,
  /// Who was to answer which survey.
  surveys,
  /// Of work that is not in use any more.
  marks,
  /// The record of imports: when, how many.
  imports,
  /// Rows that were not good, and rows as they were before.
  import_rows,
  /// Files of imports that wait for somebody's decision.
  held_imports,
  /// Data issues that have ended.
  issues,
  /// By which a bounce that is read twice counts once.
  bounces,
  /// What came back from phones by text message.
  replies,
  leavers,
  audit,
};

inline constexpr std::array all_data_kinds{
    DataKind::words,     DataKind::deliveries,  DataKind::staff_mails,  DataKind::attendance,
    DataKind::behaviour, DataKind::payments,    DataKind::surveys,      DataKind::marks,
    DataKind::imports,   DataKind::import_rows, DataKind::held_imports, DataKind::issues,
    DataKind::bounces,   DataKind::replies,     DataKind::leavers,      DataKind::audit};

constexpr std::size_t position(DataKind kind) {
  return static_cast<std::size_t>(kind);
}

/// The key under `[retention]`.
constexpr std::string_view to_text(DataKind kind) {
  constexpr std::array<std::string_view, all_data_kinds.size()> words{
      "words",   "deliveries",  "staff_mails",  "attendance", "behaviour", "payments", "surveys", "marks",
      "imports", "import_rows", "held_imports", "issues",     "bounces",   "replies",  "leavers", "audit"};
  return words[position(kind)];
}

}  // namespace crier
