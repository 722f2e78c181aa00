// One copy a person, and what a shared address may be told (A4, R3, R9). After the candidates have their
// accounts, `audience/resolve` asks here which addresses are open to them and which copies are one too many.
//
// The rules. Owners of an address are all who have it on record, recipients or not, leavers too. Somebody may
// know of the pupils whose contact they are under any of their records and from whom none of these is barred;
// a pupil of themselves.
// 1. An address that somebody barred from a pupil reads is closed to what names that pupil: another address,
//    or none (`court-order`).
// 2. An address that somebody reads who may not know of all the pupils is taken only by whoever has no other:
//    then it is a copy of their own, addressed by name.
// 3. Of copies at one address, one that tells nothing that another does not is left out (`duplicate`) where
//    its owner may know of all that the other names; of equals the better priority, then the lower code,
//    stays. Staff and other copies that name no pupil are one only where their owners are contacts of one
//    pupil.
// 4. Records of one person (R9) get one copy, naming the pupils of all, at an address that they have in
// common
//    where there is one; a record without a usable address of its own is heard for at the others'. Records
//    with different usable addresses might be two people of one name: each address is told its own pupils.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "audience/candidate.hpp"
#include "audience/people_meant.hpp"
#include "audience/same_people.hpp"
#include "store/connection.hpp"

namespace crier::audience {

/// Who is barred from which of the pupils who are meant, by index, sorted.
using Bars = std::unordered_map<std::int64_t, std::vector<std::uint32_t>>;

/// Who may know of which of the pupils who are meant.
class Knowledge {
 public:
  /// All must outlive it; `pairs` are sorted, and say all that is known of these pupils.
  Knowledge(const PeopleMeant& meant, const SamePeople& same, const Bars& bars,
            std::span<const PairOfPeople> pairs)
      : meant_(meant), same_(same), bars_(bars), pairs_(pairs) {}

  /// By index, sorted.
  std::vector<std::uint32_t> of(std::int64_t person) const;
  bool may_know_all(std::int64_t person, std::span<const Account> accounts) const;

 private:
  const PeopleMeant& meant_;
  const SamePeople& same_;
  const Bars& bars_;
  std::span<const PairOfPeople> pairs_;
};

/// Which addresses are closed to which pupils, and which are read by others.
class Mailboxes {
 public:
  /// What `address` is barred from hearing of, because somebody with these bars reads it.
  void close(const store::AddressRow& address, std::span<const std::uint32_t> pupils);
  bool is_closed(const store::AddressRow& address, std::span<const Account> accounts) const;
  /// Noted as read by somebody of another family than this person's.
  void note_stranger(std::int64_t person, const store::AddressRow& address);
  bool has_stranger(std::int64_t person, const store::AddressRow& address) const;
  bool nothing_known() const { return closed_.empty() && strange_.empty(); }

 private:
  using Key = std::pair<AddressKind, std::string>;
  std::map<Key, std::vector<std::uint32_t>> closed_;
  std::map<std::int64_t, std::vector<const store::AddressRow*>> strange_;
};

/// Whose contacts some people are, of all pupils: for copies that name nobody.
class Families {
 public:
  /// One statement, none where there are no contacts.
  Families(store::Connection& connection, store::Ids contacts);
  /// Neither being barred from the pupil.
  bool share_a_pupil(std::int64_t one, std::int64_t other) const;

 private:
  std::unordered_map<std::int64_t, store::Ids> pupils_of_;
};

/// What each candidate's copy on a channel names: the own accounts, or those of several records.
class Copies {
 public:
  Copies(std::span<Candidate> candidates, std::size_t ways) : candidates_(candidates), named_(ways) {}

  std::span<const Account> named(std::size_t candidate, std::size_t way) const;
  void name(std::size_t candidate, std::size_t way, std::vector<Account> accounts);
  /// Whether a copy names more than its own record's pupils.
  bool is_joined(std::size_t candidate) const;
  /// Goes out as things stand, to an address of the channel.
  bool goes_out(std::size_t candidate, std::size_t way) const;
  /// The better priority, then the lower code.
  bool is_before(std::size_t a, std::size_t b, std::size_t way) const;

  std::span<Candidate> candidates() const { return candidates_; }

 private:
  std::span<Candidate> candidates_;
  std::vector<std::unordered_map<std::size_t, std::vector<Account>>> named_;
};

/// Rule 4, on one channel, for one person's records that may hear; `addresses` are each record's own.
void join_records(Copies& copies, std::size_t way, std::vector<std::size_t> records,
                  const std::vector<std::span<const store::AddressRow>>& addresses,
                  const Mailboxes& mailboxes, const PeopleMeant& meant, const SamePeople& same);

/// The copies at addresses that several candidates have on a channel: lists of candidates.
std::vector<std::vector<std::size_t>> copies_at_one_address(const Copies& copies, std::size_t way);

/// Rule 3, at one address. `family` says of two contacts whose copies name nobody whether they are contacts
/// of one pupil.
void mark_duplicates(Copies& copies, std::size_t way, std::vector<std::size_t> those,
                     const Knowledge& knowledge,
                     const std::function<bool(std::int64_t, std::int64_t)>& family);

}  // namespace crier::audience
