#include "store/prime_store.hpp"

#include "store/json_list.hpp"

namespace crier::store {

void choose_prime(Connection& connection, std::int64_t source, Prime prime,
                  std::span<const std::int64_t> priorities, std::span<const std::string> relations) {
  const auto numbers = json_list(priorities);
  const auto words = json_list(relations);
  connection
      .query(R"sql(
UPDATE relationship SET prime = 1 - prime
WHERE source = ?1 AND prime <> CASE WHEN ?2 = 1 OR priority IN (SELECT value FROM json_each(?3))
  OR relation_folded IN (SELECT value FROM json_each(?4)) THEN 1 ELSE 0 END)sql")
      .with(source, prime == Prime::everybody ? 1 : 0, numbers, words)
      .run();
}

}  // namespace crier::store
