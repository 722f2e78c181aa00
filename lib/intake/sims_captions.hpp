// What the captions of a SIMS report mean, where no map says it: the names that SIMS itself gives its fields,
// and what schools make of them (I3). One caption at a time; sims_map puts together what a report tells.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/person.hpp"

namespace crier::intake {

/// A column that is recognised.
struct CaptionMeaning {
  /// A fact of a map (`family`, `phone`, `priority`, …), or one of the ids: `guid`, `number`.
  std::string fact;
  /// Whose it is, where the caption says so (`Contact surname`); none: of whom the report is about.
  std::optional<PersonKind> whose;
  /// Of several columns for one fact the lowest counts: `Legal surname` before `Surname`.
  int rank = 0;
  /// Says by itself whom an unnamed column belongs to: only pupils have a year, only staff initials.
  std::optional<PersonKind> marks;
};

std::optional<CaptionMeaning> meaning_of_caption(std::string_view caption);

/// Whose fact a caption says that it is, whatever the fact: for columns that the settings name.
std::optional<PersonKind> owner_in_caption(std::string_view caption);

}  // namespace crier::intake
