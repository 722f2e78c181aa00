// A set plan as one query, joined from fixed pieces with every value bound (house rule 6). Used by
// store/audience_store only.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "model/set_plan.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// `["a","b"]` and `[1,2]`: how a list is bound, for json_each.
std::string json_list(const std::vector<std::string>& texts);
std::string json_list(const std::vector<std::int64_t>& ids);

struct SetQuery {
  /// `WITH s1 (person) AS (…), … `, to be followed by a SELECT from `set_name`.
  std::string with;
  std::string set_name;
  /// ` AND place.school …`, to be added to what is asked of a place; empty where all schools are meant.
  std::string in_schools;
  /// In the order of the parameters, from 1.
  std::vector<std::variant<std::string, std::int64_t>> values;

  /// The values must outlive the query.
  void bind(Query& query) const;
  /// A parameter behind those of the sets.
  int next_parameter() const { return static_cast<int>(values.size()) + 1; }
};

SetQuery set_query(const SetPlan& plan);

}  // namespace crier::store
