#include "store/prime_store.hpp"

#include "store/json_list.hpp"

namespace crier::store {

void choose_prime(Connection& connection, std::int64_t source, const PrimeRule& rule) {
  const auto numbers = json_list(rule.priorities);
  const auto words = json_list(rule.relations);
  connection
      .query(R"sql(
UPDATE relationship SET prime = 1 - prime
WHERE source = ?1 AND prime <> CASE WHEN ?2 = 1 OR priority IN (SELECT value FROM json_each(?3))
  OR relation_folded IN (SELECT value FROM json_each(?4)) THEN 1 ELSE 0 END)sql")
      .with(source, rule.who == Prime::everybody ? 1 : 0, numbers, words)
      .run();
}

bool prime_stands(Connection& connection, std::int64_t source, const PrimeRule& rule) {
  const auto numbers = json_list(rule.priorities);
  const auto words = json_list(rule.relations);
  auto other = connection.query(R"sql(
SELECT EXISTS (SELECT 1 FROM relationship
WHERE source = ?1 AND prime <> CASE WHEN ?2 = 1 OR priority IN (SELECT value FROM json_each(?3))
  OR relation_folded IN (SELECT value FROM json_each(?4)) THEN 1 ELSE 0 END))sql");
  other.with(source, rule.who == Prime::everybody ? 1 : 0, numbers, words).step();
  return other.integer(0) == 0;
}

}  // namespace crier::store
