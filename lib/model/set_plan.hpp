// Which people an audience expression means, as sets and what is done with them: no SQL in it, and texts only
// as values. Made by `audience/plan`, turned into one query by `store/audience_store`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/person.hpp"

namespace crier {

/// A day of the timetable.
struct TaughtOn {
  /// ISO: 1 Monday.
  int weekday = 1;
  /// The schools that have this day now; empty: all.
  std::vector<std::int64_t> schools;
  bool operator==(const TaughtOn&) const = default;
};

/// The people of one term: those who have a place of the kind `people` in one of the plan's schools, and …
struct SetTerm {
  enum class By {
    all,
    name,
    year,
    /// By the place's form or by membership in a form group.
    form,
    house,
    boarding,
    school,
    status,
    group,
    person,
    /// Teachers of the groups in `ids`.
    teacher_of,
    // Of the rest each term is a set of its own; `texts` and `ids` say which.
    /// texts: the ISO day; a second one where only unexplained absence counts.
    absent,
    /// texts: none, or items as written.
    owing,
    /// texts: contracts as written.
    owing_contract,
    /// texts: the first day that is not overdue.
    overdue,
    /// texts: `MM-DD`, any of them.
    birthday,
    /// texts: the survey, folded; `open`, `done` or empty.
    survey,
    /// texts: contracts and purposes as written, any of them.
    contract,
    /// texts: kinds of issues.
    issue,
    /// ids: since when, in milliseconds.
    messaged,
    /// texts: `email`, `mobile` or both.
    contactable,
    /// texts: `email`, `mobile` or `wechat`.
    registered,
  };
  /// Leavers and pre-admissions are meant only where the expression says `status:` (interface.md).
  enum class Whose { active, any_status };
  By by = By::all;
  PersonKind people = PersonKind::pupil;
  Whose whose = Whose::active;
  /// Folded; any of them: parts of names, years, forms, houses, the words of statuses.
  std::vector<std::string> texts;
  /// Any of them: rows of groups, people or schools.
  std::vector<std::int64_t> ids;
  /// Of teachers: only of classes that are taught then.
  std::optional<TaughtOn> taught;
};

struct SetNode {
  enum class Operation {
    term,
    unite,
    intersect,
    /// The first part without the others.
    subtract,
    /// Staff who teach a class or form of the people of the one part; of `term` only `taught` counts.
    teachers,
  };
  Operation operation = Operation::term;
  SetTerm term;
  std::vector<SetNode> parts;
};

struct SetPlan {
  SetNode root;
  /// The schools in scope; empty: all.
  std::vector<std::int64_t> schools;
  /// The school's date: memberships that are over or have not begun do not count. Empty: dates are not looked
  /// at.
  std::string today;
  /// The kinds of people that the expression can name.
  std::vector<PersonKind> kinds;
};

}  // namespace crier
