// People who have gone, and getting rid of people for good (I10, R7): everything that hangs on a person goes
// at once; what reports must keep, the recipient of a message that was sent, is anonymised when its time has
// come.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "store/connection.hpp"

namespace crier::store {

struct LeaverRow {
  std::int64_t id = 0;
  std::string kind;
  std::string code;
  std::string family;
  std::string given;
  /// Codes of the schools, with commas.
  std::string schools;
  std::optional<Instant> since;
};

/// Everybody who has places and has left all of them, in schools (or just this one); who left from `since`
/// on, and before `before`. Latest first.
std::vector<LeaverRow> leavers(Connection& connection, std::optional<std::int64_t> school,
                               std::optional<Instant> since, std::optional<Instant> before);

/// Of these, who has a place that is not a leaver's.
std::vector<std::int64_t> still_here(Connection& connection, std::span<const std::int64_t> people);

/// When what is left of a deleted person loses the name.
enum class Anonymise { at_once, after_keeping };
inline constexpr std::chrono::days kept_for_reports{14};

struct Erased {
  std::int64_t people = 0;
  /// Whose rows stay for reports: messages were sent to them.
  std::int64_t kept = 0;
  /// Messages to them that had not left and are cancelled.
  std::int64_t cancelled = 0;
};

/// Deletes these people for good; the caller holds the transaction. At once: what they decided is kept under
/// a seal that names nobody (`erasure_store`). After keeping: their opt-outs stay with their addresses, so
/// that nobody who comes again hears what they did not want.
Erased erase_people(Connection& connection, std::span<const std::int64_t> people, Anonymise when,
                    Instant now);

/// Everybody of a source: id, code, source id.
struct SourcePerson {
  std::int64_t id = 0;
  std::string code;
  std::string source_id;
};
std::vector<SourcePerson> people_of_source(Connection& connection, std::int64_t source);

/// Whether somebody's name is due to go.
bool anonymising_due(Connection& connection, Instant now);
/// Takes name and address off what reports keep of people who were deleted long enough ago; the caller holds
/// the transaction. Returns of how many.
std::int64_t anonymise_deleted(Connection& connection, Instant now);

}  // namespace crier::store
