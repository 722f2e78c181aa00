// Messages and their jobs as the store keeps them: step 4 and 5 of the way of the data. Deliveries are
// queue_store's.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
  std::optional<std::int64_t> occurrence = {};
  MessageState state = MessageState::released;
  /// When it was to be sent (`--at`); none: at once.
  std::optional<Instant> send_at = {};
  /// After that it is useless (M5).
  std::optional<Instant> expires = {};
  /// `16:00-20:00`, or empty: it leaves within this window only.
  std::string leaves_within = {};
  /// Its words' name; empty: they are its own.
  std::string template_name = {};
  bool skip_unreachable = false;
  bool ack = false;
  bool passes_quiet = false;
  /// Samples to an address of the sender's own (M9).
  bool test = false;
  /// The message that this one repeats, and to whom of its audience.
  std::optional<std::int64_t> again_of = {};
  AgainTo again_to = AgainTo::new_people;
  /// A later channel is for whom the ones before have not reached after so long (D10); none: all go alike.
  std::optional<std::chrono::seconds> fallback_after = {};
  /// An e-mail address that is told when all of it has ended (D11), or empty.
  std::string confirm_to = {};
  /// When its words were let go (P1); it can be sent again no more.
  std::optional<Instant> words_gone = {};
};

/// A message's words in one language, where it was written from a template. Where the last two are empty,
/// `body` serves.
struct MessageText {
  std::string language;
  /// For whoever's own language is not there.
  bool fallback = false;
  std::string subject;
  std::string body;
  /// SMS and voice.
  std::string short_body;
  std::string wechat_body;
};

/// A file that goes with each e-mail of a message.
struct MessageAttachment {
  std::string file_name;
  /// `application/pdf`
  std::string type;
  std::string bytes;
};

std::int64_t insert_message(Connection& connection, const MessageRow& message);
MessageRow message(Connection& connection, std::int64_t id);

void insert_texts(Connection& connection, std::int64_t message, std::span<const MessageText> texts);
/// By language; none where the words are the message's own.
std::vector<MessageText> message_texts(Connection& connection, std::int64_t message);
void insert_attachments(Connection& connection, std::int64_t message,
                        std::span<const MessageAttachment> attachments);
std::vector<MessageAttachment> message_attachments(Connection& connection, std::int64_t message);

/// False where it is no longer in the state `from`: somebody else was first.
struct Decision {
  std::string by;
  Instant at{};
  std::string reason;
};
bool decide_message(Connection& connection, std::int64_t message, MessageState from, MessageState to,
                    const Decision& decision);
/// Replaces the words before they are approved (M4).
void rewrite_message(Connection& connection, std::int64_t message, std::string_view subject,
                     std::string_view body);

/// A message that waits for somebody who may approve.
struct AwaitingRow {
  std::int64_t message = 0;
  std::string school;
  std::string subject;
  std::string sender;
  Instant created{};
  std::int64_t deliveries = 0;
};
/// Of a school, or of all, by number: those of which something is left to let go.
std::vector<AwaitingRow> messages_awaiting(Connection& connection, std::optional<std::int64_t> school);

struct KnownCall {
  std::int64_t message = 0;
  std::string content_digest;
};
/// The message that this idempotency key has made, if any.
std::optional<KnownCall> message_of_key(Connection& connection, std::string_view key);

/// The channels of a message's jobs, in the order in which they were asked for.
std::vector<Channel> message_channels(Connection& connection, std::int64_t message);

/// Who has confirmed this message, or one that repeated it (M10), by id.
std::vector<std::int64_t> people_who_confirmed(Connection& connection, std::int64_t message);

std::int64_t insert_job(Connection& connection, std::int64_t message, Channel channel, Instant now);

}  // namespace crier::store
