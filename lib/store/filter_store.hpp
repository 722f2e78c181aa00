// Filters of data issues that are kept under a name (S5), for everybody who works with the store. The caller
// holds the transaction in functions that change something.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/connection.hpp"

namespace crier::store {

struct SavedFilter {
  std::string name;
  /// As they were written; empty: not asked for.
  std::string kind;
  std::string state;
  std::string school;
  std::string since;
  Instant saved{};
  std::string saved_by;
};

/// By name.
std::vector<SavedFilter> saved_filters(Connection& connection);
/// Ignoring case and accents.
std::optional<SavedFilter> find_saved_filter(Connection& connection, std::string_view name);
/// In the place of one of that name, if any.
void save_filter(Connection& connection, const SavedFilter& filter);
/// False where there is none.
bool forget_filter(Connection& connection, std::string_view name);

}  // namespace crier::store
