// An audience expression as a tree: what the parser makes of `year:9 and not group:"Ski Trip 2018"` (A1),
// before anybody asks the store. `audience/plan` turns it into sets of people.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "model/person.hpp"

namespace crier::audience {

enum class TermKind {
  all,
  name,
  year,
  form,
  house,
  boarding,
  group,
  class_group,
  school,
  status,
  /// One person by code or source id.
  code,
  /// Codes in a file, one a line.
  file,
  /// Staff who teach the people or the groups of `inner`; and those of them who do so today, by the
  /// timetable.
  teachers_of,
  todays_teachers_of,
  // Facts of day by day (R8). `absent`: a day; `owing`: everything, what is overdue, one item, or what
  // belongs to one contract; `birthday`: a day or a span; `survey`: all respondents, those open or those
  // done.
  absent,
  owing,
  birthday,
  survey,
  contract,
  /// Those with an open data issue of a kind (S5).
  issue,
  /// Those who have had a message within so many days (S4).
  messaged,
  /// Pupils with a prime contact who has an address to be reached by (S4), and those without.
  contactable,
  uncontactable,
  /// Those who have such an address themselves (S4).
  registered,
};

struct Term {
  TermKind kind = TermKind::all;
  PersonKind people = PersonKind::pupil;
  /// As written, without the quotes.
  std::string value;
  /// Where it stands in the expression, in bytes.
  std::size_t at = 0;
  std::size_t length = 0;
  /// Of teachers_of and todays_teachers_of: one term.
  std::vector<Term> inner;
};

struct Node {
  enum class Kind { term, all_of, any_of, complement };
  Kind kind = Kind::term;
  Term term;
  std::vector<Node> parts;
};

struct Expression {
  std::string text;
  Node root;
};

/// The words before the colon that this store can answer, for messages and completion.
std::vector<std::string> known_kinds();

inline constexpr std::size_t most_bytes = 64 * 1024;
inline constexpr int most_nesting = 200;

/// Reads an expression. `and` binds tighter than `or`; a comma is `or`; `not` binds tightest. Throws
/// Error(usage, "bad-expression") whose message shows the place with a caret.
Expression parse(std::string_view text);

/// The expression that means one person: `staff:"O""NEILL"`, whatever the code is made of.
std::string named(std::string_view kind, std::string_view code);

/// Each term from left to right.
void each_term(const Node& node, const auto& visit) {
  if (node.kind == Node::Kind::term) visit(node.term);
  for (const auto& part : node.parts) each_term(part, visit);
}

}  // namespace crier::audience
