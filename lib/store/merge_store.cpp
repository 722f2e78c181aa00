#include "store/merge_store.hpp"

#include "store/json_list.hpp"

namespace crier::store {

std::vector<UnpaidPayment> unpaid_payments(Connection& connection, std::span<const std::int64_t> pupils) {
  const auto list = json_list(pupils);
  auto rows = connection.query(R"sql(
SELECT payment.pupil, payment.item, payment.amount, payment.currency, payment.due, payment.contract
FROM json_each(?1) AS pupils CROSS JOIN payment
WHERE payment.pupil = pupils.value AND payment.paid = 0
ORDER BY payment.pupil, payment.due, payment.item, payment.id)sql");
  rows.with(list);
  std::vector<UnpaidPayment> all;
  while (rows.step()) {
    all.push_back({rows.integer(0), rows.text(1), rows.integer(2), rows.text(3), rows.text(4), rows.text(5)});
  }
  return all;
}

std::vector<std::pair<std::int64_t, std::string>> preferred_names(Connection& connection,
                                                                  std::span<const std::int64_t> people) {
  const auto list = json_list(people);
  auto rows = connection.query(R"sql(
SELECT person.id, person.preferred FROM json_each(?1) AS asked CROSS JOIN person
WHERE person.id = asked.value AND person.preferred <> ''
ORDER BY person.id)sql");
  rows.with(list);
  std::vector<std::pair<std::int64_t, std::string>> all;
  while (rows.step()) all.emplace_back(rows.integer(0), rows.text(1));
  return all;
}

std::vector<std::pair<std::int64_t, std::string>> years_of_pupils(Connection& connection,
                                                                  std::span<const std::int64_t> pupils,
                                                                  std::int64_t school) {
  const auto list = json_list(pupils);
  auto rows = connection.query(R"sql(
SELECT place.person, place.year FROM json_each(?1) AS asked CROSS JOIN place
WHERE place.person = asked.value AND place.kind = 'pupil' AND place.status = 'active' AND place.year <> ''
ORDER BY place.person, CASE place.school WHEN ?2 THEN 0 ELSE 1 END, place.id)sql");
  rows.with(list, school);
  std::vector<std::pair<std::int64_t, std::string>> all;
  while (rows.step()) {
    if (all.empty() || all.back().first != rows.integer(0)) all.emplace_back(rows.integer(0), rows.text(1));
  }
  return all;
}

std::vector<std::pair<std::string, std::int64_t>> languages_spoken(Connection& connection) {
  auto rows = connection.query(R"sql(
SELECT language, count(*) FROM person
WHERE language <> '' AND EXISTS (SELECT 1 FROM place WHERE place.person = person.id AND place.status = 'active')
GROUP BY language ORDER BY language)sql");
  std::vector<std::pair<std::string, std::int64_t>> all;
  while (rows.step()) all.emplace_back(rows.text(0), rows.integer(1));
  return all;
}

std::vector<std::string> codes_of_pupils_of(Connection& connection, std::int64_t person) {
  auto rows = connection.query(R"sql(
SELECT DISTINCT person.code FROM relationship CROSS JOIN place CROSS JOIN person
WHERE relationship.contact = ?1 AND place.person = relationship.pupil AND place.kind = 'pupil'
  AND place.status = 'active' AND person.id = relationship.pupil
ORDER BY person.code)sql");
  rows.with(person);
  std::vector<std::string> codes;
  while (rows.step()) codes.push_back(rows.text(0));
  return codes;
}

}  // namespace crier::store
