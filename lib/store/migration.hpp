// The numbered schemas, `schema/NNNN_name.sql`: forward only, never edited once released (house rule 8).
#pragma once

#include <cstdint>

namespace crier::store {

class Connection;

std::int64_t newest_schema();
/// Brings the store forward to a schema; the caller holds the transaction.
void migrate(Connection& connection, std::int64_t schema);

}  // namespace crier::store
