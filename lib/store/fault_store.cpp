#include "store/fault_store.hpp"

#include <optional>
#include <set>

#include "base/text.hpp"

namespace crier::store {
namespace {

/// Which kind of address a channel's failures block: three e-mails a bounce, three texts a text failure (D9).
std::string_view kind_of(std::string_view channel) {
  if (channel == "email") return "email";
  return channel == "sms" ? "phone" : "";
}

/// When a message got through to this address, of those before that time the last; none: never. What was sent
/// since then was only accepted by a relay: its bounce may be on its way.
std::optional<std::int64_t> last_success(Connection& connection, std::string_view kind,
                                         std::string_view compare_key, std::int64_t before) {
  auto rows = connection.query(R"sql(
SELECT d.address, d.first_try
FROM (SELECT DISTINCT person FROM address WHERE compare_key = ?1 AND kind = ?2) AS holder CROSS JOIN delivery AS d
WHERE d.person = holder.person AND d.channel = ?3 AND d.state = 'complete' AND d.first_try < ?4
ORDER BY d.first_try DESC)sql");
  rows.with(compare_key, kind, kind == "email" ? "email" : "sms", before);
  while (rows.step()) {
    if (to_lower(rows.view(0)) == compare_key) return rows.integer(1);
  }
  return std::nullopt;
}

}  // namespace

void note_job_to_weigh(Connection& connection, std::int64_t job) {
  connection.query("INSERT INTO job_to_weigh (job) VALUES (?1) ON CONFLICT (job) DO NOTHING").with(job).run();
}

std::vector<std::int64_t> jobs_to_weigh(Connection& connection) {
  // `+`: what is claimed is little, a job's deliveries may be many.
  auto rows = connection.query(R"sql(
SELECT w.job FROM job_to_weigh AS w CROSS JOIN job
WHERE job.id = w.job AND job.not_started = 0
  AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.state = 'claimed' AND +d.job = w.job)
ORDER BY w.job)sql");
  std::vector<std::int64_t> jobs;
  while (rows.step()) jobs.push_back(rows.integer(0));
  return jobs;
}

void forget_job_to_weigh(Connection& connection, std::int64_t job) {
  connection.query("DELETE FROM job_to_weigh WHERE job = ?1").with(job).run();
}

std::vector<RecipientFault> faults_of_job(Connection& connection, std::int64_t job) {
  // An address whose letters our own relay cannot carry is alive (D9: never for ours).
  auto rows = connection.query(R"sql(
SELECT d.id, d.channel, d.address, job.message, a.cause, d.first_try, a.code, a.enhanced, a.text
FROM job CROSS JOIN delivery AS d CROSS JOIN attempt AS a
WHERE job.id = ?1 AND d.job = job.id AND d.state = 'failed' AND d.first_try IS NOT NULL
  AND a.id = (SELECT x.id FROM attempt AS x WHERE x.delivery = d.id ORDER BY x.n DESC, x.id DESC LIMIT 1)
  AND a.fault = 'recipient' AND a.cause <> 'no-smtputf8'
ORDER BY d.id)sql");
  rows.with(job);
  std::vector<RecipientFault> faults;
  while (rows.step()) {
    const auto kind = kind_of(rows.view(1));
    if (kind.empty()) continue;
    RecipientFault fault;
    fault.delivery = rows.integer(0);
    fault.kind = kind;
    fault.compare_key = to_lower(rows.view(2));
    fault.message = rows.integer(3);
    fault.job = job;
    fault.cause = rows.text(4);
    fault.sent = from_millis(rows.integer(5));
    const auto code = rows.integer(6) == 0 ? std::string() : std::to_string(rows.integer(6));
    for (const auto& part : {code, rows.text(7), rows.text(8)}) {
      if (part.empty()) continue;
      if (!fault.text.empty()) fault.text += ' ';
      fault.text += part;
    }
    faults.push_back(std::move(fault));
  }
  return faults;
}

std::int64_t recipients_of_job(Connection& connection, std::int64_t job) {
  auto found = connection.query("SELECT messages FROM job WHERE id = ?1");
  return found.with(job).step() ? found.integer(0) : 0;
}

void count_fault(Connection& connection, const RecipientFault& fault) {
  // A rerun may have failed at another address than before.
  connection
      .query(R"sql(
INSERT INTO recipient_fault (delivery, kind, compare_key, message, job, cause, sent)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (delivery) DO UPDATE SET compare_key = excluded.compare_key, cause = excluded.cause, sent = excluded.sent,
  forgiven = CASE WHEN recipient_fault.sent = excluded.sent THEN recipient_fault.forgiven ELSE 0 END)sql")
      .with(fault.delivery, fault.kind, fault.compare_key, fault.message, fault.job, fault.cause,
            to_millis(fault.sent))
      .run();
}

std::vector<RecipientFault> uncount_faults(Connection& connection, std::int64_t job, std::string_view cause) {
  auto rows = connection.query(
      "DELETE FROM recipient_fault WHERE job = ?1 AND cause = ?2 RETURNING delivery, kind, compare_key, "
      "message");
  rows.with(job, cause);
  std::vector<RecipientFault> faults;
  while (rows.step()) {
    RecipientFault fault;
    fault.delivery = rows.integer(0);
    fault.kind = rows.text(1);
    fault.compare_key = rows.text(2);
    fault.message = rows.integer(3);
    fault.job = job;
    fault.cause = cause;
    faults.push_back(std::move(fault));
  }
  return faults;
}

void forget_faults(Connection& connection, std::string_view kind, std::string_view compare_key) {
  // The rows stay: whoever weighs an old job again must not count them anew.
  connection.query("UPDATE recipient_fault SET forgiven = 1 WHERE compare_key = ?1 AND kind = ?2")
      .with(compare_key, kind)
      .run();
}

std::int64_t faults_in_a_row(Connection& connection, std::string_view kind, std::string_view compare_key,
                             std::int64_t enough) {
  auto rows = connection.query(R"sql(
SELECT f.message, f.sent FROM recipient_fault AS f CROSS JOIN delivery AS d
WHERE f.compare_key = ?1 AND f.kind = ?2 AND f.forgiven = 0 AND d.id = f.delivery AND d.state = 'failed'
ORDER BY f.sent)sql");
  rows.with(compare_key, kind);
  std::vector<std::pair<std::int64_t, std::int64_t>> faults;
  while (rows.step()) faults.emplace_back(rows.integer(0), rows.integer(1));
  if (faults.empty() || static_cast<std::int64_t>(faults.size()) < enough)
    return static_cast<std::int64_t>(faults.size());
  const auto success = last_success(connection, kind, compare_key, faults.back().second);
  std::set<std::int64_t> messages;
  for (const auto& [message, sent] : faults) {
    if (!success || sent > *success) messages.insert(message);
  }
  return static_cast<std::int64_t>(messages.size());
}

bool lift_block(Connection& connection, const RecipientFault& fault) {
  return connection
             .query(
                 "DELETE FROM address_block WHERE kind = ?1 AND compare_key = ?2 "
                 "AND reason IN ('blocked-bounce', 'blocked-text-failure')")
             .with(fault.kind, fault.compare_key)
             .run() > 0;
}

}  // namespace crier::store
