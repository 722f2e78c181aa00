#include "store/audience_facts.hpp"

#include <algorithm>

#include "model/data_issue.hpp"
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

std::vector<std::string> payment_items(Connection& connection, const Ids& schools) {
  const auto scope = json_list(std::span<const std::int64_t>(schools));
  auto rows = connection.query(R"sql(
SELECT DISTINCT payment.item FROM payment
WHERE EXISTS (SELECT 1 FROM place WHERE place.person = payment.pupil
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

std::vector<std::string> issue_kinds_known(Connection& connection) {
  auto rows = connection.query("SELECT DISTINCT kind FROM data_issue ORDER BY kind");
  auto kinds = texts_of(rows);
  kinds.insert(kinds.end(), standing_issue_kinds.begin(), standing_issue_kinds.end());
  std::sort(kinds.begin(), kinds.end());
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  return kinds;
}

std::vector<std::string> person_codes(Connection& connection, std::optional<PersonKind> kind,
                                      const Ids& schools) {
  const auto scope = json_list(std::span<const std::int64_t>(schools));
  auto rows = connection.query(R"sql(
SELECT DISTINCT person.code FROM place JOIN person ON person.id = place.person
WHERE (?1 = '' OR place.kind = ?1) AND place.school IN (SELECT value FROM json_each(?2))
ORDER BY person.code)sql");
  rows.with(kind ? to_text(*kind) : std::string_view(), scope);
  return texts_of(rows);
}

std::vector<std::string> refused_purposes(Connection& connection, const Ids& people) {
  const auto list = json_list(std::span<const std::int64_t>(people));
  auto rows = connection.query(R"sql(
SELECT DISTINCT consent.purpose FROM consent
WHERE consent.given = 0 AND consent.person IN (SELECT value FROM json_each(?1)) ORDER BY consent.purpose)sql");
  rows.with(list);
  return texts_of(rows);
}

std::vector<std::string> alternate_weeks(Connection& connection, const Ids& schools) {
  const auto scope = json_list(std::span<const std::int64_t>(schools));
  auto rows = connection.query(R"sql(
SELECT DISTINCT timetable_slot.week FROM timetable_slot JOIN roster_group
  ON roster_group.id = timetable_slot.roster_group
WHERE timetable_slot.week <> '' AND roster_group.school IN (SELECT value FROM json_each(?1))
ORDER BY timetable_slot.week)sql");
  rows.with(scope);
  return texts_of(rows);
}

}  // namespace crier::store
