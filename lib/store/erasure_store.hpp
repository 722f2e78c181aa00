// Erasing one person at once (P1): what names them besides their own rows, which `erase_people` removes: the
// words of messages, servers' answers, imports, data issues, the audit log.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/scrub.hpp"
#include "store/connection.hpp"
#include "store/contact_store.hpp"

namespace crier::store {

/// How somebody is named in texts.
struct Naming {
  std::int64_t person = 0;
  /// Names in full, addresses that nobody else holds, codes behind a kind: they mean nobody else, wherever
  /// they stand.
  std::vector<std::string> anywhere;
  /// Given and preferred name alone: they mean them in what their family was sent.
  std::vector<std::string> in_family;
  /// Code and source id, where they are all of a value.
  std::vector<std::string> ids;
  /// Somebody else has the same name: where it stands in full, it may be theirs, and stays.
  bool shares_name = false;
  /// Addresses that somebody else holds too, and that stay theirs.
  std::int64_t shared_addresses = 0;
};
Naming naming_of(Connection& connection, std::int64_t person);

/// Rows of crier's own that stand for their address as a recipient of staff mails, and of nobody else.
std::vector<std::int64_t> staff_addressees(Connection& connection, std::int64_t person);

/// Whoever has the same name and one of the same addresses under another code: the same human being, as it
/// seems.
std::vector<KnownPerson> also_stored_as(Connection& connection, std::int64_t person);

/// How much there is of a person, by kind, in words.
std::vector<std::pair<std::string, std::int64_t>> count_of_person(Connection& connection,
                                                                  std::int64_t person);

/// Where a name was found, by table: the rows, and up to which row it was looked for.
struct Mentions {
  std::map<std::string, std::vector<std::int64_t>> rows;
  std::map<std::string, std::int64_t> seen;
};
/// Looks through all texts, without a lock.
Mentions find_mentions(Connection& connection, const Naming& naming);

/// What has not left and names them in words that go to others too, by message; and deliveries, to them or
/// naming them, that are just being handed over.
struct InTheWay {
  std::vector<std::int64_t> messages;
  std::int64_t claimed = 0;
};
InTheWay in_the_way(Connection& connection, const Naming& naming, const Mentions& mentions);

struct Scrubbed {
  /// Texts of messages and servers' answers.
  std::int64_t texts = 0;
  /// To their family, not sent yet: cancelled.
  std::int64_t cancelled = 0;
  std::int64_t issues = 0;
  std::int64_t audit = 0;
};
/// What their family had not been sent yet and names them is cancelled; the caller holds the transaction, and
/// has not erased the person yet.
std::int64_t cancel_naming(Connection& connection, const Naming& naming, const Mentions& mentions,
                           Instant now);
/// Takes the names out of all that was found, and of what has come since it was looked for; the caller holds
/// the transaction.
Scrubbed scrub_mentions(Connection& connection, const Naming& naming, const Mentions& mentions);

/// In the transaction of an erasure, before the person's rows go: what they decided is kept under a seal
/// (R7).
void seal_decisions(Connection& connection, std::span<const std::int64_t> people);
/// After an import was applied, in its transaction: whoever it brought that an erased person's seal fits has
/// decided the same.
void unseal_decisions(Connection& connection, std::int64_t import);
/// The same of one person whom the office has just entered.
void unseal_decisions_of(Connection& connection, std::int64_t person);

}  // namespace crier::store
