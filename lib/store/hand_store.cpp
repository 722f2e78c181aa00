#include "store/hand_store.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace crier::store {
namespace {

std::optional<std::int64_t> as_integer(std::optional<bool> value) {
  if (!value) return std::nullopt;
  return *value ? 1 : 0;
}

std::optional<bool> as_truth(const Query& rows, int column) {
  const auto value = rows.maybe_integer(column);
  if (!value) return std::nullopt;
  return *value != 0;
}

/// What is computed of a person's names, as an import's stage does it.
struct Folded {
  explicit Folded(const PersonFact& person)
      : code(fold(person.code)),
        name(fold(person.given + " " + person.family +
                  (person.preferred.empty() ? "" : " " + person.preferred))),
        key(sort_key(person.family + "\t" + person.given)) {}
  std::string code;
  std::string name;
  std::string key;
};

}  // namespace

std::int64_t hand_source(Connection& connection, Instant now) {
  connection
      .query("INSERT INTO source (name, kind, created) VALUES (?1, ?1, ?2) ON CONFLICT (name) DO NOTHING")
      .with(hand_name, to_millis(now))
      .run();
  return *find_hand_source(connection);
}

std::optional<std::int64_t> find_hand_source(Connection& connection) {
  auto found = connection.query("SELECT id FROM source WHERE name = ?1");
  if (!found.with(hand_name).step()) return std::nullopt;
  return found.integer(0);
}

std::int64_t insert_hand_person(Connection& connection, std::int64_t source, const PersonFact& person,
                                const PlaceFact& place) {
  const Folded folded(person);
  const auto id = connection.integer("SELECT coalesce(max(id), 0) + 1 FROM person");
  const auto source_id = fmt::format("hand-{}", id);
  auto insert = connection.query(R"sql(
INSERT INTO person (id, source, source_id, kind, code, code_folded, title, family, given, preferred, language,
  name_folded, sort_key, contact_relation, birth_date, fingerprint)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, '', ?14, 0))sql");
  insert.with(id, source, source_id, to_text(person.kind), person.code, folded.code, person.title,
              person.family, person.given, person.preferred, person.language, folded.name);
  insert.bind_bytes(13, folded.key).bind(14, person.birth_date).run();
  const auto year = fold(place.year);
  const auto form = fold(place.form);
  const auto house = fold(place.house);
  const auto boarding = fold(place.boarding);
  connection
      .query(R"sql(
INSERT INTO place (person, school, kind, status, status_since, year, year_folded, form, form_folded, house,
  house_folded, boarding, boarding_folded, admission, source)
VALUES (?1, ?2, ?3, ?4, NULL, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14))sql")
      .with(id, place.school, to_text(person.kind), to_text(place.status), place.year, year, place.form, form,
            place.house, house, place.boarding, boarding, place.admission, source)
      .run();
  return id;
}

std::optional<HandPerson> hand_person(Connection& connection, std::int64_t person) {
  auto rows = connection.query(R"sql(
SELECT p.kind, p.code, p.title, p.family, p.given, p.preferred, p.language, p.birth_date, place.school, place.status,
  place.year, place.form, place.house, place.boarding, place.admission
FROM person AS p JOIN source ON source.id = p.source AND source.name = ?2
JOIN place ON place.person = p.id AND place.source = p.source
WHERE p.id = ?1 ORDER BY place.id LIMIT 1)sql");
  if (!rows.with(person, hand_name).step()) return std::nullopt;
  HandPerson found;
  found.person.id = person;
  found.person.kind = *parse_person_kind(rows.view(0));
  found.person.code = rows.text(1);
  found.person.title = rows.text(2);
  found.person.family = rows.text(3);
  found.person.given = rows.text(4);
  found.person.preferred = rows.text(5);
  found.person.language = rows.text(6);
  found.person.birth_date = rows.text(7);
  found.place.person = person;
  found.place.kind = found.person.kind;
  found.place.school = rows.integer(8);
  found.place.status = *parse_person_status(rows.view(9));
  found.place.year = rows.text(10);
  found.place.form = rows.text(11);
  found.place.house = rows.text(12);
  found.place.boarding = rows.text(13);
  found.place.admission = rows.text(14);
  return found;
}

void update_hand_person(Connection& connection, const PersonFact& person, const PlaceFact& place,
                        Instant now) {
  const Folded folded(person);
  auto update = connection.query(R"sql(
UPDATE person SET code = ?2, code_folded = ?3, title = ?4, family = ?5, given = ?6, preferred = ?7, language = ?8,
  name_folded = ?9, sort_key = ?10, birth_date = ?11
WHERE id = ?1)sql");
  update.with(person.id, person.code, folded.code, person.title, person.family, person.given,
              person.preferred, person.language, folded.name);
  update.bind_bytes(10, folded.key).bind(11, person.birth_date).run();
  const auto year = fold(place.year);
  const auto form = fold(place.form);
  const auto house = fold(place.house);
  const auto boarding = fold(place.boarding);
  connection
      .query(R"sql(
UPDATE place SET status_since = CASE WHEN status = ?4 THEN status_since ELSE ?5 END, status = ?4, year = ?6,
  year_folded = ?7, form = ?8, form_folded = ?9, house = ?10, house_folded = ?11, boarding = ?12,
  boarding_folded = ?13, admission = ?14
WHERE person = ?1 AND school = ?2 AND kind = ?3)sql")
      .with(person.id, place.school, to_text(person.kind), to_text(place.status), to_millis(now), place.year,
            year, place.form, form, place.house, house, place.boarding, boarding, place.admission)
      .run();
}

std::optional<CodeHolder> code_holder(Connection& connection, std::string_view code_folded, PersonKind kind,
                                      std::int64_t school, std::int64_t besides) {
  auto rows = connection.query(R"sql(
SELECT p.family, p.given, source.name FROM person AS p JOIN source ON source.id = p.source
WHERE p.code_folded = ?1 AND p.id <> ?4
  AND EXISTS (SELECT 1 FROM place WHERE place.person = p.id AND place.school = ?3 AND place.kind = ?2)
ORDER BY p.id LIMIT 1)sql");
  if (!rows.with(code_folded, to_text(kind), school, besides).step()) return std::nullopt;
  return CodeHolder{rows.text(0), rows.text(1), rows.text(2)};
}

bool set_hand_address(Connection& connection, std::int64_t source, const AddressFact& address) {
  return connection
             .query(R"sql(
INSERT INTO address (person, kind, use, position, given, normal, compare_key, line, for_sms, source)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (person, kind, use, source) DO UPDATE SET position = excluded.position, given = excluded.given,
  normal = excluded.normal, compare_key = excluded.compare_key, line = excluded.line, for_sms = excluded.for_sms
WHERE (address.position, address.given, address.normal, address.for_sms)
  IS NOT (excluded.position, excluded.given, excluded.normal, excluded.for_sms))sql")
             .with(address.person, to_text(address.kind), address.use, address.position, address.given,
                   address.normal, address.compare_key, to_text(address.line), as_integer(address.for_sms),
                   source)
             .run() > 0;
}

std::optional<std::int64_t> hand_address(Connection& connection, std::int64_t person, std::string_view kind,
                                         std::string_view use) {
  auto rows = connection.query(R"sql(
SELECT a.position FROM address AS a JOIN source ON source.id = a.source AND source.name = ?4
WHERE a.person = ?1 AND a.kind = ?2 AND a.use = ?3)sql");
  if (!rows.with(person, kind, use, hand_name).step()) return std::nullopt;
  return rows.integer(0);
}

bool remove_hand_address(Connection& connection, std::int64_t person, std::string_view kind,
                         std::string_view use) {
  return connection
             .query(R"sql(
DELETE FROM address WHERE person = ?1 AND kind = ?2 AND use = ?3
  AND source = (SELECT id FROM source WHERE name = ?4))sql")
             .with(person, kind, use, hand_name)
             .run() > 0;
}

std::optional<HandTie> hand_tie(Connection& connection, std::int64_t pupil, std::int64_t contact) {
  auto rows = connection.query(R"sql(
SELECT relation, priority, responsibility, lives_with, court_order, prime FROM relationship
WHERE pupil = ?1 AND contact = ?2 AND source = (SELECT id FROM source WHERE name = ?3))sql");
  if (!rows.with(pupil, contact, hand_name).step()) return std::nullopt;
  return HandTie{rows.text(0),      rows.integer(1),      as_truth(rows, 2),
                 as_truth(rows, 3), rows.integer(4) != 0, rows.integer(5) != 0};
}

void set_hand_tie(Connection& connection, std::int64_t source, std::int64_t pupil, std::int64_t contact,
                  const HandTie& tie, std::string_view folded) {
  connection
      .query(R"sql(
INSERT INTO relationship (pupil, contact, relation, relation_folded, priority, responsibility, lives_with, court_order,
  prime, said_by, source)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 3, ?10)
ON CONFLICT (pupil, contact, source) DO UPDATE SET relation = excluded.relation,
  relation_folded = excluded.relation_folded, priority = excluded.priority, responsibility = excluded.responsibility,
  lives_with = excluded.lives_with, court_order = excluded.court_order, prime = excluded.prime)sql")
      .with(pupil, contact, tie.relation, folded, tie.priority, as_integer(tie.responsibility),
            as_integer(tie.lives_with), tie.court_order ? 1 : 0, tie.prime ? 1 : 0, source)
      .run();
}

bool remove_hand_tie(Connection& connection, std::int64_t pupil, std::int64_t contact) {
  return connection
             .query(R"sql(
DELETE FROM relationship WHERE pupil = ?1 AND contact = ?2 AND source = (SELECT id FROM source WHERE name = ?3))sql")
             .with(pupil, contact, hand_name)
             .run() > 0;
}

std::vector<HandFact> hand_facts(Connection& connection, std::optional<std::int64_t> school) {
  auto rows = connection.query(R"sql(
WITH hand (id) AS (SELECT id FROM source WHERE name = 'hand'),
facts (fact, rank, person, use, value, court_order) AS (
  SELECT 'person', 0, p.id, '', '', 0 FROM hand CROSS JOIN person AS p WHERE p.source = hand.id
  UNION ALL
  SELECT 'address', 1, a.person, CASE a.kind WHEN 'wechat' THEN 'wechat' ELSE a.kind || ':' || a.use END,
    coalesce(a.normal, a.given), 0 FROM hand CROSS JOIN address AS a WHERE +a.source = hand.id
  UNION ALL
  SELECT 'relationship', 2, r.pupil, r.relation, c.code, r.court_order
  FROM hand CROSS JOIN relationship AS r CROSS JOIN person AS c WHERE +r.source = hand.id AND c.id = r.contact)
SELECT f.fact, p.kind, p.code, p.family, p.given, coalesce(school.code, ''), coalesce(place.status, 'leaver'), f.use,
  f.value, f.court_order
FROM facts AS f CROSS JOIN person AS p LEFT JOIN place ON place.id = (SELECT x.id FROM place AS x WHERE x.person = p.id
  ORDER BY CASE x.status WHEN 'active' THEN 0 WHEN 'pre-admission' THEN 1 ELSE 2 END, x.id LIMIT 1)
LEFT JOIN school ON school.id = place.school
WHERE p.id = f.person AND NOT EXISTS (SELECT 1 FROM deletion WHERE deletion.person = p.id)
  AND (?1 IS NULL OR EXISTS (SELECT 1 FROM place AS there WHERE there.person = p.id AND there.school = ?1))
ORDER BY f.rank, p.sort_key, p.id, f.use, f.value)sql");
  rows.with(school);
  std::vector<HandFact> all;
  while (rows.step()) {
    all.push_back({rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5),
                   rows.text(6), rows.text(7), rows.text(8), rows.integer(9) != 0});
  }
  return all;
}

std::optional<std::string> tie_of_source(Connection& connection, std::int64_t pupil, std::int64_t contact) {
  auto rows = connection.query(R"sql(
SELECT source.name FROM relationship AS r JOIN source ON source.id = r.source
WHERE r.pupil = ?1 AND r.contact = ?2 AND source.name <> ?3 ORDER BY r.id LIMIT 1)sql");
  if (!rows.with(pupil, contact, hand_name).step()) return std::nullopt;
  return rows.text(0);
}

}  // namespace crier::store
