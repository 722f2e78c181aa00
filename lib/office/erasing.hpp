// Erasing one person, for good and at once (P1): everything that names them goes, also out of what others
// were sent and what a source says of them (names of groups stay), and what they decided is kept under a
// seal, so that nobody writes to them by mistake when they come again (R7).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "office/office.hpp"
#include "store/erasure_store.hpp"

namespace crier::office {

/// A held import whose kept files name somebody, or cannot be looked into.
struct HeldMention {
  std::int64_t import = 0;
  /// It is sure that they do.
  bool certain = false;
};

/// What an erasure would do.
struct ErasureView {
  store::KnownPerson person;
  /// By kind, in words.
  std::vector<std::pair<std::string, std::int64_t>> counts;
  /// Texts of others in which they are named.
  std::int64_t texts = 0;
  /// Other records of the same human being, as it seems: they stay.
  std::vector<store::KnownPerson> also;
  bool shares_name = false;
  std::int64_t shared_addresses = 0;
  std::vector<HeldMention> held;
  /// What has to end before: messages that name them and have not left, and what is being handed over just
  /// now.
  store::InTheWay in_the_way;
};

struct Erasure {
  ErasureView view;
  /// Messages to them, or naming them to their family, that had not left.
  std::int64_t cancelled = 0;
  /// A row without a name stays, so that the counts of jobs stand.
  bool row_stays = false;
  std::int64_t texts = 0;
  std::int64_t audit = 0;
  /// Old pages were overwritten and the log cut off; else somebody was reading, and a later `retention run
  /// --compact` does it.
  bool traces_gone = false;
};

/// One person by code or source id. Throws Error(nothing_there), and Error(usage, "ambiguous-code") with the
/// list where several are called so, whoever is meant.
store::KnownPerson one_person(const Office& office, std::string_view code);

ErasureView look_at_erasure(const Office& office, std::string_view code);
/// Throws Error(refused_by_rule, "under-way") while a message that names them has not left.
Erasure erase_person(const Office& office, std::string_view code);

}  // namespace crier::office
