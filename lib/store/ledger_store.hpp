// The ledger of what was told (T4): which finding (an assignment, a day of absence, a payment) of which pupil
// was told to which contact, in which message. A row says that it was written; whether it was heard is read
// from that message's deliveries to that contact. The caller holds the transaction in functions that change
// something.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/channel.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// One finding of one pupil, told to one contact. What the number is of, the notice's kind says.
struct ToldEntry {
  std::int64_t finding = 0;
  std::int64_t pupil = 0;
  std::int64_t contact = 0;
  auto operator<=>(const ToldEntry&) const = default;
};

/// One row a telling: an finding that is told again gets another.
void insert_told(Connection& connection, std::string_view notice, std::int64_t message,
                 std::span<const ToldEntry> entries);

/// What a message tells a contact now: what it was to tell before is forgotten, unless the contact has had it
/// already or has it under way.
void replace_told(Connection& connection, std::string_view notice, std::int64_t message, std::int64_t contact,
                  std::span<const ToldEntry> entries);

/// Everything that a message tells, in order.
std::vector<ToldEntry> told_by(Connection& connection, std::int64_t message);

/// The kind of notice that a message is; empty for one that tells no findings.
std::string notice_of(Connection& connection, std::int64_t message);

/// The pupils of whom a message tells a contact, by id.
std::vector<std::int64_t> pupils_told(Connection& connection, std::int64_t message, std::int64_t contact);

/// told: a delivery was accepted or is in doubt. reserved: one is queued, held, waiting or under way.
enum class ToldState { reserved, told };

/// One delivery that tells, or may yet tell, an entry.
struct Telling {
  ToldEntry entry;
  ToldState state = ToldState::reserved;
  Channel channel = Channel::email;
  std::string address;
  /// Of a delivery that was let go (P1), instead of the address: `mailbox_seal` of it.
  std::string mailbox;
  /// In which message.
  std::int64_t message = 0;
};

/// What stands for an address in the ledger once the delivery to it was let go; `key` is the store's
/// (`secret_store`).
std::string mailbox_seal(std::string_view key, std::string_view channel, std::string_view address);

/// What is told or reserved of these findings by this kind of notice: by entry, told before reserved. Left
/// out, and so due again, is what only failed or was cancelled. A delivery that was accepted once and failed
/// when it was rerun was heard; one that came back as a bounce was not. `besides`: a message that does not
/// count, for it asks what it is to tell (A5).
std::vector<Telling> tellings(Connection& connection, std::string_view notice,
                              std::span<const std::int64_t> findings,
                              std::optional<std::int64_t> besides = {});

}  // namespace crier::store
