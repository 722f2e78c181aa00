// What the store alone knows: the key that seals personal links (M8, M10).
#pragma once

#include <optional>
#include <string>

#include "store/connection.hpp"

namespace crier::store {

/// The key, 32 bytes in hexadecimal; nothing where none was made yet.
std::optional<std::string> link_key(Connection& connection);
/// The same, made where there is none; the caller holds a transaction.
std::string make_link_key(Connection& connection);
/// The same in a transaction of its own.
std::string require_link_key(Connection& connection);

}  // namespace crier::store
