// The wallet of text messages (D8): entries that are never changed, and the sums of them. What the queue does
// is booked by the store itself (schema 13); here are the acts of people, and what is read. Amounts are
// hundredths of points. The caller holds the transaction in all functions that change something.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/connection.hpp"

namespace crier::store {

struct Wallet {
  std::int64_t id = 0;
  /// None: the one of all schools.
  std::optional<std::int64_t> school = {};
  /// Its code, or empty.
  std::string school_code = {};
  std::int64_t balance = 0;
  std::int64_t reserved = 0;
  std::optional<Instant> told_low = {};

  std::int64_t free() const { return balance - reserved; }
};

/// The wallet of a school, or of all of them; nothing where nothing was ever booked in it.
std::optional<Wallet> find_wallet(Connection& connection, std::optional<std::int64_t> school);
/// The same; it is made where it is not there.
Wallet open_wallet(Connection& connection, std::optional<std::int64_t> school);
/// All of them, the common one first; of one school its own and the common one.
std::vector<Wallet> wallets(Connection& connection, std::optional<std::int64_t> school = {});

enum class WalletEntryKind { top_up, correction, reserve, charge, release };
std::string_view to_text(WalletEntryKind kind);
std::optional<WalletEntryKind> parse_wallet_entry_kind(std::string_view text);

/// A top-up, or a correction. Staff may hear anew that the wallet is low once more is in it.
void book_by_hand(Connection& connection, std::int64_t wallet, WalletEntryKind kind, std::int64_t points,
                  std::string_view said_by, std::string_view note, Instant now);
/// False where they have been told since it was last topped up.
bool note_told_low(Connection& connection, std::int64_t wallet, Instant now);

struct WalletEntry {
  std::int64_t id = 0;
  std::string school_code;
  WalletEntryKind kind = WalletEntryKind::top_up;
  /// What it does to the balance and to what is reserved.
  std::int64_t paid = 0;
  std::int64_t held = 0;
  Instant at{};
  std::string said_by;
  std::string note;
  std::optional<std::int64_t> delivery = {};
  std::optional<std::int64_t> message = {};
};
struct WalletEntryFilter {
  /// Its wallet and the common one; none: all.
  std::optional<std::int64_t> school = {};
  std::optional<WalletEntryKind> kind = {};
};
/// The latest first.
std::vector<WalletEntry> wallet_entries(Connection& connection, const WalletEntryFilter& filter,
                                        std::int64_t offset, std::int64_t limit);
std::int64_t count_wallet_entries(Connection& connection, const WalletEntryFilter& filter);

/// What does not add up, each as a line; empty: a wallet is the sum of its entries, and what is reserved is
/// what the deliveries cost that have not gone.
std::vector<std::string> wallet_faults(Connection& connection);

/// What of a wallet is reserved for a message.
std::int64_t reserved_for_message(Connection& connection, std::int64_t wallet, std::int64_t message);

/// What was charged to a wallet since then.
std::int64_t charged_since(Connection& connection, std::int64_t wallet, Instant since);

/// Every number to which texts may go, once.
std::vector<std::string> text_numbers(Connection& connection);

}  // namespace crier::store
