#include "store/message_store.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace crier::store {

std::int64_t insert_message(Connection& connection, const MessageRow& message) {
  connection
      .query(
          "INSERT INTO message (school, subject, body, category, priority, sender, state, expression, "
          "recipients, "
          "send_at, created, idempotency_key, content_digest, occurrence) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'released', ?7, ?8, NULL, ?9, nullif(?10, ''), ?11, NULL)")
      .with(message.school, message.subject, message.body, to_text(message.category),
            to_text(message.priority), message.sender, message.expression, message.recipients,
            to_millis(message.created), message.idempotency_key, message.content_digest)
      .run();
  return connection.last_id();
}

MessageRow message(Connection& connection, std::int64_t id) {
  auto found = connection.query(
      "SELECT id, school, subject, body, category, priority, sender, expression, recipients, created, "
      "coalesce(idempotency_key, ''), content_digest, occurrence FROM message WHERE id = ?1");
  found.with(id);
  if (!found.step()) {
    throw Error(Exit::nothing_there, "no-such-message", fmt::format("there is no message {}", id),
                "See 'crier status' for those there are.");
  }
  return {found.integer(0),
          found.integer(1),
          found.text(2),
          found.text(3),
          parse_category(found.view(4)).value_or(Category::informational),
          parse_priority(found.view(5)).value_or(Priority::general),
          found.text(6),
          found.text(7),
          found.text(8),
          from_millis(found.integer(9)),
          found.text(10),
          found.text(11),
          found.maybe_integer(12)};
}

std::optional<KnownCall> message_of_key(Connection& connection, std::string_view key) {
  auto found = connection.query("SELECT id, content_digest FROM message WHERE idempotency_key = ?1");
  found.with(key);
  if (!found.step()) return std::nullopt;
  return KnownCall{found.integer(0), found.text(1)};
}

std::int64_t insert_job(Connection& connection, std::int64_t message, Channel channel, Instant now) {
  connection.query("INSERT INTO job (message, channel, created, updated) VALUES (?1, ?2, ?3, ?3)")
      .with(message, to_text(channel), to_millis(now))
      .run();
  return connection.last_id();
}

std::string store_uuid(Connection& connection) {
  return connection.text("SELECT uuid FROM store_identity WHERE id = 1");
}

void insert_store_identity(Connection& connection, std::string_view uuid, Instant now) {
  connection.query("INSERT INTO store_identity (id, uuid, created) VALUES (1, ?1, ?2)")
      .with(uuid, to_millis(now))
      .run();
}

}  // namespace crier::store
