// The numbered schemas, `schema/NNNN_name.sql`: forward only, never edited once released (house rule 8).
#pragma once

#include <cstdint>

namespace crier::store {

class Connection;

std::int64_t newest_schema();
/// Brings the store to the newest schema; the caller holds the transaction.
void migrate(Connection& connection);

}  // namespace crier::store
