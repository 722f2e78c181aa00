#include "audience/same_people.hpp"

#include <algorithm>
#include <bit>

namespace crier::audience {

SamePeople::SamePeople(store::Connection& connection, const store::Ids& people) {
  const auto pairs = store::same_people(connection, people);
  std::unordered_map<std::int64_t, std::int64_t> leader;
  const auto lead = [&](std::int64_t person) {
    auto at = leader.emplace(person, person).first;
    while (at->second != at->first) at = leader.find(at->second);
    leader[person] = at->first;
    return at->first;
  };
  for (const auto& pair : pairs) {
    if (pair.merge != 0) merge_of_.emplace(pair.one, pair.merge);
    const auto one = lead(pair.one);
    const auto other = lead(pair.other);
    leader[std::max(one, other)] = std::min(one, other);
  }
  store::Ids everybody;
  everybody.reserve(leader.size());
  for (const auto& [person, its_leader] : leader) everybody.push_back(person);
  std::sort(everybody.begin(), everybody.end());
  for (const auto person : everybody) {
    const auto first = lead(person);
    const auto [at, is_new] = group_of_.emplace(first, groups_.size());
    const auto group = at->second;
    if (is_new) groups_.emplace_back();
    groups_[group].push_back(person);
    group_of_.emplace(person, group);
  }
}

const store::Ids* SamePeople::records_of(std::int64_t person) const {
  if (group_of_.empty()) return nullptr;
  const auto found = group_of_.find(person);
  return found == group_of_.end() ? nullptr : &groups_[found->second];
}

bool SamePeople::are_one(std::int64_t a, std::int64_t b) const {
  if (a == b) return true;
  const auto* records = records_of(a);
  return records != nullptr && std::binary_search(records->begin(), records->end(), b);
}

bool SamePeople::are_merged(std::int64_t a, std::int64_t b) const {
  const auto one = merge_of_.find(a);
  const auto other = merge_of_.find(b);
  return one != merge_of_.end() && other != merge_of_.end() && one->second == other->second;
}

store::Ids perhaps_same(std::span<const Candidate> candidates, std::span<const store::HeldKey> keys) {
  struct Slot {
    std::size_t hash = 0;
    std::int64_t person = 0;
  };
  std::vector<Slot> slots(std::bit_ceil(2 * keys.size() + 1));
  store::Ids people;
  auto at = candidates.begin();
  for (const auto& key : keys) {
    while (at != candidates.end() && at->row.person < key.person) ++at;
    if (at == candidates.end()) break;
    if (at->row.person != key.person) continue;
    const auto hash = key.hash ^ (at->row.name_hash * 0x9E3779B97F4A7C15U);
    auto slot = hash & (slots.size() - 1);
    while (slots[slot].person != 0 && slots[slot].hash != hash) slot = (slot + 1) & (slots.size() - 1);
    if (slots[slot].person == 0) {
      slots[slot] = {hash, key.person};
    } else if (slots[slot].person != key.person) {
      people.push_back(slots[slot].person);
      people.push_back(key.person);
    }
  }
  std::sort(people.begin(), people.end());
  people.erase(std::unique(people.begin(), people.end()), people.end());
  return people;
}

}  // namespace crier::audience
