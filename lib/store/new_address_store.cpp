#include "store/new_address_store.hpp"

namespace crier::store {

std::vector<NewAddress> new_addresses(Connection& connection, std::int64_t import) {
  auto rows = connection.query(R"sql(
SELECT p.id, min(place.school), p.code, p.family, p.given, a.normal
FROM address a JOIN person p ON p.id = a.person
JOIN place ON place.person = p.id AND place.kind = 'contact' AND place.status = 'active'
WHERE a.kind = 'email' AND a.normal IS NOT NULL
  AND a.id = (SELECT x.id FROM address x WHERE x.person = a.person AND x.kind = 'email' AND x.normal IS NOT NULL
              ORDER BY x.position, x.id LIMIT 1)
  AND (a.added_in = ?1 OR EXISTS (SELECT 1 FROM address_before b WHERE b.import = ?1 AND b.id = a.id
                                  AND b.op = 'changed' AND coalesce(b.normal, '') <> a.normal))
  AND NOT EXISTS (SELECT 1 FROM address_block k WHERE k.kind = 'email' AND k.compare_key = a.compare_key)
  AND NOT EXISTS (SELECT 1 FROM opt_out o WHERE o.person = p.id AND (o.channel IS NULL OR o.channel = 'email')
                  AND (o.category IS NULL OR o.category = 'system'))
GROUP BY p.id, p.code, p.family, p.given, a.normal
ORDER BY 2, p.sort_key, p.code)sql");
  rows.with(import);
  std::vector<NewAddress> found;
  while (rows.step()) {
    found.push_back(
        {rows.integer(0), rows.integer(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5)});
  }
  return found;
}

}  // namespace crier::store
