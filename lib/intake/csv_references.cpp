// Who and what a cell of a mapped export refers to, and the list of relationships. A cell may hold a source's
// id or a code; people whom another source brought are found by their code.
#include <fmt/format.h>

#include "base/text.hpp"
#include "intake/csv_walk.hpp"

namespace crier::intake {
namespace {

using config::MapKind;
using store::RosterTable;

std::uint8_t bit(PersonKind kind) {
  return static_cast<std::uint8_t>(1u << static_cast<unsigned>(kind));
}

}  // namespace

/// Whether the files of this export tell all people of that kind: then nobody else is meant.
bool CsvReader::told_here(Wanted wanted) const {
  if (!is_complete(MapKind::people)) return false;
  switch (wanted) {
    case Wanted::pupil:
      return kinds_told_ & bit(PersonKind::pupil);
    case Wanted::contact:
      return kinds_told_ & bit(PersonKind::contact);
    case Wanted::anybody:
      return kinds_told_ == 7;
  }
  return false;
}

std::optional<Ref> CsvReader::person_of(CsvRows& rows, const CsvFact* fact, Wanted wanted) {
  const auto word = rows.text(fact);
  if (word.empty()) {
    rows.error(fact, "", "missing-id", "The row is left out: it names nobody.");
    return std::nullopt;
  }
  const auto found = people_.find(word);
  if (found != people_.end()) return found->second.id;
  const auto folded = fold(word);
  const auto code = codes_.find(folded);
  if (code != codes_.end() && code->second != 0) return code->second;
  if (code == codes_.end() && !told_here(wanted)) {
    if (const auto stood = stage_.standing(RosterTable::person, word)) return stood->id;
    const auto people = stage_.daily().people_by_code(folded, wanted == Wanted::pupil     ? "pupil"
                                                              : wanted == Wanted::contact ? "contact"
                                                                                          : "");
    if (people.size() == 1) return people.front();
    if (people.size() > 1) {
      rows.error(fact, word, "ambiguous-code", "The row is left out: several people have this code.");
      return std::nullopt;
    }
  }
  rows.error(fact, word, code == codes_.end() ? "dangling-reference" : "ambiguous-code",
             code == codes_.end() ? "The row is left out: nobody has this id or code."
                                  : "The row is left out: several people have this code.");
  return std::nullopt;
}

std::optional<Ref> CsvReader::group_of(CsvRows& rows, const CsvFact* fact) {
  const auto word = rows.text(fact);
  if (word.empty()) {
    rows.error(fact, "", "missing-id", "The row is left out: it names no group.");
    return std::nullopt;
  }
  const auto found = groups_.find(word);
  if (found != groups_.end()) return found->second;
  const auto named = group_names_.find(fold(word));
  if (named != group_names_.end() && named->second != 0) return named->second;
  if (!is_complete(MapKind::groups)) {
    if (const auto stood = stage_.standing(RosterTable::roster_group, word)) return stood->id;
  }
  rows.error(fact, word, "dangling-reference",
             named == group_names_.end() ? "The row is left out: no group has this id, name or code."
                                         : "The row is left out: several groups have this name.");
  return std::nullopt;
}

void CsvReader::read_relationships() {
  const auto parts = parts_of(MapKind::relationships);
  if (parts.empty()) return;
  stage_.daily().brings_ties();
  for (const auto part : parts) {
    walk(part, [&](CsvRows& rows) {
      while (rows.next()) read_tie(rows);
      rows_ += rows.rows();
    });
  }
  if (!is_complete(MapKind::relationships)) return;
  stage_.daily().complete_ties();
  tell_contacts_of_nobody();
}

/// Where two people have one id, whose child is meant is not clear: then nobody may hear of them by this row.
bool CsvReader::is_named_otherwise(CsvRows& rows, const CsvFact* id, const CsvFact* family,
                                   const CsvFact* given) {
  if (family == nullptr && given == nullptr) return false;
  const auto word = rows.text(id);
  const auto person = people_.find(word);
  if (person == people_.end() || person->second.name == name_print(rows.text(family), rows.text(given)))
    return false;
  rows.error(id, word, "shared-id",
             fmt::format("The relationship is left out: line {} of {} has the same id with another name.",
                         person->second.line, parts_[person->second.part].path.filename().string()));
  return true;
}

void CsvReader::read_tie(CsvRows& rows) {
  const auto* pupil_fact = rows.fact("pupil");
  const auto* contact_fact = rows.fact("contact");
  const auto pupil = person_of(rows, pupil_fact, Wanted::pupil);
  const auto contact = person_of(rows, contact_fact, Wanted::contact);
  if (!pupil || !contact) return;
  if (is_named_otherwise(rows, pupil_fact, rows.fact("pupil_family"), rows.fact("pupil_given")) ||
      is_named_otherwise(rows, contact_fact, rows.fact("contact_family"), rows.fact("contact_given"))) {
    return;
  }
  const auto is = [&](Ref person, PersonKind kind) {
    const auto known = kinds_.find(person);
    return known == kinds_.end() || (known->second & bit(kind));
  };
  if (!is(*pupil, PersonKind::pupil) || !is(*contact, PersonKind::contact)) {
    rows.warning(is(*pupil, PersonKind::pupil) ? contact_fact : pupil_fact, rows.text(pupil_fact),
                 "no-pupil-and-contact", "The row is left out: it does not join a pupil and a contact.");
    return;
  }
  TieFact tie;
  tie.pupil = *pupil;
  tie.contact = *contact;
  if (auto relation = fold(rows.text(rows.fact("relation"))); !relation.empty())
    tie.relation = std::move(relation);
  tie.priority = rows.integer(rows.fact("priority"), 1, 999);
  tie.responsibility = rows.truth(rows.fact("responsibility"));
  tie.lives_with = rows.truth(rows.fact("lives_with"));
  tie.court_order = rows.court_order(rows.fact("court_order"));
  related_.insert(*contact);
  const auto priority = tie.priority ? std::optional(static_cast<int>(*tie.priority)) : std::nullopt;
  if (!choice_.takes_contact(tie.relation.value_or(""), priority, tie.responsibility)) return;  // I5
  if (!ties_.emplace(*pupil, *contact).second) {
    if (rows.entry().repeats == config::Repeats::fold) {
      rows.error(
          contact_fact, rows.text(contact_fact), "contradiction",
          "An earlier row says otherwise of these two, and that counts; a court order counts on whichever "
          "row it is.");
    } else {
      rows.warning(contact_fact, rows.text(contact_fact), "duplicate-row",
                   "These two stand in the list already; a court order counts on whichever row it is.");
    }
  }
  stage_.daily().add(tie);
}

/// A guardian of nobody hears nothing; often the list is what is broken.
void CsvReader::tell_contacts_of_nobody() {
  for (const auto& [id, person] : people_) {
    if (person.kinds != bit(PersonKind::contact) || related_.contains(person.id)) continue;
    issues_.about(id);
    issues_.warning(parts_[person.part].path.filename().string(), person.line, "", id, "contact-of-nobody",
                    "No row of the relationships names this contact: nothing will be sent to them.");
  }
}

}  // namespace crier::intake
