#include "store/leaver_store.hpp"

#include <array>

#include "base/text.hpp"
#include "store/erasure_store.hpp"
#include "store/json_list.hpp"

namespace crier::store {
namespace {

constexpr const char* anonymous = "XXXX";

// Everything below is about the people in the temporary table `erased`; `stays` tells whose row reports need.

void find_erased(Connection& connection, std::span<const std::int64_t> people) {
  connection.execute("DROP TABLE IF EXISTS temp.erased");
  connection.execute("DROP TABLE IF EXISTS temp.erased_family");
  connection.execute(
      "CREATE TEMP TABLE erased (id INTEGER PRIMARY KEY, name TEXT NOT NULL, stays INTEGER NOT NULL)");
  connection.execute("CREATE TEMP TABLE erased_family (pupil INTEGER NOT NULL, contact INTEGER NOT NULL)");
  const auto ids = json_list(people);
  connection
      .query(R"sql(
INSERT INTO erased (id, name, stays)
SELECT id, trim(given || ' ' || family),
  CASE WHEN EXISTS (SELECT 1 FROM delivery WHERE delivery.person = person.id) THEN 1 ELSE 0 END
FROM person WHERE id IN (SELECT value FROM json_each(?1)))sql")
      .with(ids)
      .run();
  // This import may have parted them already: what it keeps as it was tells, too.
  connection.execute(
      "INSERT INTO erased_family (pupil, contact) SELECT pupil, contact FROM relationship WHERE pupil IN "
      "(SELECT id FROM erased) UNION SELECT pupil, contact FROM relationship_before WHERE pupil IN "
      "(SELECT id FROM erased)");
}

std::int64_t cancel_unsent(Connection& connection, std::int64_t now) {
  connection
      .query(R"sql(
UPDATE job SET not_started = job.not_started - n.queued, processing = job.processing - n.waiting,
  held = job.held - n.held, cancelled = job.cancelled + n.queued + n.waiting + n.held,
  updated = max(job.updated, ?1)
FROM (SELECT job, sum(CASE state WHEN 'queued' THEN 1 ELSE 0 END) AS queued,
        sum(CASE state WHEN 'waiting' THEN 1 ELSE 0 END) AS waiting,
        sum(CASE state WHEN 'held' THEN 1 ELSE 0 END) AS held
      FROM erased CROSS JOIN delivery ON delivery.person = erased.id
      WHERE state IN ('queued', 'waiting', 'held') GROUP BY job) AS n
WHERE job.id = n.job)sql")
      .with(now)
      .run();
  return connection
      .query(
          "UPDATE delivery SET state = 'cancelled', updated = ?1 WHERE person IN (SELECT id FROM erased) AND "
          "state IN ('queued', 'waiting', 'held')")
      .with(now)
      .run();
}

/// Names of erased pupils in what their families were sent. What is under way keeps its words.
void forget_in_messages(Connection& connection) {
  connection.execute(
      "DELETE FROM delivery_content WHERE delivery IN (SELECT delivery.id FROM erased CROSS JOIN "
      "delivery ON delivery.person = erased.id)");
  connection.execute(R"sql(
UPDATE delivery_content SET related = replace(related, f.name, 'XXXX'), body = replace(body, f.name, 'XXXX')
FROM (SELECT delivery.id AS delivery, erased.name AS name FROM erased_family AS family
      CROSS JOIN erased ON erased.id = family.pupil CROSS JOIN delivery ON delivery.person = family.contact
      WHERE delivery.state NOT IN ('queued', 'waiting', 'held', 'claimed')) AS f
WHERE delivery_content.delivery = f.delivery AND f.name <> ''
  AND (instr(related, f.name) > 0 OR instr(coalesce(body, ''), f.name) > 0))sql");
}

constexpr std::array deletions{
    "DELETE FROM import_issue WHERE value IN (SELECT given FROM address WHERE person IN (SELECT id FROM "
    "erased))",
    "DELETE FROM told_kept WHERE told IN (SELECT id FROM told WHERE pupil IN (SELECT id FROM erased) OR "
    "contact "
    "IN (SELECT id FROM erased))",
    "DELETE FROM told WHERE pupil IN (SELECT id FROM erased) OR contact IN (SELECT id FROM erased)",
    "DELETE FROM recipient_fault WHERE delivery IN (SELECT delivery.id FROM erased CROSS JOIN delivery WHERE "
    "delivery.person = erased.id)",
    "DELETE FROM acknowledgement WHERE person IN (SELECT id FROM erased WHERE stays = 0)",
    "DELETE FROM opt_out WHERE person IN (SELECT id FROM erased)",
    "DELETE FROM consent WHERE person IN (SELECT id FROM erased)",
    "DELETE FROM address WHERE person IN (SELECT id FROM erased)",
    "DELETE FROM relationship WHERE pupil IN (SELECT id FROM erased)",
    "DELETE FROM relationship WHERE contact IN (SELECT id FROM erased)",
    "DELETE FROM membership WHERE person IN (SELECT id FROM erased)",
    "DELETE FROM mark WHERE pupil IN (SELECT id FROM erased)",
    "DELETE FROM attendance WHERE pupil IN (SELECT id FROM erased)",
    "DELETE FROM payment WHERE pupil IN (SELECT id FROM erased)",
    "DELETE FROM behaviour WHERE pupil IN (SELECT id FROM erased)",
    "DELETE FROM respondent WHERE person IN (SELECT id FROM erased)",
    "DELETE FROM place WHERE person IN (SELECT id FROM erased)",
    "DELETE FROM data_issue WHERE person IN (SELECT id FROM erased)",
    "DELETE FROM merged_person WHERE person IN (SELECT id FROM erased)",
    "DELETE FROM merged_person WHERE merge IN (SELECT merge FROM merged_person GROUP BY merge HAVING "
    "count(*) = 1)",
    "DELETE FROM data_issue WHERE kind IN ('possible-duplicate', 'source-clash') AND EXISTS (SELECT 1 FROM "
    "erased WHERE about "
    "LIKE '%:' || "
    "erased.id)",
    "DELETE FROM person_before WHERE id IN (SELECT id FROM erased)",
    "DELETE FROM place_before WHERE person IN (SELECT id FROM erased)",
    "DELETE FROM relationship_before WHERE pupil IN (SELECT id FROM erased) OR contact IN (SELECT id FROM "
    "erased)",
    "DELETE FROM address_before WHERE person IN (SELECT id FROM erased)",
    "DELETE FROM membership_before WHERE person IN (SELECT id FROM erased)",
    "DELETE FROM mark_before WHERE pupil IN (SELECT id FROM erased)",
    // The list of cells begins with the row's id; the person is the second, or the fourth of a respondent's.
    "DELETE FROM daily_before WHERE fact <> 'timetable_slot' AND json_extract(cells, CASE fact WHEN "
    "'respondent' THEN '$[3]' ELSE '$[1]' "
    "END) IN "
    "(SELECT id FROM erased)",
};

void empty_rows(Connection& connection, Anonymise when, Instant now) {
  connection
      .query(R"sql(
INSERT INTO deletion (person, deleted, anonymise, done)
SELECT id, ?1, ?2, 0 FROM erased WHERE stays = 1
ON CONFLICT (person) DO UPDATE SET anonymise = min(anonymise, excluded.anonymise))sql")
      .with(to_millis(now), to_millis(when == Anonymise::at_once ? now : now + kept_for_reports))
      .run();
  connection.execute(R"sql(
UPDATE person SET source_id = 'deleted:' || id, title = '', preferred = '', language = '', contact_relation = '',
  contact_priority = NULL, contact_responsibility = NULL, contact_lives_with = NULL, contact_court_order = NULL,
  birth_date = '', fingerprint = 0
WHERE id IN (SELECT id FROM erased WHERE stays = 1))sql");
  connection.execute("DELETE FROM person WHERE id IN (SELECT id FROM erased WHERE stays = 0)");
}

}  // namespace

std::vector<LeaverRow> leavers(Connection& connection, std::optional<std::int64_t> school,
                               std::optional<Instant> since, std::optional<Instant> before) {
  auto rows = connection.query(R"sql(
SELECT p.id, p.kind, p.code, p.family, p.given, group_concat(DISTINCT school.code), max(place.status_since)
FROM place JOIN person AS p ON p.id = place.person JOIN school ON school.id = place.school
WHERE place.status = 'leaver' AND NOT EXISTS (
    SELECT 1 FROM place AS other WHERE other.person = place.person AND other.status <> 'leaver')
  AND (?1 IS NULL OR EXISTS (SELECT 1 FROM place AS there WHERE there.person = place.person AND there.school = ?1))
GROUP BY p.id
HAVING (?2 IS NULL OR max(place.status_since) >= ?2) AND (?3 IS NULL OR max(place.status_since) < ?3)
ORDER BY max(place.status_since) DESC, p.sort_key, p.id)sql");
  const auto millis = [](std::optional<Instant> at) -> std::optional<std::int64_t> {
    if (!at) return std::nullopt;
    return to_millis(*at);
  };
  rows.with(school, millis(since), millis(before));
  std::vector<LeaverRow> all;
  while (rows.step()) {
    LeaverRow row{rows.integer(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5), {}};
    if (!rows.is_null(6)) row.since = from_millis(rows.integer(6));
    all.push_back(std::move(row));
  }
  return all;
}

std::vector<std::int64_t> still_here(Connection& connection, std::span<const std::int64_t> people) {
  auto rows = connection.query(
      "SELECT DISTINCT person FROM place WHERE person IN (SELECT value FROM json_each(?1)) AND status <> "
      "'leaver' "
      "ORDER BY person");
  const auto ids = json_list(people);
  rows.with(ids);
  std::vector<std::int64_t> here;
  while (rows.step()) here.push_back(rows.integer(0));
  return here;
}

Erased erase_people(Connection& connection, std::span<const std::int64_t> people, Anonymise when,
                    Instant now) {
  find_erased(connection, people);
  Erased erased;
  erased.people = connection.integer("SELECT count(*) FROM erased");
  if (erased.people == 0) return erased;
  erased.kept = connection.integer("SELECT count(*) FROM erased WHERE stays = 1");
  erased.cancelled = cancel_unsent(connection, to_millis(now));
  forget_in_messages(connection);
  if (when == Anonymise::at_once) {
    seal_decisions(connection, people);
  } else {
    connection.execute("UPDATE address_opt_out SET person = NULL WHERE person IN (SELECT id FROM erased)");
  }
  for (const char* sql : deletions) connection.execute(sql);
  empty_rows(connection, when, now);
  if (when == Anonymise::at_once) anonymise_deleted(connection, now);
  return erased;
}

std::vector<SourcePerson> people_of_source(Connection& connection, std::int64_t source) {
  auto rows = connection.query("SELECT id, code, source_id FROM person WHERE source = ?1 ORDER BY id");
  rows.with(source);
  std::vector<SourcePerson> all;
  while (rows.step()) all.push_back({rows.integer(0), rows.text(1), rows.text(2)});
  return all;
}

bool anonymising_due(Connection& connection, Instant now) {
  auto due = connection.query("SELECT EXISTS (SELECT 1 FROM deletion WHERE done = 0 AND anonymise <= ?1)");
  return due.with(to_millis(now)).step() && due.integer(0) == 1;
}

std::int64_t anonymise_deleted(Connection& connection, Instant now) {
  const auto at = to_millis(now);
  const auto key = sort_key(anonymous);
  const auto folded = fold(anonymous);
  auto names = connection.query(R"sql(
UPDATE person SET code = ?2, code_folded = ?3, family = ?2, given = '', name_folded = ?3, sort_key = ?4
WHERE id IN (SELECT person FROM deletion WHERE done = 0 AND anonymise <= ?1))sql");
  names.with(at, anonymous, folded);
  names.bind_bytes(4, key);
  names.run();
  for (const char* sql : {R"sql(
UPDATE attempt SET text = 'XXXX' WHERE text <> '' AND delivery IN (
  SELECT delivery.id FROM deletion JOIN delivery ON delivery.person = deletion.person
  WHERE deletion.done = 0 AND deletion.anonymise <= ?1))sql",
                          R"sql(
DELETE FROM delivery_content WHERE delivery IN (
  SELECT delivery.id FROM deletion JOIN delivery ON delivery.person = deletion.person
  WHERE deletion.done = 0 AND deletion.anonymise <= ?1))sql",
                          R"sql(
UPDATE delivery SET address = 'XXXX' WHERE address <> '' AND person IN (
  SELECT person FROM deletion WHERE done = 0 AND anonymise <= ?1))sql"}) {
    connection.query(sql).with(at).run();
  }
  return connection.query("UPDATE deletion SET done = 1 WHERE done = 0 AND anonymise <= ?1").with(at).run();
}

}  // namespace crier::store
