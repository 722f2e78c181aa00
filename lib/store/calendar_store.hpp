// Holidays and closures as the store keeps them (D3, I12): quiet hours obey them. The caller holds the
// transaction in functions that change something.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/connection.hpp"

namespace crier::store {

struct Holiday {
  std::int64_t id = 0;
  /// None: all schools.
  std::optional<std::int64_t> school = {};
  /// Both among the days off.
  Date first{};
  Date last{};
  std::string reason;
  /// Empty: entered by hand.
  std::string source = {};
  /// The source's own name for it.
  std::string source_id = {};
};

/// Those that end on this day or later, by first day; of a school, with those of all schools, or of all.
std::vector<Holiday> holidays(Connection& connection, std::optional<Date> from,
                              std::optional<std::int64_t> school);
std::optional<Holiday> holiday(Connection& connection, std::int64_t id);
/// `source`: the row of what brought it; none for one that was entered by hand.
std::int64_t insert_holiday(Connection& connection, const Holiday& holiday, Instant now,
                            std::optional<std::int64_t> source = {});
/// What a source has brought to a school, or to all of them, and that ends on this day or later.
std::vector<Holiday> holidays_of_source(Connection& connection, std::int64_t source,
                                        std::optional<std::int64_t> school, Date from);
/// False where it is not there.
bool remove_holiday(Connection& connection, std::int64_t id);

}  // namespace crier::store
