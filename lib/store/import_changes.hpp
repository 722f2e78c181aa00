// What an import did, change by change: read from the rows as they were before it (*_before) and as they are
// now, or were before the next import that touched them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/connection.hpp"

namespace crier::store {

struct ImportChange {
  /// `added`, `changed` or `removed`.
  std::string op;
  /// The words of FactKind.
  std::string kind;
  /// Whom or what it concerns.
  std::string code;
  std::string name;
  /// The other side: the pupil of a relationship, the group of a membership, the assignment of a mark; else
  /// empty.
  std::string about;
  /// Which value; empty where a whole row came or went.
  std::string column;
  std::string old_value;
  std::string new_value;
};

struct ChangePage {
  std::int64_t limit = 0;
  std::int64_t skip = 0;
};

/// The changes of an import, people first: what was added, changed, removed. Also inside the transaction of
/// an import that will not be committed.
std::vector<ImportChange> import_changes(Connection& connection, std::int64_t import, ChangePage page);

}  // namespace crier::store
