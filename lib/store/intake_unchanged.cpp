// A row with a fault is staged every night, for it bears no fingerprint: that it says again what it said last
// time is found here, after reading and before the lock, so that nobody waits for it (B9).
#include "store/intake_stage.hpp"

namespace crier::store {
namespace {

// ?1 is the source, ?2 the highest person that stood when staging began.
constexpr const char* same_people = R"sql(
INSERT INTO same_person (id)
SELECT p.id FROM staged_person s CROSS JOIN person p
WHERE p.id = s.id AND s.id <= ?2 AND p.source = ?1 AND s.fingerprint = p.fingerprint
  AND (s.kind, s.code, s.title, s.family, s.given, s.preferred, s.language, s.contact_relation,
  s.contact_priority, s.contact_responsibility, s.contact_lives_with, s.contact_court_order, s.birth_date)
  IS (p.kind, p.code, p.title, p.family, p.given, p.preferred, p.language, p.contact_relation,
  p.contact_priority, p.contact_responsibility, p.contact_lives_with, p.contact_court_order, p.birth_date))sql";

constexpr const char* other_places = R"sql(
DELETE FROM same_person WHERE EXISTS (
  SELECT 1 FROM staged_place n WHERE n.person = same_person.id AND NOT EXISTS (
    SELECT 1 FROM place p WHERE p.person = n.person AND p.school = n.school AND p.kind = n.kind
    AND (n.status, n.year, n.form, n.house, n.boarding, n.admission)
      IS (p.status, p.year, p.form, p.house, p.boarding, p.admission)))
OR EXISTS (
  SELECT 1 FROM place p WHERE p.person = same_person.id AND p.source = ?1 AND p.status <> 'leaver'
  AND p.school IN (SELECT school FROM covered_school) AND NOT EXISTS (
    SELECT 1 FROM staged_place n WHERE n.person = p.person AND n.school = p.school AND n.kind = p.kind)))sql";

constexpr const char* other_addresses = R"sql(
DELETE FROM same_person WHERE EXISTS (
  SELECT 1 FROM staged_address n WHERE n.person = same_person.id AND NOT EXISTS (
    SELECT 1 FROM address a WHERE a.person = n.person AND a.kind = n.kind AND a.use = n.use AND a.source = ?1
    AND (n.position, n.given, n.normal, n.compare_key, n.line, n.for_sms)
      IS (a.position, a.given, a.normal, a.compare_key, a.line, a.for_sms)))
OR EXISTS (
  SELECT 1 FROM address a WHERE a.person = same_person.id AND a.source = ?1 AND NOT EXISTS (
    SELECT 1 FROM staged_address n WHERE n.person = a.person AND n.kind = a.kind AND n.use = a.use)))sql";

constexpr const char* said_ties = R"sql(
INSERT INTO said (side, person, other)
SELECT side, pupil, contact FROM staged_relationship WHERE side = 1 AND pupil IN (SELECT id FROM same_person)
UNION
SELECT side, contact, pupil FROM staged_relationship WHERE side = 2 AND contact IN (SELECT id FROM same_person))sql";

/// What a side's row says, against what it is known to have said.
constexpr const char* other_ties = R"sql(
DELETE FROM same_person WHERE EXISTS (
  SELECT 1 FROM said n WHERE n.side = 1 AND n.person = same_person.id AND NOT EXISTS (
    SELECT 1 FROM relationship r WHERE r.pupil = n.person AND r.contact = n.other AND r.source = ?1
    AND r.said_by IN (1, 3)))
OR EXISTS (
  SELECT 1 FROM said n WHERE n.side = 2 AND n.person = same_person.id AND NOT EXISTS (
    SELECT 1 FROM relationship r WHERE r.pupil = n.other AND r.contact = n.person AND r.source = ?1
    AND r.said_by IN (2, 3)))
OR EXISTS (
  SELECT 1 FROM relationship r WHERE r.pupil = same_person.id AND r.source = ?1 AND r.said_by IN (1, 3) AND NOT EXISTS (
    SELECT 1 FROM said n WHERE n.side = 1 AND n.person = r.pupil AND n.other = r.contact))
OR EXISTS (
  SELECT 1 FROM relationship r WHERE r.contact = same_person.id AND r.source = ?1 AND r.said_by IN (2, 3) AND NOT EXISTS (
    SELECT 1 FROM said n WHERE n.side = 2 AND n.person = r.contact AND n.other = r.pupil))
OR EXISTS (
  SELECT 1 FROM relationship r CROSS JOIN person c WHERE r.contact = same_person.id AND r.source = ?1 AND c.id = r.contact
  AND (c.contact_relation, coalesce(c.contact_priority, 1), c.contact_responsibility, c.contact_lives_with,
    coalesce(c.contact_court_order, 0))
    IS NOT (r.relation, r.priority, r.responsibility, r.lives_with, r.court_order)))sql";

constexpr const char* let_go = R"sql(
DELETE FROM staged_person WHERE id IN (SELECT id FROM same_person);
DELETE FROM staged_place WHERE person IN (SELECT id FROM same_person);
DELETE FROM staged_address WHERE person IN (SELECT id FROM same_person);
DELETE FROM staged_relationship WHERE side = 1 AND pupil IN (SELECT id FROM same_person)
  OR side = 2 AND contact IN (SELECT id FROM same_person))sql";

}  // namespace

void IntakeStage::let_go_unchanged_people() {
  connection_.execute("CREATE TEMP TABLE same_person (id INTEGER PRIMARY KEY)");
  const auto base = base_[static_cast<std::size_t>(RosterTable::person)];
  if (connection_.query(same_people).with(source_, base).run() == 0) return;
  connection_.query(other_places).with(source_).run();
  connection_.query(other_addresses).with(source_).run();
  if (!ties_apart_) {
    connection_.execute(
        "CREATE TEMP TABLE said (side INTEGER NOT NULL, person INTEGER NOT NULL, other INTEGER NOT NULL, "
        "PRIMARY KEY (side, person, other)) WITHOUT ROWID");
    connection_.execute(said_ties);
    connection_.query(other_ties).with(source_).run();
  }
  connection_.execute(let_go);
}

}  // namespace crier::store
