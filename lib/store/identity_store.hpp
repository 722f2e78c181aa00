// Which store this is, and where it lives (D6): a copy must not send what the original sends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// The store's name as of a message, part of its Message-ID: the same over retries, different in every store,
/// also in one that was copied and adopted since.
std::string store_uuid(Connection& connection, std::int64_t message);
void insert_store_identity(Connection& connection, std::string_view uuid, Instant now);
/// For all messages from now on. The caller holds the transaction.
void rename_store(Connection& connection, std::string_view uuid, Instant now);

/// Where a store is worked.
struct StorePlace {
  /// `os::machine_id`, `os::file_mark`.
  std::string machine;
  std::string file_mark;
  /// For people only: a store that was renamed is no other.
  std::string path;
};
/// The place at which it was last worked; none for a store that nobody has worked yet.
std::optional<StorePlace> noted_place(Connection& connection);
void note_place(Connection& connection, const StorePlace& place, Instant now);
/// Nobody holds the lease of a copy, whoever holds the original's. The caller holds the transaction.
void drop_lease(Connection& connection);

}  // namespace crier::store
