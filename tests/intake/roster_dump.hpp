// The whole roster as text, to tell whether two are the same. Fingerprints are left out: they only say
// whether the next import looks at a row again.
#pragma once

#include <array>
#include <string>

#include "store/connection.hpp"

namespace crier::test {

inline std::string roster_dump(store::Connection& connection) {
  constexpr std::array queries{
      "SELECT 'person', id, source, source_id, kind, code, code_folded, title, family, given, preferred, "
      "language, "
      "name_folded, hex(sort_key), contact_relation, contact_priority, contact_responsibility, "
      "contact_lives_with, "
      "contact_court_order, birth_date, added_in FROM person ORDER BY id",
      "SELECT 'place', id, person, school, kind, status, status_since, year, year_folded, form, form_folded, "
      "house, "
      "house_folded, boarding, boarding_folded, admission, source, added_in, '', '', '' FROM place ORDER BY "
      "id",
      "SELECT 'relationship', id, pupil, contact, relation, relation_folded, priority, responsibility, "
      "lives_with, "
      "court_order, prime, said_by, source, added_in, '', '', '', '', '', '', '' FROM relationship ORDER BY "
      "id",
      "SELECT 'address', id, person, kind, use, position, given, normal, compare_key, line, for_sms, source, "
      "added_in, "
      "'', '', '', '', '', '', '', '' FROM address ORDER BY id",
      "SELECT 'group', id, school, kind, name, name_folded, code, code_folded, active, source, source_id, "
      "added_in, "
      "'', '', '', '', '', '', '', '', '' FROM roster_group ORDER BY id",
      "SELECT 'membership', id, roster_group, person, role, begins, ends, source, source_id, added_in, '', "
      "'', '', '', "
      "'', '', '', '', '', '', '' FROM membership ORDER BY id",
      "SELECT 'assignment', id, roster_group, title, due, points, live, source, source_id, added_in, '', '', "
      "'', '', "
      "'', '', '', '', '', '', '' FROM assignment ORDER BY id",
      "SELECT 'mark', id, assignment, pupil, status, score, missing, source, source_id, added_in, '', '', "
      "'', '', '', "
      "'', '', '', '', '', '' FROM mark ORDER BY id",
  };
  std::string dump;
  for (const char* sql : queries) {
    auto rows = connection.query(sql);
    while (rows.step()) {
      for (int column = 0; column < 21; ++column)
        dump += (rows.is_null(column) ? "NULL" : rows.text(column)) + "|";
      dump += "\n";
    }
  }
  return dump;
}

/// What is known of whom, without the numbers that depend on the way there.
inline std::string roster_meaning(store::Connection& connection) {
  constexpr std::array queries{
      "SELECT 'person', source_id, kind, code, title, family, given, name_folded FROM person p WHERE EXISTS "
      "(SELECT 1 "
      "FROM place WHERE place.person = p.id AND status <> 'leaver') ORDER BY source_id",
      "SELECT 'place', p.source_id, s.code, x.kind, status, year, form, '' FROM place x JOIN person p ON "
      "p.id = x.person "
      "JOIN school s ON s.id = x.school WHERE status <> 'leaver' ORDER BY p.source_id, s.code, x.kind",
      "SELECT 'relationship', p.source_id, c.source_id, relation, priority, court_order, prime, said_by FROM "
      "relationship r JOIN person p ON p.id = r.pupil JOIN person c ON c.id = r.contact WHERE EXISTS (SELECT "
      "1 FROM "
      "place WHERE place.person = r.pupil AND status <> 'leaver') AND EXISTS (SELECT 1 FROM place WHERE "
      "place.person = "
      "r.contact AND status <> 'leaver') ORDER BY 2, 3",
      "SELECT 'address', p.source_id, x.kind, use, x.given, coalesce(normal, ''), line, position FROM "
      "address x JOIN "
      "person p ON p.id = x.person WHERE EXISTS (SELECT 1 FROM place WHERE place.person = p.id AND status <> "
      "'leaver') "
      "ORDER BY 2, 3, 4",
      "SELECT 'group', source_id, kind, name, code, active, '', '' FROM roster_group WHERE active = 1 ORDER "
      "BY source_id",
      "SELECT 'membership', m.source_id, g.source_id, p.source_id, role, begins, ends, '' FROM membership m "
      "JOIN "
      "roster_group g ON g.id = m.roster_group JOIN person p ON p.id = m.person ORDER BY 2",
      "SELECT 'assignment', source_id, title, due, points, live, '', '' FROM assignment WHERE live = 1 ORDER "
      "BY 2",
      "SELECT 'mark', m.source_id, a.source_id, p.source_id, status, score, missing, '' FROM mark m JOIN "
      "assignment a ON "
      "a.id = m.assignment JOIN person p ON p.id = m.pupil ORDER BY 2",
  };
  std::string dump;
  for (const char* sql : queries) {
    auto rows = connection.query(sql);
    while (rows.step()) {
      for (int column = 0; column < 8; ++column)
        dump += (rows.is_null(column) ? "NULL" : rows.text(column)) + "|";
      dump += "\n";
    }
  }
  return dump;
}

/// Empty where two dumps are the same, else their first lines that differ.
inline std::string difference(const std::string& a, const std::string& b) {
  if (a == b) return "";
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
  const auto line = [&](const std::string& text) {
    const auto begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
    return text.substr(begin, text.find('\n', at) - begin);
  };
  return line(a) + " <> " + line(b);
}

}  // namespace crier::test
