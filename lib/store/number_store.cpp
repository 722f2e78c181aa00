#include "store/number_store.hpp"

namespace crier::store {

void note_numbers(Connection& connection) {
  connection.execute(R"sql(
INSERT INTO number_given (what, highest)
SELECT what, highest FROM (
  SELECT 'message' AS what, max(id) AS highest FROM message UNION ALL
  SELECT 'job', max(id) FROM job UNION ALL
  SELECT 'delivery', max(id) FROM delivery) AS now
WHERE highest IS NOT NULL
ON CONFLICT (what) DO UPDATE SET highest = max(highest, excluded.highest))sql");
}

std::optional<std::int64_t> number_behind_gone(Connection& connection, Numbered what) {
  constexpr std::string_view message =
      "SELECT highest + 1 FROM number_given WHERE what = 'message' AND highest > coalesce((SELECT max(id) "
      "FROM message), 0)";
  constexpr std::string_view job =
      "SELECT highest + 1 FROM number_given WHERE what = 'job' AND highest > coalesce((SELECT max(id) FROM "
      "job), 0)";
  constexpr std::string_view delivery =
      "SELECT highest + 1 FROM number_given WHERE what = 'delivery' AND highest > coalesce((SELECT max(id) "
      "FROM delivery), 0)";
  auto found = connection.query(what == Numbered::message ? message : what == Numbered::job ? job : delivery);
  if (!found.step()) return std::nullopt;
  return found.integer(0);
}

}  // namespace crier::store
