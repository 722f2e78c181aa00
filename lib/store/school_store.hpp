// Schools as the store knows them, and which school a source means by which id. Settings win over these rows;
// roster/schools joins the two.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/connection.hpp"

namespace crier::store {

struct SchoolRow {
  std::int64_t id = 0;
  std::string code;
  std::string name;
  /// Empty: the district's.
  std::string timezone;
  std::string country;
};

/// All schools by code.
std::vector<SchoolRow> schools(Connection& connection);
/// Adds a school under `row.id`, or the next id where that is 0; returns the id.
std::int64_t insert_school(Connection& connection, const SchoolRow& row, Instant now);
void rename_school(Connection& connection, std::int64_t school, std::string_view name);

/// A source's own ids of schools.
std::map<std::string, std::int64_t, std::less<>> schools_of_source(Connection& connection,
                                                                   std::int64_t source);
void insert_school_of_source(Connection& connection, std::int64_t source, std::string_view source_id,
                             std::int64_t school);

/// The source's row, made where it is new.
std::int64_t source_row(Connection& connection, std::string_view name, std::string_view kind, Instant now);
std::optional<std::int64_t> find_source(Connection& connection, std::string_view name);

}  // namespace crier::store
