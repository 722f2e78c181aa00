// Records of contacts that the office has said to be one person (R9), beyond those that agree in name and an
// address. A link between rows, which no import or undo touches: `audience/same_people` reads it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// All records that are merged with this one, itself among them; empty where there is none.
std::vector<std::int64_t> merged_with(Connection& connection, std::int64_t person);

/// The merges that there are, each a list of records; the caller names them.
std::vector<std::vector<std::int64_t>> merges(Connection& connection);

/// All of them, and whoever any of them is merged with already, are one from now on; the caller holds the
/// transaction. How many records are newly linked.
std::int64_t merge_people(Connection& connection, std::span<const std::int64_t> people, std::string_view by,
                          Instant now);
/// Takes a record out of its merge, which ends where one record is left. False where it is in none.
bool unmerge_person(Connection& connection, std::int64_t person);

/// After an import, in its transaction: whoever comes under another id of the source, with the name and an
/// address of a merged record that has left, is merged as that was.
void inherit_merges(Connection& connection, std::int64_t import);

/// A pupil of one of these contacts, by whatever source; barred: a court order of any source.
struct PupilOfContact {
  std::int64_t contact = 0;
  std::int64_t pupil = 0;
  std::string code;
  std::string family;
  std::string given;
  bool barred = false;
};
/// By pupil's name.
std::vector<PupilOfContact> pupils_of_contacts(Connection& connection, std::span<const std::int64_t> people);

}  // namespace crier::store
