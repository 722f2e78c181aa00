#include "store/group_store.hpp"

#include "base/text.hpp"
#include "store/json_list.hpp"

namespace crier::store {

std::vector<GroupRow> group_rows(Connection& connection, const GroupQuestion& question) {
  auto rows = connection.query(R"sql(
SELECT g.id, school.code, g.kind, g.name, g.code, g.active, (
  SELECT count(DISTINCT m.person) FROM membership AS m WHERE m.roster_group = g.id), source.name
FROM roster_group AS g JOIN school ON school.id = g.school JOIN source ON source.id = g.source
WHERE (?1 IS NULL OR g.school = ?1) AND (?2 = '' OR g.name_folded = ?2 OR g.code_folded = ?2)
  AND (?3 = 0 OR source.name = 'hand') AND (?4 = 1 OR g.active = 1)
ORDER BY school.code, g.name_folded, g.id)sql");
  rows.with(question.school, question.called, question.by_hand ? 1 : 0, question.inactive_too ? 1 : 0);
  std::vector<GroupRow> all;
  while (rows.step()) {
    all.push_back({rows.integer(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4),
                   rows.integer(5) != 0, rows.integer(6), rows.text(7)});
  }
  return all;
}

std::vector<std::string> hand_group_names(Connection& connection) {
  auto rows = connection.query(R"sql(
SELECT g.name FROM roster_group AS g JOIN source ON source.id = g.source AND source.name = 'hand'
ORDER BY g.name_folded, g.id)sql");
  std::vector<std::string> names;
  while (rows.step()) names.push_back(rows.text(0));
  return names;
}

std::vector<MemberRow> group_members(Connection& connection, std::int64_t group) {
  auto rows = connection.query(R"sql(
SELECT p.id, p.code, p.kind, p.family, p.given, m.role, (
    SELECT CASE min(CASE place.status WHEN 'active' THEN 0 WHEN 'pre-admission' THEN 1 ELSE 2 END)
      WHEN 0 THEN 'active' WHEN 1 THEN 'pre-admission' ELSE 'leaver' END
    FROM place WHERE place.person = p.id), source.name
FROM membership AS m JOIN person AS p ON p.id = m.person
JOIN source ON source.id = m.source
WHERE m.roster_group = ?1 ORDER BY p.sort_key, p.code, m.id)sql");
  rows.with(group);
  std::vector<MemberRow> all;
  while (rows.step()) {
    all.push_back({rows.integer(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5),
                   rows.text(6), rows.text(7)});
  }
  return all;
}

std::int64_t insert_hand_group(Connection& connection, std::int64_t source, std::int64_t school,
                               std::string_view name, std::string_view code, bool active) {
  const auto id = connection.integer("SELECT coalesce(max(id), 0) + 1 FROM roster_group");
  const auto name_folded = fold(name);
  const auto code_folded = fold(code);
  connection
      .query(R"sql(
INSERT INTO roster_group (id, school, kind, name, name_folded, code, code_folded, active, source, source_id,
  fingerprint)
VALUES (?1, ?2, 'custom', ?3, ?4, ?5, ?6, ?7, ?8, 'hand-' || ?1, 0))sql")
      .with(id, school, name, name_folded, code, code_folded, active ? 1 : 0, source)
      .run();
  return id;
}

void update_hand_group(Connection& connection, std::int64_t group, std::string_view name,
                       std::string_view code, bool active) {
  const auto name_folded = fold(name);
  const auto code_folded = fold(code);
  connection
      .query(R"sql(
UPDATE roster_group SET name = ?2, name_folded = ?3, code = ?4, code_folded = ?5, active = ?6 WHERE id = ?1)sql")
      .with(group, name, name_folded, code, code_folded, active ? 1 : 0)
      .run();
}

void delete_hand_group(Connection& connection, std::int64_t group) {
  connection.query("DELETE FROM membership WHERE roster_group = ?1").with(group).run();
  connection.query("DELETE FROM roster_group WHERE id = ?1").with(group).run();
}

std::int64_t add_members(Connection& connection, std::int64_t source, std::int64_t group,
                         std::span<const std::int64_t> people) {
  const auto ids = json_list(people);
  return connection
      .query(R"sql(
INSERT INTO membership (roster_group, person, role, begins, ends, source, source_id, fingerprint)
SELECT ?2, p.id, p.kind, '', '', ?1, 'hand-' || ?2 || '-' || p.id, 0
FROM json_each(?3) AS ids CROSS JOIN person AS p
WHERE p.id = ids.value AND NOT EXISTS (
  SELECT 1 FROM membership AS m WHERE m.roster_group = ?2 AND m.person = p.id)
GROUP BY p.id, p.kind ORDER BY p.id)sql")
      .with(source, group, ids)
      .run();
}

std::int64_t remove_members(Connection& connection, std::int64_t group,
                            std::span<const std::int64_t> people) {
  const auto ids = json_list(people);
  return connection
      .query("DELETE FROM membership WHERE roster_group = ?1 AND person IN (SELECT value FROM json_each(?2))")
      .with(group, ids)
      .run();
}

}  // namespace crier::store
