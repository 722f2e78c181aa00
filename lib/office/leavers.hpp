// Those who have gone from the source (I10): who they are, deleting them for good, and what becomes of their
// names in reports.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/table.hpp"
#include "office/office.hpp"
#include "store/leaver_store.hpp"

namespace crier::office {

/// Of the school that the office names, if any; who left from `since` on.
Table leaver_table(const Office& office, std::optional<Instant> since);

/// Whom `delete` would delete: by code or id, or all who left before a time. Throws Error(nothing_there) for
/// an unknown code or where nobody is left, Error(refused_by_rule) for somebody who is no leaver.
std::vector<std::int64_t> leavers_called(const Office& office, std::span<const std::string> codes);
std::vector<std::int64_t> leavers_before(const Office& office, Instant before);

/// Deletes them for good (I10), in one transaction.
store::Erased delete_leavers(const Office& office, std::span<const std::int64_t> people);

/// Takes the names off what reports kept of people who were deleted 14 days ago or longer: the daemon's, at
/// every round. Returns of how many.
std::int64_t anonymise_deleted(const Office& office);

}  // namespace crier::office
