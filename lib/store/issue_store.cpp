#include "store/issue_store.hpp"

#include "base/text.hpp"

namespace crier::store {
namespace {

// An issue that somebody resolved stays resolved as long as it is found; once it has gone and comes back it
// is open again. What is still found as it was is written only where something of it differs, so that an
// import that changes nothing writes no page.

void begin_round(Connection& connection) {
  connection.execute("DROP TABLE IF EXISTS temp.found_issue");
  connection.execute(
      "CREATE TEMP TABLE found_issue (kind TEXT NOT NULL, about TEXT NOT NULL, school INTEGER, person "
      "INTEGER, "
      "detail TEXT NOT NULL, source INTEGER, PRIMARY KEY (kind, about)) WITHOUT ROWID");
}

void keep_found(Connection& connection, std::int64_t now) {
  connection
      .query(R"sql(
UPDATE data_issue SET last_seen = ?1, detail = f.detail, school = f.school, person = f.person, source = f.source,
  state = CASE WHEN data_issue.state = 'gone' THEN 'open' ELSE data_issue.state END,
  ended = CASE WHEN data_issue.state = 'gone' THEN NULL ELSE data_issue.ended END
FROM found_issue f
WHERE f.kind = data_issue.kind AND f.about = data_issue.about AND (data_issue.state = 'gone'
  OR (f.detail, f.school, f.person, f.source)
    IS NOT (data_issue.detail, data_issue.school, data_issue.person, data_issue.source)))sql")
      .with(now)
      .run();
  connection
      .query(R"sql(
INSERT INTO data_issue (kind, about, school, person, detail, source, raised, last_seen, state, ended, ended_by)
SELECT kind, about, school, person, detail, source, ?1, ?1, 'open', NULL, '' FROM found_issue f
WHERE NOT EXISTS (SELECT 1 FROM data_issue d WHERE d.kind = f.kind AND d.about = f.about)
ORDER BY kind, about)sql")
      .with(now)
      .run();
}

void find_invalid_addresses(Connection& connection) {
  connection
      .query(R"sql(
INSERT INTO found_issue (kind, about, school, person, detail, source)
SELECT CASE WHEN kind = 'email' THEN 'invalid-email' WHEN use = 'mobile' THEN 'invalid-mobile' ELSE 'invalid-phone' END,
  person || ':' || use || ':' || source, school, person, given, source
FROM (SELECT a.person, a.kind, a.use, a.given, a.source, (
        SELECT min(place.school) FROM place WHERE place.person = a.person AND place.status <> 'leaver') AS school
      FROM address a WHERE a.normal IS NULL AND a.kind IN ('email', 'phone')) AS bad
WHERE school IS NOT NULL)sql")
      .run();
}

/// Of all addresses, or of the one that is named.
void find_blocked_addresses(Connection& connection, std::optional<std::string_view> kind = std::nullopt,
                            std::optional<std::string_view> compare_key = std::nullopt) {
  connection
      .query(R"sql(
INSERT INTO found_issue (kind, about, school, person, detail, source)
SELECT CASE reason WHEN 'blocked-spam' THEN 'spam' WHEN 'blocked-text-failure' THEN 'text-delivery-failure'
    ELSE 'permanent-bounce' END,
  person || ':' || kind || ':' || compare_key, school, person, normal, source
FROM (SELECT a.person, a.kind, a.compare_key, a.normal, min(a.source) AS source, b.reason, (
        SELECT min(place.school) FROM place WHERE place.person = a.person AND place.status <> 'leaver') AS school
      FROM address_block b CROSS JOIN address a ON a.compare_key = b.compare_key AND a.kind = b.kind
      WHERE b.reason NOT IN ('disabled', 'not-registered')
        AND (?1 IS NULL OR (b.kind = ?1 AND b.compare_key = ?2))
      GROUP BY a.person, a.kind, a.compare_key) AS blocked
WHERE school IS NOT NULL)sql")
      .with(kind, compare_key)
      .run();
}

/// Contacts that agree in name and an address (R9), each pair once, but for those that were merged. The keys
/// that stand more than once come from the index alone; only those are looked at.
void find_duplicates(Connection& connection) {
  connection
      .query(R"sql(
INSERT INTO found_issue (kind, about, school, person, detail, source)
SELECT 'possible-duplicate', one || ':' || other, school, one, detail, source
FROM (SELECT p.id AS one, q.id AS other, p.source AS source, min(q.code || ' ' || a.normal) AS detail, (
        SELECT min(place.school) FROM place WHERE place.person = p.id AND place.status <> 'leaver') AS school
      FROM (SELECT compare_key FROM address WHERE compare_key IS NOT NULL GROUP BY compare_key
            HAVING count(*) > 1) AS shared
      CROSS JOIN address a ON a.compare_key = shared.compare_key
      CROSS JOIN address b ON b.compare_key = a.compare_key AND b.kind = a.kind AND b.person > a.person
      CROSS JOIN person p ON p.id = a.person AND p.kind = 'contact'
      CROSS JOIN person q ON q.id = b.person AND q.kind = 'contact' AND q.name_folded = p.name_folded
      WHERE EXISTS (SELECT 1 FROM place WHERE place.person = q.id AND place.status <> 'leaver')
        AND NOT EXISTS (SELECT 1 FROM merged_person AS x CROSS JOIN merged_person AS y
          WHERE x.person = p.id AND y.person = q.id AND y.merge = x.merge)
      GROUP BY p.id, q.id) AS pair
WHERE school IS NOT NULL)sql")
      .run();
}

/// R6: what the office entered beside what a school's system says, where the two differ. Neither is
/// overwritten; the detail shows both with their sources. Rows by hand are few and found by one walk of each
/// table.
void find_clashing_addresses(Connection& connection) {
  connection
      .query(R"sql(
INSERT INTO found_issue (kind, about, school, person, detail, source)
SELECT 'source-clash', 'address:' || person || ':' || kind || ':' || use, school, person, detail, source
FROM (SELECT h.person, h.kind, h.use, h.source, min(CASE h.kind WHEN 'email' THEN 'e-mail' ELSE h.kind END || ' ('
          || h.use || '): ' || o.given || ' (' || other.name || '), ' || h.given || ' (hand)') AS detail, (
        SELECT min(place.school) FROM place WHERE place.person = h.person AND place.status <> 'leaver') AS school
      FROM source AS hand CROSS JOIN address AS h CROSS JOIN address AS o CROSS JOIN source AS other
      WHERE hand.name = 'hand' AND +h.source = hand.id AND o.person = h.person AND o.kind = h.kind AND o.use = h.use
        AND o.source <> h.source AND other.id = o.source
        AND coalesce(o.compare_key, o.given) <> coalesce(h.compare_key, h.given)
      GROUP BY h.person, h.kind, h.use, h.source) AS clash
WHERE school IS NOT NULL)sql")
      .run();
}

void find_clashing_relationships(Connection& connection) {
  connection
      .query(R"sql(
INSERT INTO found_issue (kind, about, school, person, detail, source)
SELECT 'source-clash', 'relationship:' || pupil || ':' || contact, min(school), pupil, min(detail), min(source)
FROM (SELECT a.pupil, a.contact, b.source, min(c.code || ': '
          || CASE WHEN a.relation = '' THEN 'no relation' ELSE a.relation END || ', priority ' || a.priority
          || CASE a.court_order WHEN 1 THEN ', court order' ELSE '' END || ' (' || one.name || '), '
          || CASE WHEN b.relation = '' THEN 'no relation' ELSE b.relation END || ', priority ' || b.priority
          || CASE b.court_order WHEN 1 THEN ', court order' ELSE '' END || ' (' || other.name || ')') AS detail, (
        SELECT min(place.school) FROM place WHERE place.person = a.pupil AND place.status <> 'leaver') AS school
      FROM (SELECT pupil, contact FROM relationship GROUP BY pupil, contact HAVING count(*) > 1) AS twice
      CROSS JOIN relationship AS a CROSS JOIN relationship AS b CROSS JOIN source AS one CROSS JOIN source AS other
      CROSS JOIN person AS c
      WHERE a.pupil = twice.pupil AND a.contact = twice.contact AND b.pupil = a.pupil AND b.contact = a.contact
        AND one.id = a.source AND other.id = b.source AND c.id = a.contact
        AND (other.name = 'hand' OR one.name <> 'hand' AND b.source > a.source) AND b.source <> a.source
        AND ((a.priority, a.court_order) <> (b.priority, b.court_order)
          OR a.relation_folded <> b.relation_folded AND a.relation_folded <> '' AND b.relation_folded <> ''
          OR a.responsibility <> b.responsibility OR a.lives_with <> b.lives_with)
      GROUP BY a.pupil, a.contact, b.source) AS clash
WHERE school IS NOT NULL
GROUP BY pupil, contact)sql")
      .run();
}

/// Somebody made by hand whom a school's system has come to bring: by the code, or by name and what else
/// tells one person from another, an address or a pupil's year. Contacts of one name at one address are
/// possible duplicates.
void find_clashing_people(Connection& connection) {
  connection
      .query(R"sql(
INSERT INTO found_issue (kind, about, school, person, detail, source)
SELECT 'source-clash', 'person:' || person || ':' || other, min(school), person, min(detail), source
FROM (
  SELECT h.id AS person, o.id AS other, there.school, h.source, 'the code ' || h.code || ' is '
    || trim(o.given || ' ' || o.family) || '''s too (' || from_source.name || ')' AS detail
  FROM source AS hand CROSS JOIN person AS h CROSS JOIN person AS o CROSS JOIN place AS here CROSS JOIN place AS there
  CROSS JOIN source AS from_source
  WHERE hand.name = 'hand' AND h.source = hand.id AND o.code_folded = h.code_folded AND o.source <> h.source
    AND o.kind = h.kind AND here.person = h.id AND here.status <> 'leaver' AND there.person = o.id
    AND there.school = here.school AND there.status <> 'leaver' AND from_source.id = o.source
  UNION ALL
  SELECT h.id, o.id, there.school, h.source,
    'has the name and an address of ' || o.code || ' (' || from_source.name || ')'
  FROM source AS hand CROSS JOIN person AS h CROSS JOIN address AS own CROSS JOIN address AS theirs
  CROSS JOIN person AS o CROSS JOIN place AS here CROSS JOIN place AS there CROSS JOIN source AS from_source
  WHERE hand.name = 'hand' AND h.source = hand.id AND h.kind <> 'contact' AND own.person = h.id
    AND theirs.compare_key = own.compare_key AND theirs.kind = own.kind AND o.id = theirs.person
    AND o.source <> h.source AND o.kind = h.kind AND o.name_folded = h.name_folded AND here.person = h.id
    AND here.status <> 'leaver' AND there.person = o.id AND there.school = here.school AND there.status <> 'leaver'
    AND from_source.id = o.source
  UNION ALL
  SELECT h.id, o.id, there.school, h.source,
    'has the name of ' || o.code || ', of the same year (' || from_source.name || ')'
  FROM source AS hand CROSS JOIN person AS h CROSS JOIN place AS here CROSS JOIN place AS there CROSS JOIN person AS o
  CROSS JOIN source AS from_source
  WHERE hand.name = 'hand' AND h.source = hand.id AND here.person = h.id AND here.kind = 'pupil'
    AND here.status <> 'leaver' AND here.year_folded <> '' AND there.year_folded = here.year_folded
    AND there.kind = 'pupil' AND there.status = 'active' AND +there.school = here.school AND o.id = there.person
    AND o.source <> h.source AND o.name_folded = h.name_folded AND from_source.id = o.source) AS clash
GROUP BY person, other, source)sql")
      .run();
}

/// I5: a pre-admission by hand whose day has come; those of a source its import reports.
void find_stale_pre_admissions(Connection& connection, Instant now) {
  const auto today = to_iso(std::chrono::floor<std::chrono::days>(now));
  connection
      .query(R"sql(
INSERT INTO found_issue (kind, about, school, person, detail, source)
SELECT 'stale-pre-admission', 'hand:' || place.person, min(place.school), place.person, min(place.admission),
  place.source
FROM source AS hand CROSS JOIN person CROSS JOIN place
WHERE hand.name = 'hand' AND person.source = hand.id AND place.person = person.id AND place.status = 'pre-admission'
  AND place.admission <= ?1
GROUP BY place.person, place.source)sql")
      .with(today)
      .run();
}

/// A4, R3: an address of a pupil, or of whoever hears of one, that somebody reads who may not hear of that
/// pupil: nothing that names the pupil goes there.
void find_addresses_shared_with_barred(Connection& connection) {
  connection
      .query(R"sql(
INSERT INTO found_issue (kind, about, school, person, detail, source)
SELECT 'shared-with-barred', person || ':' || kind || ':' || compare_key, school, person, detail, source
FROM (SELECT a.person, a.kind, a.compare_key, min(q.code || ' ' || a.normal) AS detail, min(a.source) AS source, (
        SELECT min(place.school) FROM place WHERE place.person = a.person AND place.status <> 'leaver') AS school
      FROM relationship barred
      CROSS JOIN address own ON own.person = barred.contact AND own.compare_key IS NOT NULL
      CROSS JOIN address a ON a.compare_key = own.compare_key AND a.kind = own.kind AND a.person <> own.person
      CROSS JOIN person q ON q.id = barred.contact
      WHERE barred.court_order = 1 AND (a.person = barred.pupil OR EXISTS (
        SELECT 1 FROM relationship r WHERE r.pupil = barred.pupil AND r.contact = a.person AND NOT EXISTS (
          SELECT 1 FROM relationship x WHERE x.pupil = r.pupil AND x.contact = r.contact AND x.court_order = 1)))
      GROUP BY a.person, a.kind, a.compare_key) AS shared
WHERE school IS NOT NULL)sql")
      .run();
}

/// S4: active pupils none of whose prime contacts has an e-mail address or a mobile number that can be used.
void find_unreachable_pupils(Connection& connection) {
  connection
      .query(R"sql(
INSERT INTO found_issue (kind, about, school, person, detail, source)
SELECT 'no-contactable-prime-parent', pupil.person || '', pupil.school, pupil.person, '', pupil.source
FROM (SELECT person, min(school) AS school, min(source) AS source FROM place
      WHERE kind = 'pupil' AND status = 'active' GROUP BY person) AS pupil
WHERE NOT EXISTS (
  SELECT 1 FROM relationship r CROSS JOIN address a
  LEFT JOIN address_block b ON b.kind = a.kind AND b.compare_key = a.compare_key
  WHERE r.pupil = pupil.person AND r.prime = 1 AND a.person = r.contact
    AND (r.source IS NOT (SELECT id FROM source WHERE name = 'hand') OR NOT EXISTS (SELECT 1 FROM relationship AS told
      WHERE told.pupil = r.pupil AND told.contact = r.contact AND told.source <> r.source))
    AND NOT EXISTS (SELECT 1 FROM relationship AS barred
      WHERE barred.pupil = r.pupil AND barred.contact = r.contact AND barred.court_order = 1)
    AND a.normal IS NOT NULL AND b.reason IS NULL
    AND (a.kind = 'email' OR (a.kind = 'phone' AND CASE WHEN a.for_sms IS NULL
      THEN a.line IN ('mobile', 'mobile-or-landline') ELSE a.for_sms = 1 AND a.line <> 'landline' END))
    AND EXISTS (SELECT 1 FROM place WHERE place.person = r.contact AND place.status <> 'leaver')))sql")
      .run();
}

}  // namespace

void refresh_row_issues(Connection& connection, std::int64_t source, std::span<const FoundIssue> found,
                        IssueScope scope, Instant now) {
  begin_round(connection);
  auto insert = connection.query(R"sql(
INSERT INTO found_issue (kind, about, school, person, detail, source)
SELECT ?1, ?2 || ':' || ?3 || ':' || ?4, (
    SELECT min(place.school) FROM person JOIN place ON place.person = person.id
    WHERE person.source = ?2 AND person.source_id = ?3),
  (SELECT person.id FROM person WHERE person.source = ?2 AND person.source_id = ?3), ?5, ?2
WHERE true ON CONFLICT DO NOTHING)sql");
  for (const auto& issue : found) {
    insert.with(issue.kind, source, issue.person, issue.mark, issue.detail).run();
  }
  keep_found(connection, to_millis(now));
  if (scope == IssueScope::some_rows) return;
  connection
      .query(R"sql(
UPDATE data_issue SET state = 'gone', ended = ?1, ended_by = ''
WHERE source = ?2 AND state <> 'gone' AND kind NOT IN ('invalid-email', 'invalid-mobile', 'invalid-phone',
    'permanent-bounce', 'spam', 'text-delivery-failure', 'possible-duplicate', 'source-clash', 'shared-with-barred',
    'no-contactable-prime-parent')
  AND NOT EXISTS (SELECT 1 FROM found_issue f WHERE f.kind = data_issue.kind AND f.about = data_issue.about))sql")
      .with(to_millis(now), source)
      .run();
}

void refresh_roster_issues(Connection& connection, Instant now) {
  begin_round(connection);
  find_invalid_addresses(connection);
  find_blocked_addresses(connection);
  find_duplicates(connection);
  find_clashing_addresses(connection);
  find_clashing_relationships(connection);
  find_clashing_people(connection);
  find_stale_pre_admissions(connection, now);
  find_addresses_shared_with_barred(connection);
  find_unreachable_pupils(connection);
  keep_found(connection, to_millis(now));
  connection
      .query(R"sql(
UPDATE data_issue SET state = 'gone', ended = ?1, ended_by = ''
WHERE state <> 'gone' AND (kind IN ('invalid-email', 'invalid-mobile', 'invalid-phone',
    'permanent-bounce', 'spam', 'text-delivery-failure', 'possible-duplicate', 'source-clash', 'shared-with-barred',
    'no-contactable-prime-parent')
    OR kind = 'stale-pre-admission' AND source = (SELECT id FROM source WHERE name = 'hand'))
  AND NOT EXISTS (SELECT 1 FROM found_issue f WHERE f.kind = data_issue.kind AND f.about = data_issue.about))sql")
      .with(to_millis(now))
      .run();
}

void raise_block_issues(Connection& connection, std::string_view kind, std::string_view compare_key,
                        Instant now) {
  begin_round(connection);
  find_blocked_addresses(connection, kind, compare_key);
  // A complaint after bounces is another issue, and resolved ones are open again: it was blocked anew.
  end_block_issues(connection, kind, compare_key, now);
  keep_found(connection, to_millis(now));
}

void end_block_issues(Connection& connection, std::string_view kind, std::string_view compare_key,
                      Instant now) {
  connection
      .query(R"sql(
UPDATE data_issue SET state = 'gone', ended = ?3, ended_by = ''
WHERE state <> 'gone' AND kind IN ('permanent-bounce', 'spam', 'text-delivery-failure')
  AND about IN (SELECT a.person || ':' || a.kind || ':' || a.compare_key FROM address AS a
                WHERE a.kind = ?1 AND a.compare_key = ?2))sql")
      .with(kind, compare_key, to_millis(now))
      .run();
}

// An open issue was seen by the last import of its source that changed nothing, too.
std::vector<IssueRow> issue_rows(Connection& connection, const IssueFilter& filter) {
  auto rows = connection.query(R"sql(
SELECT d.id, d.kind, coalesce(school.code, ''), coalesce(person.kind, ''), coalesce(person.code, ''),
  coalesce(person.family, ''), coalesce(person.given, ''), d.detail, coalesce(source.name, ''), d.raised,
  CASE WHEN d.state = 'gone' THEN d.last_seen ELSE max(d.last_seen, coalesce((
    SELECT max(i.started) FROM import i WHERE i.source = d.source AND i.outcome IN ('applied', 'unchanged')), 0)) END,
  d.state, d.ended, d.ended_by
FROM data_issue d LEFT JOIN school ON school.id = d.school LEFT JOIN person ON person.id = d.person
LEFT JOIN source ON source.id = d.source
WHERE (?1 IS NULL OR d.id = ?1) AND (?2 IS NULL OR d.school = ?2) AND (?3 = '' OR instr(',' || ?3 || ',', ',' || d.kind || ',') > 0)
  AND (?4 = '' OR d.state = ?4) AND (?5 IS NULL OR d.raised >= ?5)
  AND (?6 = '' OR person.code_folded = ?6 OR instr(person.name_folded, ?6) > 0)
ORDER BY d.kind, person.sort_key, d.id)sql");
  const auto person = fold(filter.person);
  std::optional<std::int64_t> since;
  if (filter.since) since = to_millis(*filter.since);
  rows.with(filter.id, filter.school, filter.kind, filter.state, since, person);
  std::vector<IssueRow> all;
  while (rows.step()) {
    IssueRow row{rows.integer(0),
                 rows.text(1),
                 rows.text(2),
                 rows.text(3),
                 rows.text(4),
                 rows.text(5),
                 rows.text(6),
                 rows.text(7),
                 rows.text(8),
                 from_millis(rows.integer(9)),
                 from_millis(rows.integer(10)),
                 rows.text(11),
                 {},
                 rows.text(13)};
    if (!rows.is_null(12)) row.ended = from_millis(rows.integer(12));
    all.push_back(std::move(row));
  }
  return all;
}

std::vector<std::string> issue_kinds(Connection& connection) {
  auto rows = connection.query("SELECT DISTINCT kind FROM data_issue ORDER BY kind");
  std::vector<std::string> kinds;
  while (rows.step()) kinds.push_back(rows.text(0));
  return kinds;
}

bool resolve_issue(Connection& connection, std::int64_t id, std::string_view by, Instant now) {
  return connection
             .query(
                 "UPDATE data_issue SET state = 'resolved', ended = ?2, ended_by = ?3 WHERE id = ?1 AND "
                 "state = 'open'")
             .with(id, to_millis(now), by)
             .run() == 1;
}

}  // namespace crier::store
