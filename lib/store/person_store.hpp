// All that is kept of one person, as tables (P1): what somebody may ask for, and see of nobody else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/table.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// For whom a person's data are put together.
struct DataReader {
  /// The contact who asks for a pupil's; none: the person themselves.
  std::optional<std::int64_t> asker;
};

/// Everything but messages, in the order in which people read: person, places, addresses, relationships,
/// opt-outs, consents, groups, results, attendance, payments, behaviour, surveys, confirmations, what was
/// told, data issues, audit entries. Of others only names stand in it, and none of a pupil from whom a court
/// order keeps them.
std::vector<Table> person_tables(Connection& connection, std::int64_t person, const DataReader& reader);

/// Relationships and addresses that are not shown: of a pupil from whom somebody is barred, or, to an asker,
/// of other contacts.
std::int64_t count_withheld(Connection& connection, std::int64_t person, const DataReader& reader);

enum class Standing { none, related, barred };
/// How a contact stands to a pupil, by all sources together: one that bars them is enough (R3).
Standing standing_of(Connection& connection, std::int64_t pupil, std::int64_t contact);

/// Pupils of whom a contact may not read any more, although messages to them may name them: barred, or no
/// longer theirs.
std::vector<std::int64_t> pupils_not_theirs(Connection& connection, std::int64_t contact);

/// One message as it was sent to the person.
struct PersonMessage {
  std::int64_t delivery = 0;
  std::int64_t message = 0;
  Instant at{};
  std::string channel;
  /// Empty where it may not be shown to the asker, or there was none.
  std::string address;
  std::string state;
  std::string reason;
  Instant updated{};
  std::string related;
  /// A digest's own words, or empty.
  std::string body;
  /// JSON, or empty.
  std::string fields;
  std::string language;
};
std::vector<PersonMessage> person_messages(Connection& connection, std::int64_t person,
                                           const DataReader& reader);

/// Codes of people that begin so, folded; in order, `limit` at most.
std::vector<std::string> codes_beginning(Connection& connection, std::string_view folded, std::int64_t limit);

}  // namespace crier::store
