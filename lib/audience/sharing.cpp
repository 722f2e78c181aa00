#include "audience/sharing.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <tuple>

namespace crier::audience {
namespace {

bool holds(std::span<const store::AddressRow> addresses, const store::AddressRow& address) {
  return std::any_of(addresses.begin(), addresses.end(), [&](const store::AddressRow& one) {
    return one.kind == address.kind && one.key() == address.key();
  });
}

int best_priority(std::span<const Account> accounts) {
  int best = std::numeric_limits<int>::max();
  for (const auto& account : accounts) {
    best = std::min(best, account.relationship == nullptr ? 0 : account.relationship->priority);
  }
  return best;
}

bool names(std::span<const Account> accounts, std::uint32_t pupil) {
  return std::any_of(accounts.begin(), accounts.end(),
                     [&](const Account& one) { return one.pupil == pupil; });
}

bool names_all(std::span<const Account> accounts, std::span<const Account> others) {
  return others.size() <= accounts.size() &&
         std::all_of(others.begin(), others.end(),
                     [&](const Account& one) { return names(accounts, one.pupil); });
}

/// Of two records' words on one pupil the better priority speaks.
void add_accounts(std::vector<Account>& accounts, std::span<const Account> more) {
  for (const auto& account : more) {
    const auto known = std::find_if(accounts.begin(), accounts.end(),
                                    [&](const Account& one) { return one.pupil == account.pupil; });
    if (known == accounts.end()) {
      accounts.push_back(account);
    } else if (best_priority({&account, 1}) < best_priority({&*known, 1})) {
      *known = account;
    }
  }
}

}  // namespace

std::vector<std::uint32_t> Knowledge::of(std::int64_t person) const {
  std::vector<std::uint32_t> pupils;
  if (meant_.contains(person)) pupils.push_back(meant_.index_of(person));
  const auto add = [&](std::int64_t record) {
    const auto before = [](const PairOfPeople& pair, std::int64_t contact) { return pair.contact < contact; };
    auto at = std::lower_bound(pairs_.begin(), pairs_.end(), record, before);
    for (; at != pairs_.end() && at->contact == record; ++at) pupils.push_back(at->pupil);
  };
  if (const auto* records = same_.records_of(person)) {
    for (const auto record : *records) add(record);
  } else {
    add(person);
  }
  std::sort(pupils.begin(), pupils.end());
  pupils.erase(std::unique(pupils.begin(), pupils.end()), pupils.end());
  const auto barred = bars_.find(person);
  if (barred != bars_.end()) {
    std::erase_if(pupils, [&](std::uint32_t pupil) {
      return std::binary_search(barred->second.begin(), barred->second.end(), pupil);
    });
  }
  return pupils;
}

bool Knowledge::may_know_all(std::int64_t person, std::span<const Account> accounts) const {
  if (accounts.empty()) return true;
  const auto known = of(person);
  return std::all_of(accounts.begin(), accounts.end(), [&](const Account& account) {
    return std::binary_search(known.begin(), known.end(), account.pupil);
  });
}

void Mailboxes::close(const store::AddressRow& address, std::span<const std::uint32_t> pupils) {
  if (address.key().empty()) return;
  auto& closed = closed_[{address.kind, address.key()}];
  closed.insert(closed.end(), pupils.begin(), pupils.end());
}

bool Mailboxes::is_closed(const store::AddressRow& address, std::span<const Account> accounts) const {
  if (closed_.empty()) return false;
  const auto found = closed_.find({address.kind, address.key()});
  if (found == closed_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](std::uint32_t pupil) { return names(accounts, pupil); });
}

void Mailboxes::note_stranger(std::int64_t person, const store::AddressRow& address) {
  strange_[person].push_back(&address);
}

bool Mailboxes::has_stranger(std::int64_t person, const store::AddressRow& address) const {
  const auto found = strange_.find(person);
  return found != strange_.end() &&
         std::find(found->second.begin(), found->second.end(), &address) != found->second.end();
}

Families::Families(store::Connection& connection, store::Ids contacts) {
  if (contacts.empty()) return;
  std::sort(contacts.begin(), contacts.end());
  contacts.erase(std::unique(contacts.begin(), contacts.end()), contacts.end());
  std::unordered_map<std::int64_t, store::Ids> barred;
  for (const auto& row : store::relationships_of_contacts(connection, contacts)) {
    (row.court_order ? barred : pupils_of_)[row.contact].push_back(row.pupil);
  }
  for (const auto& [contact, pupils] : barred) {
    std::erase_if(pupils_of_[contact], [&](std::int64_t pupil) {
      return std::find(pupils.begin(), pupils.end(), pupil) != pupils.end();
    });
  }
}

bool Families::share_a_pupil(std::int64_t one, std::int64_t other) const {
  const auto of_one = pupils_of_.find(one);
  const auto of_other = pupils_of_.find(other);
  if (of_one == pupils_of_.end() || of_other == pupils_of_.end()) return false;
  return std::any_of(of_one->second.begin(), of_one->second.end(), [&](std::int64_t pupil) {
    return std::find(of_other->second.begin(), of_other->second.end(), pupil) != of_other->second.end();
  });
}

std::span<const Account> Copies::named(std::size_t candidate, std::size_t way) const {
  if (!named_[way].empty()) {
    const auto found = named_[way].find(candidate);
    if (found != named_[way].end()) return found->second;
  }
  return candidates_[candidate].accounts;
}

void Copies::name(std::size_t candidate, std::size_t way, std::vector<Account> accounts) {
  named_[way][candidate] = std::move(accounts);
}

bool Copies::is_joined(std::size_t candidate) const {
  return std::any_of(named_.begin(), named_.end(),
                     [&](const auto& on_way) { return !on_way.empty() && on_way.contains(candidate); });
}

bool Copies::goes_out(std::size_t candidate, std::size_t way) const {
  const auto& of = candidates_[candidate].ways[way];
  return of.address != nullptr && !of.reach.reason;
}

bool Copies::is_before(std::size_t a, std::size_t b, std::size_t way) const {
  const auto x = best_priority(named(a, way));
  const auto y = best_priority(named(b, way));
  if (x != y) return x < y;
  const auto& one = candidates_[a].row;
  const auto& other = candidates_[b].row;
  return std::tie(one.code, one.person) < std::tie(other.code, other.person);
}

void join_records(Copies& copies, std::size_t way, std::vector<std::size_t> records,
                  const std::vector<std::span<const store::AddressRow>>& addresses,
                  const Mailboxes& mailboxes, const PeopleMeant& meant, const SamePeople& same) {
  std::sort(records.begin(), records.end(),
            [&](std::size_t a, std::size_t b) { return copies.is_before(a, b, way); });
  const auto candidates = copies.candidates();
  while (true) {
    const auto first = std::find_if(records.begin(), records.end(),
                                    [&](std::size_t one) { return copies.goes_out(one, way); });
    if (first == records.end()) return;
    const auto speaker = *first;
    records.erase(first);
    const auto& address = *candidates[speaker].ways[way].address;
    auto accounts = candidates[speaker].accounts;
    const auto alone = accounts.size();
    bool joined = false;
    std::erase_if(records, [&](std::size_t one) {
      const auto& own = candidates[one].accounts;
      // Whom the office merged hears once, at whichever address the first record has.
      const bool merged = same.are_merged(candidates[one].row.person, candidates[speaker].row.person);
      if (copies.goes_out(one, way) && !merged && !holds(addresses[one], address)) return false;
      if (mailboxes.is_closed(address, own)) return false;
      add_accounts(accounts, own);
      candidates[one].ways[way].reach.reason = Reason::duplicate;
      joined = true;
      return true;
    });
    if (!joined) continue;
    if (accounts.size() > alone) {
      std::sort(accounts.begin(), accounts.end(), [&](const Account& a, const Account& b) {
        return meant.at(a.pupil).by_name < meant.at(b.pupil).by_name;
      });
    }
    copies.name(speaker, way, std::move(accounts));
  }
}

std::vector<std::vector<std::size_t>> copies_at_one_address(const Copies& copies, std::size_t way) {
  const auto candidates = copies.candidates();
  std::unordered_map<std::string_view, std::size_t> first_at;
  std::unordered_map<std::string_view, std::size_t> list_of;
  std::vector<std::vector<std::size_t>> lists;
  first_at.reserve(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!copies.goes_out(i, way)) continue;
    const std::string_view key = candidates[i].ways[way].address->key();
    const auto [at, is_first] = first_at.emplace(key, i);
    if (is_first) continue;
    const auto [list, is_new] = list_of.emplace(key, lists.size());
    if (is_new) lists.push_back({at->second});
    lists[list->second].push_back(i);
  }
  return lists;
}

void mark_duplicates(Copies& copies, std::size_t way, std::vector<std::size_t> those,
                     const Knowledge& knowledge,
                     const std::function<bool(std::int64_t, std::int64_t)>& family) {
  // Whoever tells more goes first, for nothing that tells less can take its place.
  std::sort(those.begin(), those.end(), [&](std::size_t a, std::size_t b) {
    const auto x = copies.named(a, way).size();
    const auto y = copies.named(b, way).size();
    return x != y ? x > y : copies.is_before(a, b, way);
  });
  const auto candidates = copies.candidates();
  std::vector<std::size_t> kept;
  for (const auto one : those) {
    const auto own = copies.named(one, way);
    const auto person = candidates[one].row.person;
    const bool told = std::any_of(kept.begin(), kept.end(), [&](std::size_t other) {
      const auto others = copies.named(other, way);
      if (own.empty() && others.empty()) return family(person, candidates[other].row.person);
      return !others.empty() && names_all(others, own) && knowledge.may_know_all(person, others);
    });
    if (told) {
      candidates[one].ways[way].reach.reason = Reason::duplicate;
    } else {
      kept.push_back(one);
    }
  }
}

}  // namespace crier::audience
