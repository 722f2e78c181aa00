#include "store/migration.hpp"

#include <fmt/format.h>

#include "store/audit_store.hpp"
#include "store/connection.hpp"
#include "store/schema_texts.hpp"

namespace crier::store {

namespace {

/// Since this schema the end of the audit log is sealed (M7).
constexpr std::int64_t audit_end_sealed = 3;

}  // namespace

std::int64_t newest_schema() {
  return static_cast<std::int64_t>(schema_texts.size());
}

void migrate(Connection& connection, std::int64_t schema) {
  for (auto version = connection.integer("PRAGMA user_version"); version < schema; ++version) {
    connection.execute(schema_texts[static_cast<std::size_t>(version)]);
    connection.execute(fmt::format("PRAGMA user_version = {}", version + 1));
    if (version + 1 == audit_end_sealed) seal_audit_end(connection);
  }
}

}  // namespace crier::store
