#include <fmt/format.h>

#include "base/text.hpp"
#include "store/json_list.hpp"
#include "store/ledger_store.hpp"
#include "store/number_store.hpp"
#include "store/retention_store.hpp"
#include "store/secret_store.hpp"
#include "store/staff_mail_store.hpp"

namespace crier::store {
namespace {

constexpr const char* gone = "XXXX";

// All of `m` ended before ?1. What crier has still to say of it, or to weigh, is not over.
constexpr std::string_view over = R"sql(
m.created < ?1 AND m.state <> 'awaiting-approval' AND (m.confirm_to = '' OR m.end_told IS NOT NULL)
AND NOT EXISTS (SELECT 1 FROM job AS j WHERE j.message = m.id
                AND (j.updated >= ?1 OR j.not_started + j.processing + j.held + j.in_doubt > 0
                     OR EXISTS (SELECT 1 FROM job_to_weigh AS w WHERE w.job = j.id))))sql";

// Who had a message is asked of it and its repeats together (M10): they go together.
constexpr std::string_view chain_over = R"sql(
NOT EXISTS (SELECT 1 FROM message AS c
            WHERE c.id IN (SELECT coalesce(x.again_of, x.id) FROM message AS x WHERE x.id = m.id
                           UNION SELECT y.id FROM message AS y
                           WHERE y.again_of = (SELECT coalesce(z.again_of, z.id) FROM message AS z WHERE z.id = m.id))
              AND NOT ({})))sql";

// D9: a fault counts until a message gets through, as long as anybody has the address.
constexpr std::string_view counts_as_fault = R"sql(
EXISTS (SELECT 1 FROM recipient_fault AS f WHERE f.delivery = d.id AND f.forgiven = 0 AND d.state = 'failed'
        AND EXISTS (SELECT 1 FROM address AS a WHERE a.compare_key = f.compare_key)))sql";

std::string over_as(std::string_view alias) {
  std::string text(over);
  for (auto at = text.find("m."); at != std::string::npos; at = text.find("m.", at + alias.size() + 1)) {
    const bool word = at == 0 || text[at - 1] == ' ' || text[at - 1] == '(' || text[at - 1] == '\n';
    if (word) text.replace(at, 1, alias);
  }
  return text;
}

/// Which messages may go, ?1 being the time and ?2 the sender of staff mails.
std::string may_go(Depth depth, Whose whose) {
  std::string where = fmt::format("({})", over);
  if (whose == Whose::schools) where += " AND m.sender <> ?2";
  if (whose == Whose::crier) where += " AND m.sender = ?2";
  if (whose == Whose::anybody) where += " AND ?2 IS NOT NULL";
  if (depth == Depth::words) return where + " AND m.words_gone IS NULL";
  where += fmt::format(fmt::runtime(" AND " + std::string(chain_over)), over_as("c"));
  // Of one that is nothing but a number any more, and of one whose deliveries all count as faults, nothing
  // goes.
  return where + fmt::format(R"sql( AND (EXISTS (SELECT 1 FROM job CROSS JOIN delivery AS d
  WHERE job.message = m.id AND d.job = job.id AND NOT {}) OR (m.words_gone IS NULL AND NOT EXISTS (
  SELECT 1 FROM job WHERE job.message = m.id))))sql",
                             counts_as_fault);
}

std::optional<std::int64_t> next_job(Connection& connection, std::int64_t message, std::int64_t after) {
  auto found = connection.query("SELECT min(id) FROM job WHERE message = ?1 AND id > ?2");
  found.with(message, after);
  return found.step() ? found.maybe_integer(0) : std::nullopt;
}

/// Of a stretch of a job's deliveries.
enum class Take { all, faults, besides_faults };

/// What somebody has put back into the queue meanwhile is not taken.
void fill_batch(Connection& connection, const MessageCursor& from, std::int64_t upto, Take take) {
  connection.execute("CREATE TEMP TABLE IF NOT EXISTS let_go (id INTEGER PRIMARY KEY, job INTEGER NOT NULL)");
  connection.execute("DELETE FROM temp.let_go");
  const auto which = take == Take::all
                         ? std::string()
                         : fmt::format(" AND {}{}", take == Take::faults ? "" : "NOT ", counts_as_fault);
  connection
      .query(fmt::format(
          "INSERT INTO let_go (id, job) SELECT d.id, d.job FROM delivery AS d WHERE d.job = ?1 AND "
          "d.person > ?2 AND d.person <= ?3 AND d.state IN ('complete', 'failed', 'cancelled'){}",
          which))
      .with(from.job, from.person, upto)
      .run();
}

/// Up to which person the next so many deliveries of a job go; none where there are no more.
std::optional<std::int64_t> end_of_stretch(Connection& connection, const MessageCursor& cursor,
                                           std::int64_t limit) {
  auto last = connection.query(
      "SELECT max(person) FROM (SELECT person FROM delivery WHERE job = ?1 AND person > ?2 ORDER BY person "
      "LIMIT ?3)");
  last.with(cursor.job, cursor.person, limit);
  return last.step() ? last.maybe_integer(0) : std::nullopt;
}

/// T4: whether a notice was heard is read from its delivery; what that says now is written down before it
/// goes, by the rule of `tellings`.
void keep_told(Connection& connection) {
  auto heard = connection.query(R"sql(
SELECT told.id, d.channel, d.address
FROM let_go CROSS JOIN delivery AS d CROSS JOIN job CROSS JOIN told
WHERE d.id = let_go.id AND job.id = d.job AND told.message = job.message AND told.contact = d.person
  AND (d.state = 'complete'
       OR EXISTS (SELECT 1 FROM attempt
                  WHERE attempt.delivery = d.id AND attempt.verdict = 'delivered'
                    AND (d.state <> 'failed' OR attempt.n < d.attempts)
                    AND NOT EXISTS (SELECT 1 FROM attempt AS refusal
                                    WHERE refusal.delivery = d.id AND refusal.n = attempt.n
                                      AND refusal.verdict = 'rejected'))))sql");
  auto keep = connection.query(
      "INSERT INTO told_kept (told, channel, mailbox) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
  std::optional<std::string> key;
  while (heard.step()) {
    if (!key) key = make_link_key(connection);
    const auto mailbox = mailbox_seal(*key, heard.view(1), heard.view(2));
    keep.with(heard.integer(0), heard.view(1), mailbox).run();
  }
}

/// D9: a success starts the row of faults anew; it still does once nobody can look the success up.
void settle_faults(Connection& connection) {
  if (connection.integer("SELECT EXISTS (SELECT 1 FROM recipient_fault WHERE forgiven = 0)") == 0) return;
  auto successes = connection.query(R"sql(
SELECT d.address, CASE d.channel WHEN 'email' THEN 'email' ELSE 'phone' END, d.first_try
FROM let_go CROSS JOIN delivery AS d
WHERE d.id = let_go.id AND d.state = 'complete' AND d.channel IN ('email', 'sms') AND d.first_try IS NOT NULL)sql");
  auto forgive = connection.query(
      "UPDATE recipient_fault SET forgiven = 1 WHERE compare_key = ?1 AND kind = ?2 AND sent <= ?3 AND "
      "forgiven = "
      "0");
  while (successes.step()) {
    const auto key = to_lower(successes.view(0));
    forgive.with(key, successes.view(1), successes.integer(2)).run();
  }
}

void empty_deliveries(Connection& connection) {
  connection.execute("DELETE FROM delivery_content WHERE delivery IN (SELECT id FROM let_go)");
  connection
      .query(
          "UPDATE attempt SET text = ?1 WHERE text NOT IN ('', ?1) AND delivery IN (SELECT id FROM let_go)")
      .with(gone)
      .run();
  connection
      .query(
          "UPDATE receipt SET text = ?1 WHERE text NOT IN ('', ?1) AND delivery IN (SELECT id FROM let_go)")
      .with(gone)
      .run();
  connection
      .query(
          "UPDATE delivery SET address = ?1 WHERE address NOT IN ('', ?1) AND id IN (SELECT id FROM let_go)")
      .with(gone)
      .run();
}

void delete_deliveries(Connection& connection) {
  for (const char* sql : {
           R"sql(
UPDATE job SET messages = job.messages - n.messages, complete = job.complete - n.complete,
  failed = job.failed - n.failed, cancelled = job.cancelled - n.cancelled
FROM (SELECT d.job AS job, count(*) AS messages,
        sum(CASE d.state WHEN 'complete' THEN 1 ELSE 0 END) AS complete,
        sum(CASE d.state WHEN 'failed' THEN 1 ELSE 0 END) AS failed,
        sum(CASE d.state WHEN 'cancelled' THEN 1 ELSE 0 END) AS cancelled
      FROM let_go CROSS JOIN delivery AS d WHERE d.id = let_go.id GROUP BY d.job) AS n
WHERE job.id = n.job)sql",
           "UPDATE feedback_mail SET delivery = NULL WHERE delivery IN (SELECT id FROM let_go)",
           "DELETE FROM recipient_fault WHERE delivery IN (SELECT id FROM let_go)",
           "DELETE FROM delivery_content WHERE delivery IN (SELECT id FROM let_go)",
           "DELETE FROM attempt WHERE delivery IN (SELECT id FROM let_go)",
           "DELETE FROM receipt WHERE delivery IN (SELECT id FROM let_go)",
           "DELETE FROM delivery WHERE id IN (SELECT id FROM let_go)",
       }) {
    connection.execute(sql);
  }
}

/// The words of a message; whoever wants to repeat it is told that they are gone.
void empty_message(Connection& connection, std::int64_t message, Instant now) {
  connection.query("DELETE FROM message_text WHERE message = ?1").with(message).run();
  connection.query("DELETE FROM message_attachment WHERE message = ?1").with(message).run();
  connection
      .query(
          "UPDATE message SET body = '', expression = '', decision_reason = '', words_gone = ?2 WHERE id = "
          "?1 AND "
          "words_gone IS NULL")
      .with(message, to_millis(now))
      .run();
}

/// M10: as soon as something of a message or of its repeats is gone, nobody can tell any more who had it.
void empty_chain(Connection& connection, std::int64_t message, Instant now) {
  auto chain = connection.query(R"sql(
SELECT id FROM message WHERE words_gone IS NULL
  AND (id = ?1 OR id = (SELECT again_of FROM message WHERE id = ?1)
       OR again_of = (SELECT coalesce(again_of, id) FROM message WHERE id = ?1)) ORDER BY id)sql");
  chain.with(message);
  std::vector<std::int64_t> all;
  while (chain.step()) all.push_back(chain.integer(0));
  for (const auto one : all) empty_message(connection, one, now);
}

/// Jobs without deliveries, and the message where nothing needs its number: a key of idempotency would send
/// again, and what was told hangs on it.
std::int64_t delete_message(Connection& connection, std::int64_t message) {
  connection.query("DELETE FROM job WHERE message = ?1 AND messages = 0").with(message).run();
  auto left = connection.query("SELECT EXISTS (SELECT 1 FROM job WHERE message = ?1)");
  if (left.with(message).step() && left.integer(0) == 1) return 0;
  left.reset();
  connection.query("DELETE FROM acknowledgement WHERE message = ?1").with(message).run();
  // Told to nobody, as it turned out: it is due again with or without these.
  connection
      .query(
          "DELETE FROM told WHERE message = ?1 AND NOT EXISTS (SELECT 1 FROM told_kept WHERE told_kept.told "
          "= "
          "told.id)")
      .with(message)
      .run();
  connection.query("UPDATE message SET subject = '', confirm_to = '' WHERE id = ?1").with(message).run();
  auto needed = connection.query(
      "SELECT idempotency_key IS NOT NULL OR EXISTS (SELECT 1 FROM told WHERE message = ?1) FROM message "
      "WHERE id "
      "= ?1");
  if (needed.with(message).step() && needed.integer(0) == 1) return 1;
  needed.reset();
  connection.query("UPDATE occurrence SET message = NULL WHERE message = ?1").with(message).run();
  connection.query("UPDATE message SET again_of = NULL WHERE again_of = ?1").with(message).run();
  connection.query("DELETE FROM message WHERE id = ?1").with(message).run();
  return 1;
}

bool may_still_go(Connection& connection, Depth depth, std::int64_t message, Instant before) {
  // Whether something is left to do of it is not asked: the cursor knows.
  const auto where =
      depth == Depth::words
          ? std::string(over)
          : fmt::format("{} AND {}", over, fmt::format(fmt::runtime(std::string(chain_over)), over_as("c")));
  auto found = connection.query(fmt::format("SELECT 1 FROM message AS m WHERE m.id = ?2 AND {}", where));
  return found.with(to_millis(before), message).step();
}

}  // namespace

std::vector<std::int64_t> messages_to_let_go(Connection& connection, Depth depth, Whose whose,
                                             Instant before) {
  auto rows = connection.query(
      fmt::format("SELECT m.id FROM message AS m WHERE {} ORDER BY m.id", may_go(depth, whose)));
  rows.with(to_millis(before), staff_mail_sender);
  std::vector<std::int64_t> messages;
  while (rows.step()) messages.push_back(rows.integer(0));
  return messages;
}

std::int64_t messages_that_stay(Connection& connection, Whose whose, Instant before) {
  auto count = connection.query(fmt::format(
      "SELECT count(*) FROM message AS m WHERE m.created < ?1 AND {} AND (m.state = 'awaiting-approval' OR "
      "EXISTS "
      "(SELECT 1 FROM job WHERE job.message = m.id AND not_started + processing + held + in_doubt > 0))",
      whose == Whose::crier ? "m.sender = ?2" : "m.sender <> ?2"));
  count.with(to_millis(before), staff_mail_sender);
  return count.step() ? count.integer(0) : 0;
}

MessageCounts count_messages_to_let_go(Connection& connection, Depth depth,
                                       std::span<const std::int64_t> messages) {
  const auto staying = depth == Depth::words ? std::string("0")
                                             : fmt::format(R"sql(
(SELECT count(*) FROM recipient_fault AS g CROSS JOIN delivery AS d
 WHERE g.job = job.id AND d.id = g.delivery AND {}))sql",
                                                           counts_as_fault);
  const auto list = json_list(messages);
  auto count = connection.query(fmt::format(R"sql(
SELECT coalesce(sum(job.messages - {}), 0) FROM json_each(?1) AS m CROSS JOIN job WHERE job.message = m.value)sql",
                                            staying));
  count.with(list).step();
  return {static_cast<std::int64_t>(messages.size()), count.integer(0)};
}

MessageCounts let_message_go(Connection& connection, Depth depth, std::int64_t message, Instant before,
                             std::int64_t limit, MessageCursor& cursor, Instant now) {
  MessageCounts counts;
  if (!may_still_go(connection, depth, message, before)) {
    cursor.done = true;
    return counts;
  }
  if (depth == Depth::whole) {
    note_numbers(connection);
    empty_chain(connection, message, now);
  }
  auto upto = end_of_stretch(connection, cursor, limit);
  while (!upto) {
    const auto job = next_job(connection, message, cursor.job);
    if (!job) {
      cursor.done = true;
      if (depth == Depth::whole) {
        counts.messages = delete_message(connection, message);
      } else {
        empty_message(connection, message, now);
        counts.messages = 1;
      }
      return counts;
    }
    cursor = {*job, 0, false};
    upto = end_of_stretch(connection, cursor, limit);
  }
  fill_batch(connection, cursor, *upto, Take::all);
  keep_told(connection);
  settle_faults(connection);
  if (depth == Depth::whole) {
    // After the successes have been weighed: what counts no more does not stay.
    fill_batch(connection, cursor, *upto, Take::faults);
    empty_deliveries(connection);
    fill_batch(connection, cursor, *upto, Take::besides_faults);
    delete_deliveries(connection);
  } else {
    empty_deliveries(connection);
  }
  counts.deliveries = connection.integer("SELECT count(*) FROM let_go");
  cursor.person = *upto;
  return counts;
}

namespace {

constexpr std::string_view deleted_to_forget = R"sql(
SELECT person FROM deletion WHERE done = 1
  AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.person = deletion.person)
  AND NOT EXISTS (SELECT 1 FROM acknowledgement WHERE acknowledgement.person = deletion.person)
ORDER BY person LIMIT ?1)sql";

std::vector<std::int64_t> deleted_people(Connection& connection, std::int64_t limit) {
  auto rows = connection.query(deleted_to_forget);
  rows.with(limit);
  std::vector<std::int64_t> people;
  while (rows.step()) people.push_back(rows.integer(0));
  return people;
}

}  // namespace

bool any_deleted_to_forget(Connection& connection) {
  return !deleted_people(connection, 1).empty();
}

std::int64_t forget_deleted(Connection& connection, std::int64_t limit) {
  const auto people = deleted_people(connection, limit);
  for (const auto person : people) {
    connection.query("DELETE FROM deletion WHERE person = ?1").with(person).run();
    connection.query("UPDATE data_issue SET person = NULL WHERE person = ?1").with(person).run();
    connection.query("DELETE FROM person WHERE id = ?1").with(person).run();
  }
  return static_cast<std::int64_t>(people.size());
}

}  // namespace crier::store
