// Messages and their jobs as the store keeps them: step 4 and 5 of the way of the data. Deliveries are
// queue_store's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "model/message.hpp"
#include "store/connection.hpp"

namespace crier::store {

struct MessageRow {
  std::int64_t id = 0;
  std::int64_t school = 0;
  std::string subject;
  std::string body;
  Category category = Category::informational;
  Priority priority = Priority::general;
  std::string sender;
  std::string expression;
  /// `parent,prime`: what `--to` said.
  std::string recipients;
  Instant created{};
  /// Empty: none.
  std::string idempotency_key;
  /// Of everything that makes the call what it is (M6).
  std::string content_digest;
  /// A notice's occurrence; none for what somebody wrote.
  std::optional<std::int64_t> occurrence;
};

std::int64_t insert_message(Connection& connection, const MessageRow& message);
MessageRow message(Connection& connection, std::int64_t id);

struct KnownCall {
  std::int64_t message = 0;
  std::string content_digest;
};
/// The message that this idempotency key has made, if any.
std::optional<KnownCall> message_of_key(Connection& connection, std::string_view key);

std::int64_t insert_job(Connection& connection, std::int64_t message, Channel channel, Instant now);

/// The store's own name, part of every Message-ID: the same over retries, different in every store.
std::string store_uuid(Connection& connection);
void insert_store_identity(Connection& connection, std::string_view uuid, Instant now);

}  // namespace crier::store
