// Who crier knows: a person is one, whatever places (pupil, contact, staff of a school) the person has (R1,
// R2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crier {

enum class PersonKind { pupil, contact, staff };
std::string_view to_text(PersonKind kind);
std::optional<PersonKind> parse_person_kind(std::string_view word);

enum class PersonStatus { active, pre_admission, leaver };
std::string_view to_text(PersonStatus status);
std::optional<PersonStatus> parse_person_status(std::string_view word);

/// A year as crier calls it: `09`, `Year 9` and `Grade 9` are year 9.
std::string year_word(std::string_view text);

/// Why somebody is not reached, in the words of the interface.
enum class Reason {
  no_address,
  invalid_address,
  blocked_bounce,
  blocked_spam,
  blocked_text_failure,
  opted_out,
  no_consent,
  not_registered,
  not_for_sms,
  disabled,
  court_order,
  leaver,
  duplicate,
};
std::string_view to_text(Reason reason);
std::optional<Reason> parse_reason(std::string_view word);
/// What a person in the office can do about it, one sentence.
std::string_view remedy(Reason reason);
/// D1: whoever should hear but cannot be reached is a failed delivery from the start; whoever may not hear is
/// listed and is no delivery. True for the former.
bool should_hear(Reason reason);

/// `DYER, Robert`: how lists show a name.
std::string list_name(std::string_view family, std::string_view given);
/// `Robert Dyer`: how a message addresses somebody.
std::string spoken_name(std::string_view family, std::string_view given);

}  // namespace crier
