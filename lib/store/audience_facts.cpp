#include "store/audience_facts.hpp"

#include "store/json_list.hpp"

namespace crier::store {
namespace {

std::vector<std::string> texts_of(Query& rows) {
  std::vector<std::string> all;
  while (rows.step()) all.push_back(rows.text(0));
  return all;
}

}  // namespace

std::vector<std::string> survey_names(Connection& connection, const Ids& schools) {
  const auto scope = json_list(std::span<const std::int64_t>(schools));
  auto rows = connection.query(R"sql(
SELECT DISTINCT respondent.survey FROM respondent
WHERE EXISTS (SELECT 1 FROM place WHERE place.person = respondent.person
              AND +place.school IN (SELECT value FROM json_each(?1)))
ORDER BY respondent.survey)sql");
  rows.with(scope);
  return texts_of(rows);
}

std::vector<std::string> unpaid_items(Connection& connection, const Ids& schools) {
  const auto scope = json_list(std::span<const std::int64_t>(schools));
  auto rows = connection.query(R"sql(
SELECT DISTINCT payment.item FROM payment
WHERE payment.paid = 0 AND EXISTS (SELECT 1 FROM place WHERE place.person = payment.pupil
                                   AND +place.school IN (SELECT value FROM json_each(?1)))
ORDER BY payment.item)sql");
  rows.with(scope);
  return texts_of(rows);
}

std::vector<std::string> contract_names(Connection& connection, const Ids& schools) {
  const auto scope = json_list(std::span<const std::int64_t>(schools));
  auto rows = connection.query(R"sql(
SELECT payment.contract FROM payment
WHERE payment.contract <> '' AND EXISTS (SELECT 1 FROM place WHERE place.person = payment.pupil
                                         AND +place.school IN (SELECT value FROM json_each(?1)))
UNION SELECT consent.purpose FROM consent ORDER BY 1)sql");
  rows.with(scope);
  return texts_of(rows);
}

std::vector<std::string> open_issue_kinds(Connection& connection) {
  auto rows = connection.query(
      "SELECT DISTINCT kind FROM data_issue WHERE state = 'open' AND person IS NOT NULL ORDER BY kind");
  return texts_of(rows);
}

}  // namespace crier::store
