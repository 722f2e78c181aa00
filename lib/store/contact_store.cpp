#include "store/contact_store.hpp"

#include "store/fault_store.hpp"

namespace crier::store {
namespace {

/// Who is one with person ?1: merged with them, or of the same kind and name, at one of the same addresses;
/// in two steps where the merged have such records too.
void find_same_people(Connection& connection, std::int64_t person) {
  connection.execute("DROP TABLE IF EXISTS temp.same_person");
  connection.execute("CREATE TEMP TABLE same_person (id INTEGER PRIMARY KEY)");
  connection
      .query(R"sql(
INSERT INTO same_person (id)
SELECT ?1 UNION
SELECT other.id FROM person AS self CROSS JOIN address AS own CROSS JOIN address AS shared CROSS JOIN person AS other
WHERE self.id = ?1 AND own.person = self.id AND shared.compare_key = own.compare_key AND shared.kind = own.kind
  AND other.id = shared.person AND other.kind = self.kind AND other.name_folded = self.name_folded)sql")
      .with(person)
      .run();
  connection.execute(R"sql(
INSERT INTO same_person (id)
SELECT other.person FROM same_person CROSS JOIN merged_person AS m CROSS JOIN merged_person AS other
WHERE m.person = same_person.id AND other.merge = m.merge ON CONFLICT DO NOTHING)sql");
  connection.execute(R"sql(
INSERT INTO same_person (id)
SELECT other.id FROM same_person CROSS JOIN merged_person AS m CROSS JOIN person AS self CROSS JOIN address AS own
CROSS JOIN address AS shared CROSS JOIN person AS other
WHERE m.person = same_person.id AND self.id = m.person AND own.person = self.id
  AND shared.compare_key = own.compare_key AND shared.kind = own.kind AND other.id = shared.person
  AND other.kind = self.kind AND other.name_folded = self.name_folded ON CONFLICT DO NOTHING)sql");
}

/// The addresses of everybody who opted out bear the opt-out themselves.
void give_to_addresses(Connection& connection) {
  connection
      .query(R"sql(
INSERT INTO address_opt_out (kind, compare_key, person_kind, name_folded, channel, category, since, said_by, person)
SELECT a.kind, a.compare_key, p.kind, p.name_folded, coalesce(o.channel, ''), coalesce(o.category, ''), min(o.since),
  min(o.said_by), min(p.id)
FROM opt_out AS o CROSS JOIN person AS p CROSS JOIN address AS a
WHERE p.id = o.person AND a.person = o.person AND a.compare_key IS NOT NULL
GROUP BY a.kind, a.compare_key, p.kind, p.name_folded, coalesce(o.channel, ''), coalesce(o.category, '')
ON CONFLICT DO NOTHING)sql")
      .run();
}

std::optional<std::string_view> or_null(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

namespace {

/// By code and source id, or by id.
std::vector<KnownPerson> known_people(Connection& connection, std::optional<std::string_view> code_folded,
                                      std::optional<std::string_view> source_id,
                                      std::optional<std::int64_t> id) {
  auto rows = connection.query(R"sql(
SELECT p.id, p.kind, p.code, p.title, p.family, p.given, source.name, p.source_id, coalesce(school.code, ''),
  coalesce(place.status, 'leaver')
FROM (SELECT id FROM person WHERE code_folded = ?1 UNION
      SELECT person.id FROM source CROSS JOIN person
      WHERE person.source = source.id AND person.source_id = ?2 UNION
      SELECT id FROM person WHERE id = ?3) AS called
CROSS JOIN person AS p CROSS JOIN source
LEFT JOIN place ON place.id = (SELECT x.id FROM place AS x WHERE x.person = p.id
  ORDER BY CASE x.status WHEN 'active' THEN 0 WHEN 'pre-admission' THEN 1 ELSE 2 END, x.id LIMIT 1)
LEFT JOIN school ON school.id = place.school
WHERE p.id = called.id AND source.id = p.source AND NOT EXISTS (SELECT 1 FROM deletion WHERE deletion.person = p.id)
ORDER BY CASE p.kind WHEN 'contact' THEN 0 ELSE 1 END, CASE coalesce(place.status, 'leaver') WHEN 'leaver' THEN 1 ELSE 0
  END, p.id)sql");
  rows.with(code_folded, source_id, id);
  std::vector<KnownPerson> all;
  while (rows.step()) {
    all.push_back({rows.integer(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5),
                   rows.text(6), rows.text(7), rows.text(8), rows.text(9)});
  }
  return all;
}

}  // namespace

std::vector<KnownPerson> people_called(Connection& connection, std::string_view code_folded,
                                       std::string_view source_id) {
  return known_people(connection, code_folded, source_id, std::nullopt);
}

std::optional<KnownPerson> known_person(Connection& connection, std::int64_t id) {
  auto found = known_people(connection, std::nullopt, std::nullopt, id);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<std::string> schools_of_person(Connection& connection, std::int64_t person) {
  auto rows = connection.query(R"sql(
SELECT DISTINCT school.code FROM place CROSS JOIN school
WHERE place.person = ?1 AND school.id = place.school ORDER BY school.code)sql");
  rows.with(person);
  std::vector<std::string> codes;
  while (rows.step()) codes.push_back(rows.text(0));
  return codes;
}

namespace {

std::vector<Relative> relatives(Query& rows) {
  std::vector<Relative> all;
  while (rows.step()) {
    Relative one{rows.text(0),    rows.text(1), rows.text(2),         rows.text(3),         rows.text(4),
                 rows.integer(5), {},           rows.integer(7) == 1, rows.integer(8) == 1, rows.text(9)};
    if (!rows.is_null(6)) one.responsibility = rows.integer(6) == 1;
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

std::vector<Relative> said_of(Connection& connection, std::int64_t pupil, std::int64_t contact) {
  auto rows = connection.query(R"sql(
SELECT p.code, p.kind, p.family, p.given, r.relation, r.priority, r.responsibility, r.prime, r.court_order, source.name
FROM relationship AS r CROSS JOIN person AS p CROSS JOIN source
WHERE r.pupil = ?1 AND r.contact = ?2 AND p.id = r.contact AND source.id = r.source ORDER BY r.id)sql");
  rows.with(pupil, contact);
  return relatives(rows);
}

std::vector<Relative> relatives_of(Connection& connection, std::int64_t person) {
  auto rows = connection.query(R"sql(
SELECT p.code, p.kind, p.family, p.given, r.relation, r.priority, r.responsibility, r.prime, r.court_order, source.name
FROM (SELECT id, contact AS other FROM relationship WHERE pupil = ?1 UNION ALL
      SELECT id, pupil AS other FROM relationship WHERE contact = ?1) AS side
CROSS JOIN relationship AS r CROSS JOIN person AS p CROSS JOIN source
WHERE r.id = side.id AND p.id = side.other AND source.id = r.source
ORDER BY r.priority, p.sort_key, p.id, r.id)sql");
  rows.with(person);
  return relatives(rows);
}

std::vector<HeldAddress> addresses_of_kind(Connection& connection, std::string_view kind) {
  auto rows = connection.query(R"sql(
SELECT a.compare_key, coalesce(b.reason, '') FROM (SELECT DISTINCT kind, compare_key FROM address
  WHERE kind = ?1 AND compare_key IS NOT NULL) AS a
LEFT JOIN address_block AS b ON b.kind = a.kind AND b.compare_key = a.compare_key ORDER BY a.compare_key)sql");
  rows.with(kind);
  std::vector<HeldAddress> addresses;
  while (rows.step()) {
    HeldAddress one;
    one.kind = kind;
    one.compare_key = rows.text(0);
    one.block = rows.text(1);
    addresses.push_back(std::move(one));
  }
  return addresses;
}

bool is_held(Connection& connection, std::string_view kind, std::string_view compare_key) {
  return connection.query("SELECT 1 FROM address WHERE compare_key = ?1 AND kind = ?2 LIMIT 1")
      .with(compare_key, kind)
      .step();
}

std::vector<HeldAddress> addresses_held(Connection& connection, std::int64_t person) {
  auto rows = connection.query(R"sql(
SELECT a.kind, a.use, a.given, coalesce(a.normal, ''), coalesce(a.compare_key, ''), a.line, a.for_sms,
  coalesce(b.reason, ''), b.since, coalesce(b.evidence, ''), source.name
FROM address AS a JOIN source ON source.id = a.source
LEFT JOIN address_block AS b ON b.kind = a.kind AND b.compare_key = a.compare_key
WHERE a.person = ?1 ORDER BY a.kind, a.position, a.use, a.source)sql");
  rows.with(person);
  std::vector<HeldAddress> all;
  while (rows.step()) {
    HeldAddress address{rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5),
                        {},           rows.text(7), {},           rows.text(9), rows.text(10)};
    if (!rows.is_null(6)) address.for_sms = rows.integer(6) == 1;
    if (!rows.is_null(8)) address.blocked_since = from_millis(rows.integer(8));
    all.push_back(std::move(address));
  }
  return all;
}

std::vector<OptOut> opt_outs_held(Connection& connection, std::int64_t person) {
  auto rows = connection.query(
      "SELECT coalesce(channel, ''), coalesce(category, ''), since, said_by FROM opt_out WHERE person = ?1 "
      "ORDER BY since, id");
  rows.with(person);
  std::vector<OptOut> all;
  while (rows.step()) {
    all.push_back({rows.text(0), rows.text(1), from_millis(rows.integer(2)), rows.text(3)});
  }
  return all;
}

std::vector<Consent> consents_held(Connection& connection, std::int64_t person) {
  auto rows = connection.query(
      "SELECT purpose, given, since, said_by FROM consent WHERE person = ?1 ORDER BY purpose");
  rows.with(person);
  std::vector<Consent> all;
  while (rows.step()) {
    all.push_back({rows.text(0), rows.integer(1) == 1, from_millis(rows.integer(2)), rows.text(3)});
  }
  return all;
}

std::int64_t add_opt_out(Connection& connection, std::int64_t person, const OptOut& opt_out) {
  find_same_people(connection, person);
  const auto added = connection
                         .query(R"sql(
INSERT INTO opt_out (person, channel, category, since, said_by)
SELECT id, ?1, ?2, ?3, ?4 FROM same_person WHERE NOT EXISTS (
  SELECT 1 FROM opt_out AS o WHERE o.person = same_person.id AND coalesce(o.channel, '') = coalesce(?1, '')
    AND coalesce(o.category, '') = coalesce(?2, ''))
ORDER BY id)sql")
                         .with(or_null(opt_out.channel), or_null(opt_out.category), to_millis(opt_out.since),
                               opt_out.said_by)
                         .run();
  give_to_addresses(connection);
  return added;
}

std::int64_t remove_opt_outs(Connection& connection, std::int64_t person, std::string_view channel,
                             std::string_view category) {
  find_same_people(connection, person);
  connection
      .query(R"sql(
DELETE FROM address_opt_out
WHERE (?2 = '' AND ?3 = '' OR channel = ?2 AND category = ?3)
  AND (person IN (SELECT id FROM same_person) OR EXISTS (
    SELECT 1 FROM person AS p CROSS JOIN address AS a
    WHERE p.id = ?1 AND a.person = p.id AND a.kind = address_opt_out.kind
      AND a.compare_key = address_opt_out.compare_key AND p.kind = address_opt_out.person_kind
      AND p.name_folded = address_opt_out.name_folded)))sql")
      .with(person, channel, category)
      .run();
  return connection
      .query(R"sql(
DELETE FROM opt_out
WHERE person IN (SELECT id FROM same_person)
  AND (?1 = '' AND ?2 = '' OR coalesce(channel, '') = ?1 AND coalesce(category, '') = ?2))sql")
      .with(channel, category)
      .run();
}

std::optional<Block> block_of(Connection& connection, std::string_view kind, std::string_view compare_key) {
  auto found =
      connection.query("SELECT reason, since FROM address_block WHERE kind = ?1 AND compare_key = ?2");
  if (!found.with(kind, compare_key).step()) return std::nullopt;
  return Block{found.text(0), from_millis(found.integer(1))};
}

bool block(Connection& connection, std::string_view kind, std::string_view compare_key,
           std::string_view reason, std::string_view evidence, Instant now) {
  return connection
             .query(
                 "INSERT INTO address_block (kind, compare_key, reason, since, evidence) "
                 "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (kind, compare_key) DO NOTHING")
             .with(kind, compare_key, reason, to_millis(now), evidence)
             .run() > 0;
}

bool block_for_complaint(Connection& connection, std::string_view kind, std::string_view compare_key,
                         std::string_view evidence, Instant now) {
  return connection
             .query(
                 "INSERT INTO address_block (kind, compare_key, reason, since, evidence) "
                 "VALUES (?1, ?2, 'blocked-spam', ?3, ?4) ON CONFLICT (kind, compare_key) DO UPDATE SET "
                 "reason = excluded.reason, since = excluded.since, evidence = excluded.evidence "
                 "WHERE address_block.reason <> excluded.reason")
             .with(kind, compare_key, to_millis(now), evidence)
             .run() > 0;
}

bool set_consent(Connection& connection, std::int64_t person, const Consent& consent) {
  return connection
             .query(
                 "INSERT INTO consent (person, purpose, given, since, said_by) VALUES (?1, ?2, ?3, ?4, ?5) "
                 "ON CONFLICT (person, purpose) DO UPDATE SET given = excluded.given, since = "
                 "excluded.since, "
                 "said_by = excluded.said_by WHERE consent.given <> excluded.given")
             .with(person, consent.purpose, consent.given ? 1 : 0, to_millis(consent.since), consent.said_by)
             .run() > 0;
}

bool acknowledge(Connection& connection, std::int64_t message, std::int64_t person, std::string_view said_by,
                 Instant now) {
  return connection
             .query(
                 "INSERT INTO acknowledgement (message, person, at, said_by) VALUES (?1, ?2, ?3, ?4) "
                 "ON CONFLICT (message, person) DO NOTHING")
             .with(message, person, to_millis(now), said_by)
             .run() > 0;
}

Confirmations confirmed_of(Connection& connection, std::int64_t message) {
  auto rows = connection.query(R"sql(
SELECT heard.person, EXISTS (SELECT 1 FROM message AS m CROSS JOIN acknowledgement
  WHERE (m.id = ?1 OR m.again_of = ?1) AND acknowledgement.message = m.id AND acknowledgement.person = heard.person)
FROM (SELECT DISTINCT delivery.person AS person FROM message CROSS JOIN job CROSS JOIN delivery
      WHERE (message.id = ?1 OR message.again_of = ?1) AND job.message = message.id AND delivery.job = job.id
        AND delivery.state <> 'cancelled') AS heard
ORDER BY heard.person)sql");
  rows.with(message);
  Confirmations counted;
  while (rows.step()) {
    if (rows.integer(1) == 1) {
      ++counted.confirmed;
    } else {
      counted.missing.push_back(rows.integer(0));
    }
  }
  return counted;
}

bool unblock(Connection& connection, std::string_view kind, std::string_view compare_key, std::string_view by,
             Instant now) {
  const auto opened = connection.query("DELETE FROM address_block WHERE kind = ?1 AND compare_key = ?2")
                          .with(kind, compare_key)
                          .run();
  connection
      .query(R"sql(
UPDATE data_issue SET state = 'resolved', ended = ?3, ended_by = ?4
WHERE state = 'open' AND kind IN ('permanent-bounce', 'spam', 'text-delivery-failure')
  AND about IN (SELECT a.person || ':' || a.kind || ':' || a.compare_key FROM address AS a
                WHERE a.kind = ?1 AND a.compare_key = ?2))sql")
      .with(kind, compare_key, to_millis(now), by)
      .run();
  // D9: it begins from zero.
  forget_faults(connection, kind, compare_key);
  return opened == 1;
}

namespace {

/// Whom the import brought, or the one person.
void inherit(Connection& connection, std::optional<std::int64_t> import, std::optional<std::int64_t> person) {
  give_to_addresses(connection);
  connection
      .query(R"sql(
INSERT INTO opt_out (person, channel, category, since, said_by)
SELECT n.id, nullif(x.channel, ''), nullif(x.category, ''), min(x.since), min(x.said_by)
FROM address_opt_out AS x CROSS JOIN address AS a CROSS JOIN person AS n
WHERE a.compare_key = x.compare_key AND a.kind = x.kind AND n.id = a.person AND n.kind = x.person_kind
  AND n.name_folded = x.name_folded AND (n.added_in = ?1 OR a.added_in = ?1 OR n.id = ?2)
  AND NOT EXISTS (SELECT 1 FROM opt_out AS o WHERE o.person = n.id AND coalesce(o.channel, '') = x.channel
    AND coalesce(o.category, '') = x.category)
GROUP BY n.id, x.channel, x.category
ORDER BY n.id)sql")
      .with(import, person)
      .run();
  connection
      .query(R"sql(
INSERT INTO consent (person, purpose, given, since, said_by)
SELECT n.id, c.purpose, c.given, max(c.since), c.said_by
FROM consent AS c CROSS JOIN person AS o CROSS JOIN address AS own CROSS JOIN address AS a CROSS JOIN person AS n
WHERE o.id = c.person AND own.person = o.id AND a.compare_key = own.compare_key AND a.kind = own.kind
  AND n.id = a.person AND n.id <> o.id AND n.kind = o.kind AND n.name_folded = o.name_folded
  AND (n.added_in = ?1 OR n.id = ?2)
GROUP BY n.id, c.purpose
ON CONFLICT DO NOTHING)sql")
      .with(import, person)
      .run();
}

}  // namespace

void inherit_decisions(Connection& connection, std::int64_t import) {
  inherit(connection, import, std::nullopt);
}

void inherit_decisions_of(Connection& connection, std::int64_t person) {
  inherit(connection, std::nullopt, person);
}

}  // namespace crier::store
