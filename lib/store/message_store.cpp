#include "store/message_store.hpp"
#include "store/number_store.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace crier::store {
namespace {

std::optional<std::int64_t> maybe_millis(std::optional<Instant> at) {
  if (!at) return std::nullopt;
  return to_millis(*at);
}

std::optional<Instant> maybe_instant(std::optional<std::int64_t> millis) {
  if (!millis) return std::nullopt;
  return from_millis(*millis);
}

}  // namespace

std::int64_t insert_message(Connection& connection, const MessageRow& message) {
  connection
      .query(R"sql(
INSERT INTO message (id, school, subject, body, category, priority, sender, state, expression, recipients, send_at,
  created, idempotency_key, content_digest, occurrence, template, expires, leaves_within, skip_unreachable, ack,
  passes_quiet, again_of, test, again_to, confirm_to, fallback_after)
VALUES (?25, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, nullif(?12, ''), ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
  ?21, ?22, ?23, ?24, ?26))sql")
      .with(message.school, message.subject, message.body, to_text(message.category),
            to_text(message.priority), message.sender, to_text(message.state), message.expression,
            message.recipients, maybe_millis(message.send_at), to_millis(message.created),
            message.idempotency_key, message.content_digest, message.occurrence, message.template_name,
            maybe_millis(message.expires), message.leaves_within, message.skip_unreachable ? 1 : 0,
            message.ack ? 1 : 0, message.passes_quiet ? 1 : 0, message.again_of, message.test ? 1 : 0,
            message.again_of ? to_text(message.again_to) : "", message.confirm_to,
            number_behind_gone(connection, Numbered::message),
            message.fallback_after ? std::optional<std::int64_t>(message.fallback_after->count())
                                   : std::nullopt)
      .run();
  return connection.last_id();
}

MessageRow message(Connection& connection, std::int64_t id) {
  auto found = connection.query(R"sql(
SELECT id, school, subject, body, category, priority, sender, expression, recipients, created,
  coalesce(idempotency_key, ''), content_digest, occurrence, state, send_at, expires, leaves_within, template,
  skip_unreachable, ack, passes_quiet, again_of,
  test, again_to, confirm_to, words_gone, fallback_after
FROM message WHERE id = ?1)sql");
  found.with(id);
  if (!found.step()) {
    throw Error(Exit::nothing_there, "no-such-message", fmt::format("there is no message {}", id),
                "See 'crier status' for those there are.");
  }
  MessageRow row;
  row.id = found.integer(0);
  row.school = found.integer(1);
  row.subject = found.text(2);
  row.body = found.text(3);
  row.category = parse_category(found.view(4)).value_or(Category::informational);
  row.priority = parse_priority(found.view(5)).value_or(Priority::general);
  row.sender = found.text(6);
  row.expression = found.text(7);
  row.recipients = found.text(8);
  row.created = from_millis(found.integer(9));
  row.idempotency_key = found.text(10);
  row.content_digest = found.text(11);
  row.occurrence = found.maybe_integer(12);
  row.state = parse_message_state(found.view(13));
  row.send_at = maybe_instant(found.maybe_integer(14));
  row.expires = maybe_instant(found.maybe_integer(15));
  row.leaves_within = found.text(16);
  row.template_name = found.text(17);
  row.skip_unreachable = found.integer(18) == 1;
  row.ack = found.integer(19) == 1;
  row.passes_quiet = found.integer(20) == 1;
  row.again_of = found.maybe_integer(21);
  row.test = found.integer(22) == 1;
  row.again_to = parse_again_to(found.view(23));
  row.confirm_to = found.text(24);
  if (const auto after = found.maybe_integer(26)) row.fallback_after = std::chrono::seconds(*after);
  row.words_gone = maybe_instant(found.maybe_integer(25));
  return row;
}

void insert_texts(Connection& connection, std::int64_t message, std::span<const MessageText> texts) {
  auto insert = connection.query(
      "INSERT INTO message_text (message, language, fallback, subject, body, short_body, wechat_body) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  for (const auto& text : texts) {
    insert
        .with(message, text.language, text.fallback ? 1 : 0, text.subject, text.body, text.short_body,
              text.wechat_body)
        .run();
  }
}

std::vector<MessageText> message_texts(Connection& connection, std::int64_t message) {
  auto rows = connection.query(
      "SELECT language, fallback, subject, body, short_body, wechat_body FROM message_text "
      "WHERE message = ?1 ORDER BY language");
  rows.with(message);
  std::vector<MessageText> texts;
  while (rows.step()) {
    texts.push_back(
        {rows.text(0), rows.integer(1) == 1, rows.text(2), rows.text(3), rows.text(4), rows.text(5)});
  }
  return texts;
}

void insert_attachments(Connection& connection, std::int64_t message,
                        std::span<const MessageAttachment> attachments) {
  auto insert = connection.query(
      "INSERT INTO message_attachment (message, position, file_name, type, bytes) VALUES (?1, ?2, ?3, ?4, "
      "?5)");
  std::int64_t position = 0;
  for (const auto& one : attachments) {
    insert.with(message, ++position, one.file_name, one.type).bind_bytes(5, one.bytes).run();
  }
}

std::vector<MessageAttachment> message_attachments(Connection& connection, std::int64_t message) {
  auto rows = connection.query(
      "SELECT file_name, type, bytes FROM message_attachment WHERE message = ?1 ORDER BY position");
  rows.with(message);
  std::vector<MessageAttachment> all;
  while (rows.step()) all.push_back({rows.text(0), rows.text(1), rows.text(2)});
  return all;
}

bool decide_message(Connection& connection, std::int64_t message, MessageState from, MessageState to,
                    const Decision& decision) {
  auto update = connection.query(
      "UPDATE message SET state = ?3, decided_by = ?4, decided = ?5, decision_reason = ?6 "
      "WHERE id = ?1 AND state = ?2 RETURNING id");
  update.with(message, to_text(from), to_text(to), decision.by, to_millis(decision.at), decision.reason);
  return update.step();
}

void rewrite_message(Connection& connection, std::int64_t message, std::string_view subject,
                     std::string_view body) {
  connection.query("UPDATE message SET subject = ?2, body = ?3 WHERE id = ?1")
      .with(message, subject, body)
      .run();
}

std::vector<AwaitingRow> messages_awaiting(Connection& connection, std::optional<std::int64_t> school) {
  auto rows = connection.query(R"sql(
SELECT message.id, school.code, message.subject, message.sender, message.created,
  (SELECT coalesce(sum(job.held), 0) FROM job WHERE job.message = message.id)
FROM message JOIN school ON school.id = message.school
WHERE message.state = 'awaiting-approval' AND (?1 IS NULL OR message.school = ?1)
  AND EXISTS (SELECT 1 FROM job WHERE job.message = message.id AND job.held > 0)
ORDER BY message.id)sql");
  rows.with(school);
  std::vector<AwaitingRow> all;
  while (rows.step()) {
    all.push_back({rows.integer(0), rows.text(1), rows.text(2), rows.text(3), from_millis(rows.integer(4)),
                   rows.integer(5)});
  }
  return all;
}

std::optional<KnownCall> message_of_key(Connection& connection, std::string_view key) {
  auto found = connection.query("SELECT id, content_digest FROM message WHERE idempotency_key = ?1");
  found.with(key);
  if (!found.step()) return std::nullopt;
  return KnownCall{found.integer(0), found.text(1)};
}

std::vector<Channel> message_channels(Connection& connection, std::int64_t message) {
  auto rows = connection.query("SELECT channel FROM job WHERE message = ?1 ORDER BY id");
  rows.with(message);
  std::vector<Channel> channels;
  while (rows.step()) channels.push_back(parse_channel(rows.view(0)).value_or(Channel::email));
  return channels;
}

std::vector<std::int64_t> people_who_confirmed(Connection& connection, std::int64_t message) {
  auto rows = connection.query(R"sql(
SELECT DISTINCT acknowledgement.person FROM message CROSS JOIN acknowledgement
WHERE (message.id = ?1 OR message.again_of = ?1) AND acknowledgement.message = message.id
ORDER BY acknowledgement.person)sql");
  rows.with(message);
  std::vector<std::int64_t> people;
  while (rows.step()) people.push_back(rows.integer(0));
  return people;
}

std::int64_t insert_job(Connection& connection, std::int64_t message, Channel channel, Instant now) {
  connection.query("INSERT INTO job (id, message, channel, created, updated) VALUES (?4, ?1, ?2, ?3, ?3)")
      .with(message, to_text(channel), to_millis(now), number_behind_gone(connection, Numbered::job))
      .run();
  return connection.last_id();
}

}  // namespace crier::store
