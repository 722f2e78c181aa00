#include "store/ledger_store.hpp"

#include <fmt/format.h>

#include "base/seal.hpp"
#include "base/text.hpp"
#include "store/json_list.hpp"

namespace crier::store {

void insert_told(Connection& connection, std::string_view notice, std::int64_t message,
                 std::span<const ToldEntry> entries) {
  auto insert = connection.query(
      "INSERT INTO told (notice, finding, pupil, contact, message) VALUES (?1, ?2, ?3, ?4, ?5)");
  for (const auto& entry : entries) {
    insert.with(notice, entry.finding, entry.pupil, entry.contact, message).run();
  }
}

// A rerun puts an accepted delivery back into the queue (D7): the attempt that was accepted still tells that
// it was heard. An attempt that a bounce has taken back does not: then the delivery has failed with no later
// attempt, or a rejection stands beside the attempt. What was heard in a delivery that was let go stands in
// told_kept (P1). ?1 notice, ?2 findings, ?3 a message that does not count, or NULL
constexpr std::string_view tellings_sql = R"sql(
WITH heard AS (
  SELECT told.finding, told.pupil, told.contact, delivery.channel, delivery.address, told.message,
    CASE
      WHEN delivery.state IN ('complete', 'in-doubt') THEN 2
      WHEN EXISTS (SELECT 1 FROM attempt
                   WHERE attempt.delivery = delivery.id AND attempt.verdict = 'delivered'
                     AND (delivery.state <> 'failed' OR attempt.n < delivery.attempts)
                     AND NOT EXISTS (SELECT 1 FROM attempt refusal
                                     WHERE refusal.delivery = delivery.id AND refusal.n = attempt.n
                                       AND refusal.verdict = 'rejected')) THEN 2
      WHEN delivery.state IN ('failed', 'cancelled') THEN 0
      ELSE 1
    END AS standing, '' AS mailbox
  FROM told JOIN job ON job.message = told.message
  JOIN delivery ON delivery.job = job.id AND delivery.person = told.contact
  WHERE told.notice = ?1 AND told.finding IN (SELECT value FROM json_each(?2))
    AND (?3 IS NULL OR told.message <> ?3)
  UNION ALL
  SELECT told.finding, told.pupil, told.contact, told_kept.channel, '', told.message, 2, told_kept.mailbox
  FROM told JOIN told_kept ON told_kept.told = told.id
  WHERE told.notice = ?1 AND told.finding IN (SELECT value FROM json_each(?2))
    AND (?3 IS NULL OR told.message <> ?3))
SELECT finding, pupil, contact, standing, channel, address, message, mailbox FROM heard WHERE standing > 0
ORDER BY finding, pupil, contact, standing DESC, channel, address, mailbox)sql";

std::string mailbox_seal(std::string_view key, std::string_view channel, std::string_view address) {
  return crier::seal(key, fmt::format("mailbox {} {}", channel, to_lower(address)));
}

std::vector<Telling> tellings(Connection& connection, std::string_view notice,
                              std::span<const std::int64_t> findings, std::optional<std::int64_t> besides) {
  const auto list = json_list(findings);
  auto rows = connection.query(tellings_sql);
  rows.with(notice, list, besides);
  std::vector<Telling> found;
  while (rows.step()) {
    found.push_back({{rows.integer(0), rows.integer(1), rows.integer(2)},
                     rows.integer(3) == 2 ? ToldState::told : ToldState::reserved,
                     parse_channel(rows.view(4)).value_or(Channel::email),
                     rows.text(5),
                     rows.text(7),
                     rows.integer(6)});
  }
  return found;
}

void replace_told(Connection& connection, std::string_view notice, std::int64_t message, std::int64_t contact,
                  std::span<const ToldEntry> entries) {
  connection
      .query(R"sql(
DELETE FROM told WHERE message = ?1 AND contact = ?2 AND NOT EXISTS (
  SELECT 1 FROM job JOIN delivery ON delivery.job = job.id
  WHERE job.message = ?1 AND delivery.person = ?2 AND delivery.attempts > 0))sql")
      .with(message, contact)
      .run();
  auto insert = connection.query(R"sql(
INSERT INTO told (notice, finding, pupil, contact, message)
SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (
  SELECT 1 FROM told WHERE message = ?5 AND contact = ?4 AND finding = ?2 AND pupil = ?3))sql");
  for (const auto& entry : entries) {
    insert.with(notice, entry.finding, entry.pupil, entry.contact, message).run();
  }
}

std::vector<std::int64_t> pupils_told(Connection& connection, std::int64_t message, std::int64_t contact) {
  auto rows =
      connection.query("SELECT DISTINCT pupil FROM told WHERE message = ?1 AND contact = ?2 ORDER BY pupil");
  rows.with(message, contact);
  std::vector<std::int64_t> pupils;
  while (rows.step()) pupils.push_back(rows.integer(0));
  return pupils;
}

std::vector<ToldEntry> told_by(Connection& connection, std::int64_t message) {
  auto rows = connection.query(
      "SELECT DISTINCT finding, pupil, contact FROM told WHERE message = ?1 ORDER BY finding, pupil, "
      "contact");
  rows.with(message);
  std::vector<ToldEntry> entries;
  while (rows.step()) entries.push_back({rows.integer(0), rows.integer(1), rows.integer(2)});
  return entries;
}

std::string notice_of(Connection& connection, std::int64_t message) {
  auto found = connection.query("SELECT notice FROM told WHERE message = ?1 ORDER BY id LIMIT 1");
  found.with(message);
  return found.step() ? found.text(0) : std::string();
}

}  // namespace crier::store
