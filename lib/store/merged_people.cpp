#include "store/merged_people.hpp"

#include "store/json_list.hpp"

namespace crier::store {

std::vector<std::int64_t> merged_with(Connection& connection, std::int64_t person) {
  auto rows = connection.query(R"sql(
SELECT other.person FROM merged_person AS m JOIN merged_person AS other ON other.merge = m.merge
WHERE m.person = ?1 ORDER BY other.person)sql");
  rows.with(person);
  std::vector<std::int64_t> all;
  while (rows.step()) all.push_back(rows.integer(0));
  return all;
}

std::vector<std::vector<std::int64_t>> merges(Connection& connection) {
  auto rows = connection.query("SELECT merge, person FROM merged_person ORDER BY merge, person");
  std::vector<std::vector<std::int64_t>> all;
  std::int64_t last = 0;
  while (rows.step()) {
    if (all.empty() || rows.integer(0) != last) all.emplace_back();
    last = rows.integer(0);
    all.back().push_back(rows.integer(1));
  }
  return all;
}

std::int64_t merge_people(Connection& connection, std::span<const std::int64_t> people, std::string_view by,
                          Instant now) {
  const auto ids = json_list(people);
  const auto number = connection.integer("SELECT coalesce(max(merge), 0) + 1 FROM merged_person");
  connection
      .query(R"sql(
UPDATE merged_person SET merge = ?2 WHERE merge IN (
  SELECT m.merge FROM merged_person AS m WHERE m.person IN (SELECT value FROM json_each(?1))))sql")
      .with(ids, number)
      .run();
  return connection
      .query(R"sql(
INSERT INTO merged_person (person, merge, since, said_by)
SELECT value, ?2, ?3, ?4 FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING)sql")
      .with(ids, number, to_millis(now), by)
      .run();
}

bool unmerge_person(Connection& connection, std::int64_t person) {
  const auto taken = connection.query("DELETE FROM merged_person WHERE person = ?1").with(person).run();
  connection.execute(
      "DELETE FROM merged_person WHERE merge IN (SELECT merge FROM merged_person GROUP BY merge HAVING "
      "count(*) = 1)");
  return taken > 0;
}

void inherit_merges(Connection& connection, std::int64_t import) {
  connection
      .query(R"sql(
INSERT INTO merged_person (person, merge, since, said_by)
SELECT n.id, min(m.merge), min(m.since), min(m.said_by)
FROM merged_person AS m CROSS JOIN person AS o CROSS JOIN address AS own CROSS JOIN address AS a CROSS JOIN person AS n
WHERE o.id = m.person AND own.person = o.id AND a.compare_key = own.compare_key AND a.kind = own.kind
  AND n.id = a.person AND n.added_in = ?1 AND n.kind = 'contact' AND n.name_folded = o.name_folded
  AND NOT EXISTS (SELECT 1 FROM place WHERE place.person = o.id AND place.status <> 'leaver')
GROUP BY n.id
ON CONFLICT DO NOTHING)sql")
      .with(import)
      .run();
}

std::vector<PupilOfContact> pupils_of_contacts(Connection& connection, std::span<const std::int64_t> people) {
  const auto ids = json_list(people);
  auto rows = connection.query(R"sql(
SELECT r.contact, p.id, p.code, p.family, p.given, max(r.court_order)
FROM json_each(?1) AS ids CROSS JOIN relationship AS r CROSS JOIN person AS p
WHERE r.contact = ids.value AND p.id = r.pupil
GROUP BY r.contact, p.id, p.code, p.family, p.given, p.sort_key
ORDER BY p.sort_key, p.id, r.contact)sql");
  rows.with(ids);
  std::vector<PupilOfContact> all;
  while (rows.step()) {
    all.push_back(
        {rows.integer(0), rows.integer(1), rows.text(2), rows.text(3), rows.text(4), rows.integer(5) != 0});
  }
  return all;
}

}  // namespace crier::store
