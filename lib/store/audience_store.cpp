#include "store/audience_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <tuple>

#include "store/audience_query.hpp"

namespace crier::store {
namespace {

// Lists of ids and texts are bound as JSON. The CROSS JOINs keep the planner, which knows no figures, in the
// order in which we read: from the few that are asked for to what belongs to them.

std::size_t hash_of(std::string_view text) {
  return std::hash<std::string_view>{}(text);
}

PersonRow person_row(const Query& rows) {
  return {rows.integer(0), rows.text(1), rows.text(2), rows.text(3),
          rows.text(4),    rows.text(5), rows.text(6), hash_of(rows.view(7))};
}

PersonKind kind_at(const Query& rows, int column) {
  return *parse_person_kind(rows.view(column));
}

PersonStatus status_at(const Query& rows, int column) {
  return *parse_person_status(rows.view(column));
}

std::vector<std::string> texts_of(Query& rows) {
  std::vector<std::string> texts;
  while (rows.step()) texts.push_back(rows.text(0));
  return texts;
}

}  // namespace

std::vector<MatchedPlace> matched_places(Connection& connection, const SetPlan& plan) {
  const auto sets = set_query(plan);
  auto rows = connection.query(sets.with + fmt::format(R"sql(
SELECT person.id, person.code, person.title, person.family, person.given, person.language, person.sort_key,
  person.name_folded, place.school, place.kind, place.status, place.form
FROM {} AS matched CROSS JOIN person CROSS JOIN place
WHERE person.id = matched.person AND place.person = person.id{})sql",
                                                       sets.set_name, sets.in_schools));
  sets.bind(rows);
  std::vector<MatchedPlace> all;
  while (rows.step()) {
    all.push_back({person_row(rows), rows.integer(8), kind_at(rows, 9), status_at(rows, 10), rows.text(11)});
  }
  return all;
}

bool matches(Connection& connection, const SetPlan& plan, std::int64_t person) {
  const auto sets = set_query(plan);
  auto rows =
      connection.query(sets.with + fmt::format("SELECT 1 FROM {} AS matched WHERE matched.person = ?{}",
                                               sets.set_name, sets.next_parameter()));
  sets.bind(rows);
  rows.bind(sets.next_parameter(), person);
  return rows.step();
}

namespace {

std::vector<RelationshipRow> relationship_rows(Query& rows, std::size_t about) {
  std::vector<RelationshipRow> all;
  all.reserve(about);
  while (rows.step()) {
    all.push_back({rows.integer(0), rows.integer(1), rows.text(2), rows.text(3),
                   static_cast<int>(rows.integer(4)), rows.integer(5) != 0, rows.integer(6) != 0,
                   rows.integer(7) != 0});
  }
  return all;
}

}  // namespace

std::vector<RelationshipRow> relationships_of_pupils(Connection& connection, const Ids& pupils) {
  const auto list = json_list(pupils);
  auto rows = connection.query(R"sql(
SELECT relationship.pupil, relationship.contact, relationship.relation, relationship.relation_folded,
  relationship.priority, relationship.court_order, relationship.prime,
  relationship.source IS (SELECT id FROM source WHERE name = 'hand')
FROM json_each(?1) AS ids CROSS JOIN relationship
WHERE relationship.pupil = ids.value)sql");
  rows.with(list);
  return relationship_rows(rows, 2 * pupils.size());
}

std::vector<RelationshipRow> court_orders_of_pupils(Connection& connection, const Ids& pupils) {
  const auto list = json_list(pupils);
  auto rows = connection.query(R"sql(
SELECT relationship.pupil, relationship.contact, relationship.relation, relationship.relation_folded,
  relationship.priority, relationship.court_order, relationship.prime,
  relationship.source IS (SELECT id FROM source WHERE name = 'hand')
FROM json_each(?1) AS ids CROSS JOIN relationship
WHERE relationship.pupil = ids.value AND relationship.court_order <> 0)sql");
  rows.with(list);
  return relationship_rows(rows, 0);
}

std::vector<RelationshipRow> relationships_of_contact(Connection& connection, std::int64_t contact) {
  auto rows = connection.query(R"sql(
SELECT pupil, contact, relation, relation_folded, priority, court_order, prime,
  source IS (SELECT id FROM source WHERE name = 'hand')
FROM relationship WHERE contact = ?1 ORDER BY pupil, id)sql");
  rows.with(contact);
  return relationship_rows(rows, 0);
}

std::vector<RelationshipRow> relationships_of_contacts(Connection& connection, const Ids& contacts) {
  const auto list = json_list(contacts);
  auto rows = connection.query(R"sql(
SELECT relationship.pupil, relationship.contact, relationship.relation, relationship.relation_folded,
  relationship.priority, relationship.court_order, relationship.prime,
  relationship.source IS (SELECT id FROM source WHERE name = 'hand')
FROM json_each(?1) AS ids CROSS JOIN relationship
WHERE relationship.contact = ids.value)sql");
  rows.with(list);
  return relationship_rows(rows, 2 * contacts.size());
}

std::vector<PersonRow> people_by_id(Connection& connection, const Ids& people) {
  const auto list = json_list(people);
  auto rows = connection.query(R"sql(
SELECT person.id, person.code, person.title, person.family, person.given, person.language, person.sort_key,
  person.name_folded
FROM json_each(?1) AS ids CROSS JOIN person
WHERE person.id = ids.value)sql");
  rows.with(list);
  std::vector<PersonRow> all;
  all.reserve(people.size());
  while (rows.step()) all.push_back(person_row(rows));
  return all;
}

Addresses addresses_of(Connection& connection, const Ids& people, std::span<const AddressKind> kinds) {
  std::string words = "''";
  for (const auto kind : kinds) words += fmt::format(", '{}'", to_text(kind));
  const auto list = json_list(people);
  // Of the kinds that are not asked for only the key is looked at, and nothing looked up.
  auto rows = connection.query(fmt::format(R"sql(
SELECT address.person, address.kind, address.compare_key, address.position, address.given, address.normal, address.line,
  address.for_sms, CASE WHEN address.kind IN ({}) THEN (SELECT reason FROM address_block
    WHERE address_block.kind = address.kind AND address_block.compare_key = address.compare_key) END
FROM json_each(?1) AS ids CROSS JOIN address
WHERE address.person = ids.value)sql",
                                           words));
  rows.with(list);
  Addresses all;
  all.rows.reserve(people.size());
  all.keys.reserve(2 * people.size());
  while (rows.step()) {
    const auto person = rows.integer(0);
    const auto word = rows.view(1);
    const auto key = rows.view(2);
    if (!key.empty()) all.keys.push_back({person, hash_of(key) * 31 + hash_of(word)});
    const auto kind =
        std::find_if(kinds.begin(), kinds.end(), [&](AddressKind one) { return to_text(one) == word; });
    if (kind == kinds.end()) continue;
    auto& row = all.rows.emplace_back();
    row.person = person;
    row.kind = *kind;
    row.position = static_cast<int>(rows.integer(3));
    row.normal = rows.view(5);
    if (row.normal.empty()) row.given = rows.view(4);
    if (key != row.normal) row.other_key = key;
    row.line = rows.view(6);
    if (const auto said = rows.maybe_integer(7)) row.for_sms = *said != 0;
    row.block = rows.view(8);
  }
  const auto before = [](const AddressRow& a, const AddressRow& b) {
    return std::tie(a.person, a.kind, a.position, a.normal) <
           std::tie(b.person, b.kind, b.position, b.normal);
  };
  // Nearly always so already, and sorting in SQL would carry every row about once more.
  if (!std::is_sorted(all.rows.begin(), all.rows.end(), before)) {
    std::sort(all.rows.begin(), all.rows.end(), before);
  }
  return all;
}

std::vector<SamePerson> same_people(Connection& connection, const Ids& people) {
  static constexpr std::string_view others = R"sql(
CROSS JOIN person AS p CROSS JOIN address AS own CROSS JOIN address AS shared CROSS JOIN person AS q
WHERE p.kind = 'contact' AND own.person = p.id AND shared.compare_key = own.compare_key AND shared.kind = own.kind
  AND q.id = shared.person AND q.id <> p.id AND q.kind = 'contact' AND q.name_folded = p.name_folded)sql";
  const auto list = json_list(people);
  auto rows = connection.query(fmt::format(R"sql(
WITH RECURSIVE asked (person) AS (SELECT value FROM json_each(?1) UNION SELECT person FROM opt_out
  UNION SELECT person FROM consent WHERE given = 0 UNION SELECT person FROM merged_person),
same (one, other) AS (
SELECT p.id, q.id FROM asked {0} AND p.id = asked.person
UNION SELECT p.id, q.id FROM same {0} AND p.id = same.other)
SELECT one, other, 0 FROM same
UNION ALL SELECT a.person, b.person, a.merge FROM merged_person AS a CROSS JOIN merged_person AS b
WHERE b.merge = a.merge AND b.person <> a.person)sql",
                                           others));
  rows.with(list);
  std::vector<SamePerson> all;
  while (rows.step()) all.push_back({rows.integer(0), rows.integer(1), rows.integer(2)});
  return all;
}

std::vector<AddressOwner> owners_of(Connection& connection, AddressKind kind,
                                    const std::vector<std::string>& compare_keys) {
  const auto list = json_list(compare_keys);
  auto rows = connection.query(R"sql(
SELECT keys.key, person.id, person.name_folded
FROM json_each(?1) AS keys CROSS JOIN address CROSS JOIN person
WHERE address.compare_key = keys.value AND address.kind = ?2 AND person.id = address.person
  AND person.kind <> 'pupil')sql");
  rows.with(list, to_text(kind));
  std::vector<AddressOwner> all;
  while (rows.step()) {
    all.push_back({static_cast<std::size_t>(rows.integer(0)), rows.integer(1), hash_of(rows.view(2))});
  }
  return all;
}

Ids restricted_among(Connection& connection, const Ids& people) {
  const auto list = json_list(people);
  auto rows = connection.query(R"sql(
SELECT ids.value FROM json_each(?1) AS ids
WHERE EXISTS (SELECT 1 FROM place WHERE place.person = ids.value AND place.status = 'leaver')
  OR EXISTS (SELECT 1 FROM opt_out WHERE opt_out.person = ids.value)
  OR EXISTS (SELECT 1 FROM consent WHERE consent.person = ids.value AND consent.given = 0))sql");
  rows.with(list);
  Ids restricted;
  while (rows.step()) restricted.push_back(rows.integer(0));
  return restricted;
}

std::vector<OptOutRow> opt_outs_of(Connection& connection, const Ids& people) {
  const auto list = json_list(people);
  auto rows = connection.query(R"sql(
SELECT opt_out.person, coalesce(opt_out.channel, ''), coalesce(opt_out.category, '')
FROM json_each(?1) AS ids CROSS JOIN opt_out
WHERE opt_out.person = ids.value)sql");
  rows.with(list);
  std::vector<OptOutRow> all;
  while (rows.step()) all.push_back({rows.integer(0), rows.text(1), rows.text(2)});
  return all;
}

Ids without_consent(Connection& connection, const Ids& people) {
  const auto list = json_list(people);
  auto rows = connection.query(R"sql(
SELECT DISTINCT consent.person FROM json_each(?1) AS ids CROSS JOIN consent
WHERE consent.person = ids.value AND consent.given = 0)sql");
  rows.with(list);
  Ids refused;
  while (rows.step()) refused.push_back(rows.integer(0));
  std::sort(refused.begin(), refused.end());
  return refused;
}

Ids leavers_among(Connection& connection, const Ids& people, const Ids& schools) {
  const auto list = json_list(people);
  const auto scope = json_list(schools);
  auto rows = connection.query(R"sql(
SELECT DISTINCT place.person
FROM json_each(?1) AS ids CROSS JOIN place
WHERE place.person = ids.value AND place.status = 'leaver'
  AND NOT EXISTS (SELECT 1 FROM place AS other WHERE other.person = place.person AND other.status <> 'leaver'
    AND (?3 = 0 OR +other.school IN (SELECT value FROM json_each(?2))))
  AND (?3 = 0
    OR EXISTS (SELECT 1 FROM place AS other WHERE other.person = place.person
      AND +other.school IN (SELECT value FROM json_each(?2)))
    OR NOT EXISTS (SELECT 1 FROM place AS other WHERE other.person = place.person AND other.status <> 'leaver')))sql");
  rows.with(list, scope, static_cast<std::int64_t>(schools.size()));
  Ids gone;
  while (rows.step()) gone.push_back(rows.integer(0));
  std::sort(gone.begin(), gone.end());
  return gone;
}

std::vector<FoundGroup> groups_called(Connection& connection, const std::vector<std::string>& folded,
                                      const Ids& schools) {
  const auto words = json_list(folded);
  const auto scope = json_list(schools);
  auto rows = connection.query(R"sql(
SELECT id, kind, name_folded, code_folded FROM (
  SELECT g.id, g.kind, g.name_folded, g.code_folded, g.school, g.active
  FROM json_each(?1) AS words CROSS JOIN roster_group AS g WHERE g.name_folded = words.value
  UNION
  SELECT g.id, g.kind, g.name_folded, g.code_folded, g.school, g.active
  FROM json_each(?1) AS words CROSS JOIN roster_group AS g WHERE g.code_folded = words.value) AS called
WHERE active = 1 AND school IN (SELECT value FROM json_each(?2)) ORDER BY id)sql");
  rows.with(words, scope);
  std::vector<FoundGroup> all;
  while (rows.step()) all.push_back({rows.integer(0), rows.text(1), rows.text(2), rows.text(3)});
  return all;
}

namespace {

struct PlaceColumn {
  std::string_view folded;
  std::string_view written;
};

PlaceColumn column_of(PlaceWord word) {
  switch (word) {
    case PlaceWord::year:
      return {"year_folded", "year"};
    case PlaceWord::form:
      return {"form_folded", "form"};
    case PlaceWord::house:
      return {"house_folded", "house"};
    case PlaceWord::boarding:
      return {"boarding_folded", "boarding"};
  }
  return {};
}

}  // namespace

std::vector<std::string> places_called(Connection& connection, PlaceWord word, PersonKind people,
                                       SetTerm::Whose whose, const std::vector<std::string>& folded,
                                       const Ids& schools) {
  const auto words = json_list(folded);
  const auto scope = json_list(schools);
  auto rows =
      connection.query(fmt::format(R"sql(
SELECT words.value FROM json_each(?1) AS words
WHERE EXISTS (SELECT 1 FROM place WHERE place.{} = words.value AND place.kind = '{}'{}
  AND +place.school IN (SELECT value FROM json_each(?2))))sql",
                                   column_of(word).folded, to_text(people),
                                   whose == SetTerm::Whose::active ? " AND place.status = 'active'" : ""));
  rows.with(words, scope);
  return texts_of(rows);
}

namespace {

std::vector<FoundCode> found_codes(Query& rows) {
  std::vector<FoundCode> all;
  while (rows.step()) all.push_back({rows.integer(0), kind_at(rows, 1), rows.text(2)});
  return all;
}

}  // namespace

std::vector<FoundCode> people_by_code(Connection& connection, const std::vector<std::string>& folded,
                                      const Ids& schools) {
  const auto codes = json_list(folded);
  const auto scope = json_list(schools);
  auto rows = connection.query(R"sql(
SELECT person.id, place.kind, person.code_folded
FROM json_each(?1) AS codes CROSS JOIN person CROSS JOIN place
WHERE person.code_folded = codes.value AND place.person = person.id
  AND +place.school IN (SELECT value FROM json_each(?2)))sql");
  rows.with(codes, scope);
  return found_codes(rows);
}

std::vector<FoundCode> people_by_source_id(Connection& connection, const std::vector<std::string>& folded,
                                           const Ids& schools) {
  const auto codes = json_list(folded);
  const auto scope = json_list(schools);
  auto rows = connection.query(R"sql(
SELECT person.id, place.kind, lower(person.source_id)
FROM person CROSS JOIN place
WHERE lower(person.source_id) IN (SELECT value FROM json_each(?1)) AND place.person = person.id
  AND +place.school IN (SELECT value FROM json_each(?2)))sql");
  rows.with(codes, scope);
  return found_codes(rows);
}

std::vector<std::string> group_names(Connection& connection, const Ids& schools, std::string_view kind) {
  const auto scope = json_list(schools);
  auto rows = connection.query(R"sql(
SELECT name FROM roster_group
WHERE active = 1 AND school IN (SELECT value FROM json_each(?1)) AND (?2 = '' OR kind = ?2)
UNION SELECT code FROM roster_group
WHERE active = 1 AND code <> '' AND school IN (SELECT value FROM json_each(?1)) AND (?2 = '' OR kind = ?2)
ORDER BY 1)sql");
  rows.with(scope, kind);
  return texts_of(rows);
}

std::vector<std::string> place_words(Connection& connection, PlaceWord word, PersonKind people,
                                     const Ids& schools) {
  const auto scope = json_list(schools);
  auto rows = connection.query(fmt::format(R"sql(
SELECT DISTINCT place.{0} FROM place
WHERE place.kind = '{1}' AND place.{0} <> '' AND place.school IN (SELECT value FROM json_each(?1)) ORDER BY 1)sql",
                                           column_of(word).written, to_text(people)));
  rows.with(scope);
  return texts_of(rows);
}

std::vector<std::string> relation_words(Connection& connection) {
  auto rows = connection.query(
      "SELECT DISTINCT relation_folded FROM relationship WHERE relation_folded <> '' ORDER BY "
      "relation_folded");
  return texts_of(rows);
}

std::vector<PlaceRow> places_of(Connection& connection, std::int64_t person) {
  auto rows =
      connection.query("SELECT school, kind, status FROM place WHERE person = ?1 ORDER BY school, kind");
  rows.with(person);
  std::vector<PlaceRow> all;
  while (rows.step()) all.push_back({rows.integer(0), kind_at(rows, 1), status_at(rows, 2)});
  return all;
}

}  // namespace crier::store
