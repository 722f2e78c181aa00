// People of a mapped export: places, addresses and what a source says of somebody as a contact. Each file is
// walked twice: first who is there and which rows belong to one person, then the facts of those who changed.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "intake/csv_walk.hpp"

namespace crier::intake {
namespace {

using config::MapKind;
using store::RosterTable;

std::uint8_t bit(PersonKind kind) {
  return static_cast<std::uint8_t>(1u << static_cast<unsigned>(kind));
}

constexpr std::array person_kinds{PersonKind::pupil, PersonKind::contact, PersonKind::staff};

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The words of crier, and those that every system writes for them.
std::optional<PersonKind> read_kind(std::string_view word) {
  if (is_one_of(word, {"pupil", "student", "learner"})) return PersonKind::pupil;
  if (is_one_of(word, {"contact", "parent", "guardian", "carer", "relative"})) return PersonKind::contact;
  if (is_one_of(word, {"staff", "teacher", "employee", "faculty", "administrator", "aide", "professor",
                       "lecturer"})) {
    return PersonKind::staff;
  }
  return std::nullopt;
}

}  // namespace

void CsvReader::read_people() {
  const auto parts = parts_of(MapKind::people);
  if (parts.empty()) return;
  for (const auto part : parts) {
    walk(part, [&](CsvRows& rows) {
      const PersonColumns columns(rows);
      std::int64_t told = 0;
      std::int64_t good = 0;
      while (rows.next()) {
        ++told;
        index_row(rows, columns, part);
        good += is_left_out(part, rows.line()) ? 0 : 1;
      }
      rows_ += rows.rows();
      if (rows.rows() == 0) {  // C13
        throw Error(Exit::refused_input, "empty-file",
                    fmt::format("{} has a header and no rows", rows.name()),
                    "The export failed or was cut off: export again. Nothing was changed.");
      }
      // A folded file may have columns for people of whom there are none.
      if (told == 0 && rows.entry().repeats == config::Repeats::fold) return;
      if (good == 0) {
        throw not_as_named(rows.name(),
                           fmt::format("none of its {} rows is a person by this map", rows.rows()),
                           "Check the map against the file; --suggest writes a first one.");
      }
    });
  }
  for (const auto part : parts) {
    walk(part, [&](CsvRows& rows) {
      rows.keep_quiet();
      const PersonColumns columns(rows);
      while (rows.next()) {
        if (!is_left_out(part, rows.line())) stage_row(rows, columns, part);
      }
    });
  }
  for (const auto school : covered_) stage_.covers(school);
  if (!is_complete(MapKind::people)) return;
  leave_other_kinds();
  stage_.complete(RosterTable::person);
}

bool CsvReader::is_left_out(std::size_t part, std::int64_t line) const {
  return left_out_.contains({part, line});
}

/// Kinds of people that none of the files tells stay as they are.
void CsvReader::leave_other_kinds() {
  for (const auto kind : person_kinds) {
    if (!(kinds_told_ & bit(kind))) stage_.leave_alone(kind);
  }
}

std::optional<PersonKind> CsvReader::kind_of(CsvRows& rows, const PersonColumns& columns) {
  const auto word = rows.text(columns.kind);
  return read_kind(to_lower(word));
}

/// Whether the row says that somebody is here, comes (I5), or has gone.
CsvReader::Standing CsvReader::standing_of(CsvRows& rows, const PersonColumns& columns) {
  const auto word = to_lower(rows.text(columns.status));
  if (word.empty() || word == "active") return Standing::there;
  if (is_one_of(word, {"leaver", "left", "former", "inactive"})) {
    return Standing::not_there;
  }
  const auto date = rows.date(columns.admission);
  // The word of crier for all of them; a source's own words have their meaning by map or settings.
  switch (choice_.application(word == "pre-admission" ? "admitted" : word, date, context_.today)) {
    case Application::none:
      return Standing::there;
    case Application::ahead:
      return Standing::pre_admission;
    case Application::stale:
    case Application::no_date:
      rows.warning(columns.admission, date, "stale-pre-admission",
                   "The person is left out: no date of admission lies ahead.");
      return Standing::not_there;
    case Application::left_out:
      return Standing::not_there;
    case Application::unknown_word:
      break;
  }
  rows.error(columns.status, word, "invalid-status",
             "The status can be active, pre-admission or leaver; the person was taken as active.");
  return Standing::there;
}

/// First walk: who is there, under which id; rows of one person belong together, rows of two do not.
void CsvReader::index_row(CsvRows& rows, const PersonColumns& columns, std::size_t part) {
  const auto leave_out = [&] { left_out_.emplace(part, rows.line()); };
  const auto id = rows.text(columns.id);
  if (id.empty()) {
    rows.error(columns.id, "", "missing-id", "The row is left out: it names nobody.");
    return leave_out();
  }
  if (choice_.excepted(rows.text(columns.code), id)) return leave_out();  // R7
  issues_.about(id);
  const auto kind = kind_of(rows, columns);
  if (!kind) {
    rows.error(columns.kind, rows.text(columns.kind), "unknown-kind",
               "The row is left out: it says neither pupil, contact nor staff.");
    return leave_out();
  }
  kinds_told_ |= columns.kind->columns.empty() ? bit(*kind) : std::uint8_t{7};
  const auto school = school_of(rows.text(columns.school), rows, columns.school);
  if (school == 0) {
    rows.error(columns.school, "", "no-school", "The row is left out: it names no school.");
    return leave_out();
  }
  covered_.insert(school);
  const bool was_flawed = rows.flawed();
  const auto standing = standing_of(rows, columns);
  if (standing == Standing::not_there) return leave_out();
  const auto name = name_print(rows.text(columns.family), rows.text(columns.given));
  const auto [at, fresh] = people_.try_emplace(id);
  auto& person = at->second;
  if (fresh) {
    const auto stood = stage_.standing(RosterTable::person, id);
    person.id = stood ? stood->id : stage_.new_id(RosterTable::person);
    person.standing_fingerprint = stood ? stood->fingerprint : 0;
    person.part = part;
    person.line = rows.line();
    person.name = name;
    person.fingerprint = static_cast<std::int64_t>(seed_);
    stage_.seen(RosterTable::person, person.id);
  } else if (person.name != name) {
    const bool folds = rows.entry().repeats == config::Repeats::fold;
    // The combinations of a cross product would say it many times.
    if (folds && !said_[person.id].told.emplace("\t" + std::to_string(name)).second) return leave_out();
    rows.error(columns.id, id, "shared-id",
               fmt::format("The row is left out: line {} of {} has the same id with another name.",
                           person.line, parts_[person.part].path.filename().string()));
    return leave_out();
  }
  ++person.rows;
  if (rows.entry().repeats == config::Repeats::fold && person.part == part)
    hold_against_first_row(rows, person);
  person.kinds |= bit(*kind);
  kinds_[person.id] |= bit(*kind);
  Fingerprint print(static_cast<std::uint64_t>(person.fingerprint));
  print.add(to_text(*kind)).add(standing == Standing::there ? "" : "comes");
  rows.print(print);
  person.fingerprint = print.value();
  if (!was_flawed && rows.flawed()) person.standing_fingerprint = 0;
  if (const auto code = fold(rows.text(columns.code)); !code.empty()) {
    const auto [other, first] = codes_.try_emplace(code, person.id);
    if (!first && other->second != person.id) other->second = 0;
  }
}

/// Of a folded file: a person's rows differ in their addresses and in nothing else.
void CsvReader::hold_against_first_row(CsvRows& rows, const Person& person) {
  static constexpr std::array many{"email",      "mobile",     "phone",     "email_work",
                                   "phone_work", "for_sms",    "phone_use", "phone_main",
                                   "email_use",  "email_main", "wechat",    "school"};
  auto& said = said_[person.id];
  const bool first = said.cells.empty();
  std::size_t at = 0;
  for (const auto& [name, fact] : rows.facts()) {
    if (std::find(many.begin(), many.end(), name) != many.end()) continue;
    auto cell = rows.raw(fact);
    if (first) {
      said.cells.push_back(std::move(cell));
      continue;
    }
    const auto& before = said.cells[at++];
    if (before == cell || !said.told.emplace(name).second) continue;
    rows.error(&fact, cell, "contradiction",
               fmt::format("Line {} says {} of the same person, and that counts.", person.line,
                           before.empty() ? "nothing" : fmt::format("'{}'", before)));
  }
}

/// Second walk: the facts of those whose rows are not what they were.
void CsvReader::stage_row(CsvRows& rows, const PersonColumns& columns, std::size_t part) {
  rows.hush();
  const auto id = rows.text(columns.id);
  const auto found = people_.find(id);
  if (found == people_.end()) return rows.speak();
  auto& person = found->second;
  if (person.fingerprint == person.standing_fingerprint) return rows.speak();
  const auto kind = kind_of(rows, columns);
  PlaceFact place;
  place.person = person.id;
  place.school = school_of(rows.text(columns.school), rows, columns.school);
  place.kind = kind.value_or(PersonKind::pupil);
  if (standing_of(rows, columns) == Standing::pre_admission) {
    place.status = PersonStatus::pre_admission;
    place.admission = rows.date(columns.admission);
  }
  rows.speak();
  issues_.about(id);
  if (person.part == part && person.line == rows.line()) {
    stage_person(rows, columns, place.kind, person, found->first);
  }
  auto& pending = pending_[person.id];
  if (rows.entry().repeats == config::Repeats::fold) {
    const std::pair standing{place.school, place.kind};
    if (std::find(pending.places.begin(), pending.places.end(), standing) == pending.places.end()) {
      pending.places.push_back(standing);
      stage_place(rows, columns, place);
    }
    offer_addresses(rows, columns, place.kind, place.school, pending);
  } else {
    stage_place(rows, columns, place);
    stage_addresses(rows, columns, place.kind, person.id, place.school);
  }
  pending.flawed = pending.flawed || rows.flawed();
  if (++person.walked < person.rows) return;
  stage_offers(pending);
  pending.fact.fingerprint = pending.flawed ? 0 : person.fingerprint;
  stage_.add(pending.fact);
  pending_.erase(person.id);
}

void CsvReader::stage_person(CsvRows& rows, const PersonColumns& columns, PersonKind kind, Person& person,
                             std::string_view id) {
  auto& pending = pending_[person.id];
  auto& fact = pending.fact;
  fact.id = person.id;
  fact.source_id = id;
  fact.kind = kind;
  rows.hush();
  fact.code = rows.text(columns.code);
  fact.family = rows.text(columns.family);
  fact.given = rows.text(columns.given);
  rows.speak();
  const auto code = codes_.find(fold(fact.code));
  if (fact.code.empty() || (code != codes_.end() && code->second == 0)) {
    if (!fact.code.empty()) {
      rows.warning(columns.code, fact.code, "code-not-unique",
                   "Several people have this code: their id is their code.");
      pending.flawed = true;
    }
    fact.code = std::string(id);
  }
  fact.title = rows.text(columns.title);
  fact.preferred = rows.text(columns.preferred);
  fact.language = to_lower(rows.text(columns.language));
  const bool tells_names = columns.family != nullptr || columns.given != nullptr;
  if (tells_names && fact.family.empty() && fact.given.empty()) {
    rows.error(columns.family, "", "no-name", "The person has no name; everything else was read.");
  }
  fact.birth_date = rows.date(columns.birth_date);
  fact.contact_relation = fold(rows.text(columns.relation));
  if (const auto priority = rows.integer(columns.priority, 1, 999)) {
    fact.contact_priority = static_cast<int>(*priority);
  }
  fact.contact_responsibility = rows.truth(columns.responsibility);
  fact.contact_lives_with = rows.truth(columns.lives_with);
  fact.contact_court_order = rows.court_order(columns.court_order);
}

void CsvReader::stage_place(CsvRows& rows, const PersonColumns& columns, PlaceFact place) {
  if (place.kind == PersonKind::pupil) {
    place.year = year_word(rows.text(columns.year));
    place.form = rows.text(columns.form);
    place.house = rows.text(columns.house);
    place.boarding = rows.text(columns.boarding);
  }
  stage_.add(place);
}

}  // namespace crier::intake
