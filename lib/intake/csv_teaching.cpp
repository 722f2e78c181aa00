// Groups, memberships and marks of a mapped export.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "intake/csv_walk.hpp"

namespace crier::intake {
namespace {

using config::MapKind;
using store::RosterTable;

struct Word {
  std::string_view written;
  std::string_view meant;
};

template <std::size_t Size>
std::string_view meaning(const std::array<Word, Size>& words, std::string_view written) {
  const auto found =
      std::find_if(words.begin(), words.end(), [&](const Word& word) { return word.written == written; });
  return found == words.end() ? std::string_view() : found->meant;
}

constexpr std::array group_kinds{
    Word{"", "class"},        Word{"class", "class"}, Word{"scheduled", "class"},   Word{"form", "form"},
    Word{"homeroom", "form"}, Word{"tutor", "form"},  Word{"registration", "form"}, Word{"custom", "custom"},
    Word{"club", "custom"},   Word{"other", "custom"}};

constexpr std::array member_roles{
    Word{"pupil", "pupil"},     Word{"student", "pupil"},     Word{"learner", "pupil"},
    Word{"teacher", "teacher"}, Word{"professor", "teacher"}, Word{"tutor", "teacher"},
    Word{"staff", "teacher"},   Word{"faculty", "teacher"},   Word{"contact", "contact"}};

constexpr std::array mark_states{
    Word{"graded", "graded"},
    Word{"fully graded", "graded"},
    Word{"partial", "partial"},
    Word{"partially graded", "partial"},
    Word{"submitted", "submitted"},
    Word{"not-submitted", "not-submitted"},
    Word{"not submitted", "not-submitted"},
    Word{"missing", "not-submitted"},
    Word{"exempt", "exempt"},
};

}  // namespace

void CsvReader::read_groups() {
  const auto parts = parts_of(MapKind::groups);
  if (parts.empty()) return;
  for (const auto part : parts) {
    walk(part, [&](CsvRows& rows) {
      while (rows.next()) read_group(rows);
      rows_ += rows.rows();
    });
  }
  if (!is_complete(MapKind::groups)) return;
  if (groups_.empty()) cover_schools(MapKind::groups);
  stage_.complete(RosterTable::roster_group);
}

void CsvReader::read_group(CsvRows& rows) {
  const auto* id_fact = rows.fact("id") != nullptr ? rows.fact("id") : rows.fact("name");
  const auto id = rows.text(id_fact);
  if (id.empty()) {
    rows.error(id_fact, "", "missing-id", "The row is left out: it names no group.");
    return;
  }
  const auto* school_fact = rows.fact("school");
  const auto school = school_of(rows.text(school_fact), rows, school_fact);
  if (school == 0) {
    rows.error(school_fact, "", "no-school", "The row is left out: it names no school.");
    return;
  }
  const auto [at, fresh] = groups_.try_emplace(id, 0);
  if (!fresh) {
    rows.error(id_fact, id, "duplicate-id", "The row is left out: another row has this id.");
    return;
  }
  stage_.covers(school);
  const auto stood = stage_.standing(RosterTable::roster_group, id);
  GroupFact group;
  group.id = stood ? stood->id : stage_.new_id(RosterTable::roster_group);
  at->second = group.id;
  stage_.seen(RosterTable::roster_group, group.id);
  group.source_id = id;
  group.school = school;
  const auto kind = to_lower(rows.text(rows.fact("kind")));
  group.kind = meaning(group_kinds, kind);
  if (group.kind.empty()) {
    rows.error(rows.fact("kind"), kind, "invalid-kind",
               "A group is a class, a form or custom; it was taken as custom.");
    group.kind = "custom";
  }
  group.name = rows.text(rows.fact("name"));
  group.code = rows.text(rows.fact("code"));
  if (group.name.empty()) group.name = group.code.empty() ? id : group.code;
  for (const auto& word : {group.name, group.code}) {
    if (word.empty()) continue;
    const auto [named, first] = group_names_.try_emplace(fold(word), group.id);
    if (!first && named->second != group.id) named->second = 0;
  }
  group.fingerprint = rows.flawed() ? 0 : print_of(rows);
  if (stood && group.fingerprint != 0 && stood->fingerprint == group.fingerprint) return;
  stage_.add(group);
}

void CsvReader::read_memberships() {
  const auto parts = parts_of(MapKind::memberships);
  if (parts.empty()) return;
  for (const auto part : parts) {
    walk(part, [&](CsvRows& rows) {
      while (rows.next()) read_membership(rows);
      rows_ += rows.rows();
    });
  }
  if (!is_complete(MapKind::memberships)) return;
  if (parts_of(MapKind::groups).empty()) cover_schools(MapKind::memberships);
  stage_.complete(RosterTable::membership);
}

void CsvReader::read_membership(CsvRows& rows) {
  const auto* school_fact = rows.fact("school");
  if (school_fact != nullptr) {
    if (const auto school = school_of(rows.text(school_fact), rows, school_fact)) stage_.covers(school);
  }
  MembershipFact membership;
  const auto group = group_of(rows, rows.fact("group"));
  const auto person = person_of(rows, rows.fact("person"), Wanted::anybody);
  if (!group || !person) return;
  membership.group = *group;
  membership.person = *person;
  const auto word = to_lower(rows.text(rows.fact("role")));
  membership.role = meaning(member_roles, word);
  if (membership.role.empty()) membership.role = word;  // another role, by the source's word
  if (membership.role.empty()) {
    const auto kinds = kinds_.find(*person);
    const bool staff = kinds != kinds_.end() && (kinds->second & 4) && !(kinds->second & 1);
    membership.role = staff ? "teacher" : "pupil";
  }
  const auto begins = rows.date(rows.fact("begins"));
  auto ends = rows.date(rows.fact("ends"));
  if (!ends.empty()) {
    // In an export the last day still counts; in the roster `ends` is the first day after.
    ends = to_iso(Date(std::chrono::sys_days(*parse_date(ends)) + std::chrono::days(1)));
  }
  membership.begins = begins;
  membership.ends = ends;
  auto id = rows.text(rows.fact("id"));
  if (id.empty()) {
    id = fmt::format("{}|{}|{}", rows.text(rows.fact("group")), rows.text(rows.fact("person")),
                     membership.role);
  }
  if (!memberships_.try_emplace(id, true).second) {
    rows.error(rows.fact("group"), id, "duplicate-id", "The row is left out: another row says the same.");
    return;
  }
  const auto stood = stage_.standing(RosterTable::membership, id);
  membership.id = stood ? stood->id : stage_.new_id(RosterTable::membership);
  membership.source_id = id;
  stage_.seen(RosterTable::membership, membership.id);
  membership.fingerprint = rows.flawed() ? 0 : print_of(rows);
  const bool same = stood && membership.fingerprint != 0 && stood->fingerprint == membership.fingerprint &&
                    stood->first == *group && stood->second == *person;
  if (!same) stage_.add(membership);
}

void CsvReader::read_marks() {
  const auto parts = parts_of(MapKind::marks);
  if (parts.empty()) return;
  for (const auto part : parts) {
    walk(part, [&](CsvRows& rows) {
      while (rows.next()) read_mark(rows);
      rows_ += rows.rows();
    });
  }
  if (!is_complete(MapKind::marks)) return;
  if (parts_of(MapKind::groups).empty()) cover_schools(MapKind::marks);
  stage_.complete(RosterTable::assignment);
  stage_.complete(RosterTable::mark);
}

/// The piece of work that a row is about; its title, due date and points stand on each of its rows.
std::optional<Ref> CsvReader::assignment_of(CsvRows& rows, Ref group) {
  const auto* id_fact = rows.fact("assignment");
  const auto id = rows.text(id_fact);
  if (id.empty()) {
    rows.error(id_fact, "", "missing-id", "The row is left out: it names no assignment.");
    return std::nullopt;
  }
  AssignmentFact work;
  work.title = rows.text(rows.fact("title"));
  if (work.title.empty()) work.title = id;
  const auto due = rows.date(rows.fact("due"));
  work.due = due;
  work.points = rows.number(rows.fact("points"));
  work.group = group;
  const auto print = Fingerprint(seed_)
                         .add(work.title)
                         .add(due)
                         .add(work.points ? fmt::format("{}", *work.points) : "")
                         .add(std::to_string(group))
                         .value();
  const auto [at, fresh] = assignments_.try_emplace(id);
  if (!fresh) {
    if (at->second.fingerprint != print) {
      rows.warning(id_fact, id, "assignment-differs",
                   "Another row says something else of this assignment; the first one counts.");
    }
    return at->second.id;
  }
  const auto stood = stage_.standing(RosterTable::assignment, id);
  work.id = stood ? stood->id : stage_.new_id(RosterTable::assignment);
  work.source_id = id;
  at->second = {work.id, print};
  stage_.seen(RosterTable::assignment, work.id);
  work.fingerprint = rows.flawed() ? 0 : print;
  if (!(stood && work.fingerprint != 0 && stood->fingerprint == work.fingerprint)) stage_.add(work);
  return work.id;
}

void CsvReader::read_mark(CsvRows& rows) {
  const auto* school_fact = rows.fact("school");
  if (school_fact != nullptr) {
    if (const auto school = school_of(rows.text(school_fact), rows, school_fact)) stage_.covers(school);
  }
  const auto group = group_of(rows, rows.fact("group"));
  if (!group) return;
  const auto assignment = assignment_of(rows, *group);
  const auto* pupil_fact = rows.fact("pupil");
  if (!assignment || rows.text(pupil_fact).empty()) return;
  const auto pupil = person_of(rows, pupil_fact, Wanted::pupil);
  if (!pupil) return;
  MarkFact mark;
  mark.assignment = *assignment;
  mark.pupil = *pupil;
  mark.score = rows.number(rows.fact("score"));
  mark.missing = rows.truth(rows.fact("missing")).value_or(false);
  const auto word = to_lower(rows.text(rows.fact("status")));
  mark.status = meaning(mark_states, word);
  if (mark.status.empty() && !word.empty()) {
    rows.error(rows.fact("status"), word, "invalid-status",
               "A mark is graded, partial, submitted, not-submitted or exempt; the value was left out.");
  }
  if (mark.status.empty()) {
    if (!mark.score && !mark.missing) return;  // no result is unknown (interface.md)
    mark.status = mark.score ? "graded" : "not-submitted";
  }
  auto id = rows.text(rows.fact("id"));
  if (id.empty()) id = fmt::format("{}|{}", rows.text(rows.fact("assignment")), rows.text(pupil_fact));
  if (!marks_.try_emplace(id, true).second) {
    rows.error(pupil_fact, id, "duplicate-id",
               "The row is left out: another row is of the same pupil and work.");
    return;
  }
  const auto stood = stage_.standing(RosterTable::mark, id);
  mark.id = stood ? stood->id : stage_.new_id(RosterTable::mark);
  mark.source_id = id;
  stage_.seen(RosterTable::mark, mark.id);
  mark.fingerprint = rows.flawed() ? 0 : print_of(rows);
  const bool same = stood && mark.fingerprint != 0 && stood->fingerprint == mark.fingerprint &&
                    stood->first == *assignment && stood->second == *pupil;
  if (!same) stage_.add(mark);
}

}  // namespace crier::intake
