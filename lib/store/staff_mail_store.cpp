#include "store/staff_mail_store.hpp"

#include "base/text.hpp"

namespace crier::store {

std::vector<EndedMessage> ended_messages(Connection& connection) {
  auto rows = connection.query(R"sql(
SELECT message.id, message.school, message.subject, message.confirm_to FROM message
WHERE message.confirm_to <> '' AND message.end_told IS NULL AND message.state <> 'awaiting-approval'
  AND EXISTS (SELECT 1 FROM job WHERE job.message = message.id)
  AND NOT EXISTS (SELECT 1 FROM job
                  WHERE job.message = message.id AND (job.not_started > 0 OR job.held > 0 OR job.processing > 0))
ORDER BY message.id)sql");
  std::vector<EndedMessage> ended;
  while (rows.step()) ended.push_back({rows.integer(0), rows.integer(1), rows.text(2), rows.text(3)});
  return ended;
}

bool note_end_told(Connection& connection, std::int64_t message, Instant now) {
  return connection.query("UPDATE message SET end_told = ?2 WHERE id = ?1 AND end_told IS NULL")
             .with(message, to_millis(now))
             .run() > 0;
}

std::vector<NewFailures> failures_since(Connection& connection, Instant since) {
  auto rows = connection.query(R"sql(
SELECT job.id, message.school, message.subject, job.channel,
  CASE delivery.reason WHEN 'wallet' THEN delivery.reason ELSE coalesce(
    (SELECT cause FROM attempt WHERE attempt.delivery = delivery.id ORDER BY n DESC, attempt.id DESC LIMIT 1), '') END,
  count(*)
FROM (SELECT id, job, reason FROM delivery WHERE state = 'failed' AND attempts > 0 AND updated > ?1
  UNION SELECT id, job, reason FROM delivery WHERE state = 'failed' AND reason = 'wallet' AND updated > ?1) AS delivery
CROSS JOIN job CROSS JOIN message
WHERE job.id = delivery.job AND message.id = job.message AND message.sender <> ?2
GROUP BY job.id, message.school, message.subject, job.channel, 5
ORDER BY job.id, 6 DESC, 5)sql");
  rows.with(to_millis(since), staff_mail_sender);
  std::vector<NewFailures> failures;
  while (rows.step()) {
    failures.push_back(
        {rows.integer(0), rows.integer(1), rows.text(2), rows.text(3), rows.text(4), rows.integer(5)});
  }
  return failures;
}

std::optional<LastErrorReport> last_error_report(Connection& connection) {
  auto found = connection.query("SELECT sent, upto FROM error_report ORDER BY id DESC LIMIT 1");
  if (!found.step()) return std::nullopt;
  return LastErrorReport{from_millis(found.integer(0)), from_millis(found.integer(1))};
}

std::int64_t error_reports_since(Connection& connection, Instant since) {
  auto found = connection.query("SELECT count(*) FROM error_report WHERE sent > ?1");
  found.with(to_millis(since));
  return found.step() ? found.integer(0) : 0;
}

void note_error_report(Connection& connection, Instant sent, Instant upto) {
  connection.query("INSERT INTO error_report (sent, upto) VALUES (?1, ?2)")
      .with(to_millis(sent), to_millis(upto))
      .run();
}

std::int64_t addressee(Connection& connection, std::string_view address, Instant now) {
  connection
      .query(
          "INSERT INTO source (name, kind, created) VALUES ('crier', 'crier', ?1) ON CONFLICT (name) DO "
          "NOTHING")
      .with(to_millis(now))
      .run();
  const auto key = to_lower(address);
  connection
      .query(R"sql(
INSERT INTO person (source, source_id, kind, code, code_folded, title, family, given, preferred, language, name_folded,
  sort_key, contact_relation, fingerprint)
SELECT source.id, ?1, 'staff', ?1, ?2, '', '', '', '', '', '', x'00', '', 0 FROM source WHERE source.name = 'crier'
  AND NOT EXISTS (SELECT 1 FROM person WHERE person.source = source.id AND person.source_id = ?1))sql")
      .with(key, fold(key))
      .run();
  auto found = connection.query(
      "SELECT person.id FROM person JOIN source ON source.id = person.source "
      "WHERE source.name = 'crier' AND person.source_id = ?1");
  found.with(key);
  return found.step() ? found.integer(0) : 0;
}

}  // namespace crier::store
