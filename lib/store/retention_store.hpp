// Letting go what has been kept long enough (P1): few rows at a time, each batch in a transaction of the
// caller's, so that whoever writes beside it waits for milliseconds and a kill leaves a sound store. What may
// go is looked for outside the transaction and asked for again inside it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "model/retention.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// Up to when a kind of data goes, as the rules need it.
struct Cutoff {
  Instant before{};
  /// The day of `before`, and today, in UTC.
  std::string day;
  std::string today;
};
Cutoff make_cutoff(Instant before, Instant now);

// Rows that stand for themselves
// -----------------------------------------------------------------------------

/// One table that a kind of data is in.
struct FactRule {
  DataKind kind{};
  /// What its rows are, in words: `attendance marks`.
  std::string_view what;
  std::string_view table;
  /// ?1 the time, ?2 its day, ?3 today
  std::string_view where;
  /// Run before, with the list of ids as ?1; or empty.
  std::string_view first = {};
};
std::span<const FactRule> fact_rules();

/// The next rows that may go, behind `after`, in order.
std::vector<std::int64_t> rows_to_let_go(Connection& connection, const FactRule& rule, const Cutoff& cutoff,
                                         std::int64_t after, std::int64_t limit);
/// Deletes those of them that still may; the caller holds the transaction.
std::int64_t let_rows_go(Connection& connection, const FactRule& rule, const Cutoff& cutoff,
                         std::span<const std::int64_t> rows);
std::int64_t count_rows_to_let_go(Connection& connection, const FactRule& rule, const Cutoff& cutoff);

// Messages
// -----------------------------------------------------------------------------------------------------

/// Messages of schools, or what crier wrote to staff itself.
enum class Whose { anybody, schools, crier };

/// What goes of a message: words and addresses, or all of it.
enum class Depth { words, whole };

/// Messages of which everything ended before that time: nothing has not left, is in doubt or waits to be
/// weighed; of a message that was repeated, the repeats too. Oldest first.
std::vector<std::int64_t> messages_to_let_go(Connection& connection, Depth depth, Whose whose,
                                             Instant before);
/// Older ones that stay, because something of them is in doubt or has not left.
std::int64_t messages_that_stay(Connection& connection, Whose whose, Instant before);

struct MessageCounts {
  std::int64_t messages = 0;
  std::int64_t deliveries = 0;
};
/// What `let_message_go` would let go of these.
MessageCounts count_messages_to_let_go(Connection& connection, Depth depth,
                                       std::span<const std::int64_t> messages);

/// How far one message has been worked.
struct MessageCursor {
  std::int64_t job = 0;
  std::int64_t person = 0;
  bool done = false;
};
/// The next deliveries of a message, `limit` at most, and the message itself behind the last; the caller
/// holds the transaction. What was told stays in the ledger (T4), what counts against an address stays with
/// its delivery (D9), a key of idempotency and what was told keep the message's number taken, and a job's
/// counts keep adding up. Does nothing, and is done, where the message may not go any more.
MessageCounts let_message_go(Connection& connection, Depth depth, std::int64_t message, Instant before,
                             std::int64_t limit, MessageCursor& cursor, Instant now);

bool any_deleted_to_forget(Connection& connection);
/// Rows of people who were deleted, of whom nothing is left but the row; the caller holds the transaction.
std::int64_t forget_deleted(Connection& connection, std::int64_t limit);

// What is left to say of it
// --------------------------------------------------------------------------------------

struct RetentionLine {
  std::string kind;
  /// What is older may have been let go; none: nothing was.
  std::optional<Instant> whole_from;
  Instant ran{};
};
std::vector<RetentionLine> retention_lines(Connection& connection);
/// Since when a kind of data is whole; none: always.
std::optional<Instant> whole_from(Connection& connection, DataKind kind);
/// Notes that a kind was looked at, and what was let go of it; the caller holds the transaction.
void note_retention(Connection& connection, DataKind kind, std::optional<Instant> let_go_before, Instant now);

/// Room in the store's file that what comes next takes first.
std::int64_t free_bytes(Connection& connection);

}  // namespace crier::store
