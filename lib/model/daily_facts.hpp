// What an export tells day by day besides roster and gradebook (R8), the timetable (R5), and relationships
// that stand in a list of their own, already checked: readers make these facts (intake), the store stages and
// applies them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/facts.hpp"

namespace crier {

struct AttendanceFact {
  std::string_view source_id;
  Ref pupil = 0;
  /// ISO date.
  std::string day;
  /// The source's word for the half day or period, or empty.
  std::string session;
  std::string code;
  bool absent = false;
  bool explained = false;
};

struct PaymentFact {
  std::string_view source_id;
  Ref pupil = 0;
  std::string item;
  /// Hundredths of the currency.
  std::int64_t amount = 0;
  std::string currency;
  std::string due;
  bool paid = false;
  /// What it belongs to, or empty.
  std::string contract;
};

struct BehaviourFact {
  std::string_view source_id;
  Ref pupil = 0;
  std::string day;
  std::string kind;
  std::optional<std::int64_t> points;
  std::string note;
};

struct RespondentFact {
  std::string_view source_id;
  std::string survey;
  Ref person = 0;
  bool completed = false;
};

/// A lesson of the week.
struct SlotFact {
  std::string_view source_id;
  Ref group = 0;
  /// ISO: 1 Monday.
  int weekday = 1;
  /// The source's word where weeks alternate, or empty.
  std::string week;
  /// `HH:MM` by the school's wall, or empty.
  std::string begins;
  std::string ends;
  std::string period;
};

/// A pupil and a contact, as a list of relationships has them; what it leaves out is what the contact's own
/// row says of that contact.
struct TieFact {
  Ref pupil = 0;
  Ref contact = 0;
  std::optional<std::string> relation;
  std::optional<std::int64_t> priority;
  std::optional<bool> responsibility;
  std::optional<bool> lives_with;
  std::optional<bool> court_order;
};

}  // namespace crier
