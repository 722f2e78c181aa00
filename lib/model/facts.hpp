// What a source says, in crier's own nouns and already checked: readers make facts (intake), the store stages
// them, finds the difference to what stands and applies only that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/channel.hpp"
#include "model/person.hpp"

namespace crier {

/// The identity of a row in the roster: a live row's id, or the id that a new row will get.
using Ref = std::int64_t;

struct PersonFact {
  Ref id = 0;
  std::string_view source_id;
  PersonKind kind = PersonKind::pupil;
  std::string code;
  std::string title;
  std::string family;
  std::string given;
  std::string preferred;
  std::string language;
  /// ISO date, or empty.
  std::string birth_date;
  /// What the source says of somebody as a contact of whomever.
  std::string contact_relation;
  std::optional<int> contact_priority;
  std::optional<bool> contact_responsibility;
  std::optional<bool> contact_lives_with;
  std::optional<bool> contact_court_order;
  /// Of the cells this was made from; 0 where a cell was not good, so that it is looked at again next time.
  std::int64_t fingerprint = 0;
};

struct PlaceFact {
  Ref person = 0;
  std::int64_t school = 0;
  PersonKind kind = PersonKind::pupil;
  PersonStatus status = PersonStatus::active;
  std::string year;
  std::string form;
  std::string house;
  std::string boarding;
  /// ISO date on which a pre-admission begins; else empty.
  std::string admission;
};

enum class PhoneLine { none, mobile, landline, mobile_or_landline, other };
std::string_view to_text(PhoneLine line);

struct AddressFact {
  Ref person = 0;
  AddressKind kind = AddressKind::email;
  /// `home`, `work`, `mobile`.
  std::string_view use;
  int position = 1;
  std::string given;
  /// Empty where the value as given is no address.
  std::string normal;
  std::string compare_key;
  PhoneLine line = PhoneLine::none;
  std::optional<bool> for_sms;
};

/// Which side's row says that two people belong together.
enum class SaidBy { pupil = 1, contact = 2 };

struct GroupFact {
  Ref id = 0;
  std::string_view source_id;
  std::int64_t school = 0;
  /// `class` or `form` (a homeroom).
  std::string_view kind;
  std::string name;
  std::string code;
  std::int64_t fingerprint = 0;
};

struct MembershipFact {
  Ref id = 0;
  std::string_view source_id;
  Ref group = 0;
  Ref person = 0;
  /// `pupil`, `teacher`, or the source's word for other roles.
  std::string_view role;
  /// ISO dates or empty; `ends` is the first day after.
  std::string_view begins;
  std::string_view ends;
  std::int64_t fingerprint = 0;
};

struct AssignmentFact {
  Ref id = 0;
  std::string_view source_id;
  Ref group = 0;
  std::string title;
  std::string_view due;
  std::optional<double> points;
  std::int64_t fingerprint = 0;
};

struct MarkFact {
  Ref id = 0;
  std::string_view source_id;
  Ref assignment = 0;
  Ref pupil = 0;
  /// `graded`, `partial`, `submitted`, `not-submitted`, `exempt`.
  std::string_view status;
  std::optional<double> score;
  bool missing = false;
  std::int64_t fingerprint = 0;
};

}  // namespace crier
