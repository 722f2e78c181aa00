// Records of one person (R9): a school's system stores a guardian once per child. Contacts that agree in
// folded name and share an address are one, in however many steps, and so are those that the office has
// merged. Whatever forbids somebody to hear, under whichever record, whether or not that record is in the
// audience, holds for all of them: court orders, opt-outs, refused consent. What becomes of their copies is
// decided in `audience/sharing`.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "audience/candidate.hpp"
#include "store/audience_store.hpp"
#include "store/connection.hpp"

namespace crier::audience {

class SamePeople {
 public:
  SamePeople() = default;
  /// Asks the store of `people` and of whoever opted out or refused consent: one statement.
  SamePeople(store::Connection& connection, const store::Ids& people);

  /// Every person with several records, each a sorted list of them.
  const std::vector<store::Ids>& groups() const { return groups_; }
  /// All records of the person, this one among them; nullptr where it is the only one.
  const store::Ids* records_of(std::int64_t person) const;
  bool are_one(std::int64_t a, std::int64_t b) const;
  /// The office has merged the two, whatever their names and addresses.
  bool are_merged(std::int64_t a, std::int64_t b) const;
  bool merges(std::int64_t person) const { return merge_of_.contains(person); }

 private:
  std::vector<store::Ids> groups_;
  std::unordered_map<std::int64_t, std::size_t> group_of_;
  std::unordered_map<std::int64_t, std::int64_t> merge_of_;
};

/// Those of the candidates, who are sorted by id, who agree with another in name and an address as far as
/// hashes tell: few, of whom the store is asked.
store::Ids perhaps_same(std::span<const Candidate> candidates, std::span<const store::HeldKey> keys);

}  // namespace crier::audience
