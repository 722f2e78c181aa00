// Numbers of messages, jobs and deliveries, which never come again: Message-IDs, personal links, return paths
// and scripts are made of them. SQLite counts on from the highest row that is there; when retention lets that
// go (P1), it is noted here. The caller holds the transaction.
#pragma once

#include <cstdint>
#include <optional>

#include "store/connection.hpp"

namespace crier::store {

enum class Numbered { message, job, delivery };

/// Before rows go for good.
void note_numbers(Connection& connection);

/// The next number, where rows above all that are there were let go; else nothing: the table counts on by
/// itself.
std::optional<std::int64_t> number_behind_gone(Connection& connection, Numbered what);

}  // namespace crier::store
