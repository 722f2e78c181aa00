#include "audience/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <span>
#include <tuple>
#include <unordered_map>

#include "audience/expression.hpp"
#include "audience/people_meant.hpp"
#include "audience/plan.hpp"
#include "audience/receivers.hpp"
#include "base/error.hpp"
#include "roster/reach.hpp"

namespace crier::audience {
namespace {

/// On whose account somebody hears: a pupil who is meant, and the relationship; none where it is the pupil.
struct Account {
  std::uint32_t pupil = 0;
  const store::RelationshipRow* relationship = nullptr;
};

/// A recipient in the making.
struct Candidate {
  store::PersonRow row;
  std::int64_t school = 0;
  PersonKind kind = PersonKind::contact;
  std::vector<Account> accounts;
  /// Why the person may not hear on any channel.
  std::optional<Reason> barred;
  /// In step with the channels that are asked for.
  std::vector<roster::Way> ways;
};

/// What one source says of a pupil and a contact, with what it is sorted by.
struct PairOfPeople {
  std::int64_t contact = 0;
  std::int64_t pupil = 0;
  int priority = 1;
  const store::RelationshipRow* row = nullptr;
};

class Resolver {
 public:
  Resolver(store::Connection& connection, const std::vector<roster::SchoolProfile>& schools,
           const ResolveRequest& request)
      : connection_(connection),
        schools_(schools),
        request_(request),
        planned_(plan(connection, schools, parse(request.expression), request)),
        receivers_(connection, schools, request.to),
        meant_(connection, planned_.plan) {
    for (const auto channel : request.via.empty() ? std::vector{Channel::email} : request.via) {
      if (std::find(via_.begin(), via_.end(), channel) == via_.end()) via_.push_back(channel);
    }
  }

  Resolution run() {
    if (receivers_.themselves()) add_themselves();
    if (receivers_.associations()) {
      add_associations();
    } else {
      note_court_orders();
    }
    sort_by_person();
    bar_leavers();
    find_ways();
    apply_opt_outs();
    for (std::size_t way = 0; way < via_.size(); ++way) mark_duplicates(way);
    return answer();
  }

 private:
  Candidate& candidate(std::int64_t person) {
    const auto [at, is_new] = index_.emplace(person, candidates_.size());
    if (is_new) candidates_.emplace_back();
    candidates_[at->second].row.person = person;
    return candidates_[at->second];
  }

  void add_themselves() {
    for (std::uint32_t i = 0; i < meant_.all().size(); ++i) {
      const auto& person = meant_.at(i);
      auto& added = candidate(person.row.person);
      added.row = person.row;
      added.school = person.school;
      added.kind = person.kind;
      if (person.as_pupil) added.accounts.push_back({i, nullptr});
    }
  }

  const config::Ranks& ranks_at(std::int64_t school) const {
    for (const auto& profile : schools_) {
      if (profile.id == school) return profile.ranks;
    }
    static const auto standard = config::Ranks::standard();
    return standard;
  }

  void add_associations() {
    relationships_ = store::relationships_of_pupils(connection_, meant_.pupils());
    std::vector<PairOfPeople> pairs;
    pairs.reserve(relationships_.size());
    for (const auto& row : relationships_) pairs.push_back({row.contact, row.pupil, row.priority, &row});
    std::sort(pairs.begin(), pairs.end(), [](const PairOfPeople& a, const PairOfPeople& b) {
      return std::tie(a.contact, a.pupil, a.priority, a.row->relation_folded) <
             std::tie(b.contact, b.pupil, b.priority, b.row->relation_folded);
    });
    candidates_.reserve(candidates_.size() + pairs.size());
    index_.reserve(candidates_.size() + pairs.size());
    for (std::size_t from = 0, upto = 0; from < pairs.size(); from = upto) {
      while (upto < pairs.size() && pairs[upto].contact == pairs[from].contact &&
             pairs[upto].pupil == pairs[from].pupil) {
        ++upto;
      }
      add_association({pairs.data() + from, upto - from});
    }
    fill_new_people();
  }

  /// Pupils who hear themselves share addresses with people who are barred from them.
  void note_court_orders() {
    for (const auto& row : store::court_orders_of_pupils(connection_, meant_.pupils())) {
      barred_pupils_[row.contact].push_back(meant_.index_of(row.pupil));
    }
  }

  /// What the sources say of one pupil and one contact: a court order in any of them counts (R3).
  void add_association(std::span<const PairOfPeople> said) {
    const auto contact = said.front().contact;
    const auto pupil = meant_.index_of(said.front().pupil);
    const auto& ranks = ranks_at(meant_.at(pupil).school);
    const bool barred =
        std::any_of(said.begin(), said.end(), [](const auto& one) { return one.row->court_order; });
    if (barred) barred_pupils_[contact].push_back(pupil);
    const auto taken = std::find_if(said.begin(), said.end(),
                                    [&](const auto& one) { return receivers_.take(*one.row, ranks); });
    if (taken == said.end()) return;
    auto& added = candidate(contact);
    if (added.school == 0) added.school = meant_.at(pupil).school;
    if (barred) {
      // Listed, without the pupil (D1); whoever is meant otherwise, or hears of another pupil, does hear of
      // that.
      barred_only_.push_back(contact);
    } else {
      added.accounts.push_back({pupil, taken->row});
    }
  }

  void fill_new_people() {
    store::Ids unknown;
    for (const auto& one : candidates_) {
      if (one.row.sort_key.empty()) unknown.push_back(one.row.person);
    }
    std::sort(unknown.begin(), unknown.end());
    for (auto& row : store::people_by_id(connection_, unknown)) {
      auto& one = candidates_[index_.at(row.person)];
      one.row = std::move(row);
    }
    for (const auto person : barred_only_) {
      auto& one = candidates_[index_.at(person)];
      if (one.accounts.empty() && !is_meant(person)) one.barred = Reason::court_order;
    }
  }

  bool is_meant(std::int64_t person) const { return receivers_.themselves() && meant_.contains(person); }

  void sort_by_person() {
    const auto before = [](const Candidate& a, const Candidate& b) { return a.row.person < b.row.person; };
    if (!std::is_sorted(candidates_.begin(), candidates_.end(), before)) {
      std::sort(candidates_.begin(), candidates_.end(), before);
    }
    index_.clear();
    people_.reserve(candidates_.size());
    for (auto& one : candidates_) {
      std::sort(one.accounts.begin(), one.accounts.end(), [&](const Account& a, const Account& b) {
        return meant_.at(a.pupil).by_name < meant_.at(b.pupil).by_name;
      });
      if (!one.accounts.empty()) one.school = meant_.at(one.accounts.front().pupil).school;
      people_.push_back(one.row.person);
    }
  }

  void bar_leavers() {
    const auto gone = store::leavers_among(connection_, people_, planned_.plan.schools);
    for (auto& one : candidates_) {
      if (!one.barred && std::binary_search(gone.begin(), gone.end(), one.row.person))
        one.barred = Reason::leaver;
    }
  }

  /// Recipients, and whoever is barred from a pupil: their addresses close those of others.
  store::Ids people_with_addresses() const {
    auto people = people_;
    for (const auto& [person, pupils] : barred_pupils_) people.push_back(person);
    std::sort(people.begin(), people.end());
    people.erase(std::unique(people.begin(), people.end()), people.end());
    return people;
  }

  void read_addresses() {
    std::vector<AddressKind> kinds;
    for (const auto channel : via_) {
      const auto kind = address_kind(channel);
      if (kind != AddressKind::inbox && std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
        kinds.push_back(kind);
      }
    }
    if (kinds.empty()) return;
    addresses_ = store::addresses_of(connection_, people_with_addresses(), kinds);
    if (barred_pupils_.empty()) return;
    for (const auto& address : addresses_) {
      const auto found = barred_pupils_.find(address.person);
      if (found == barred_pupils_.end() || address.compare_key.empty()) continue;
      auto& closed = closed_[{address.kind, address.compare_key}];
      closed.insert(closed.end(), found->second.begin(), found->second.end());
    }
  }

  /// A4, R3: an address that somebody barred from the pupil reads too is no way to tell of that pupil.
  bool is_closed(const Candidate& one, const store::AddressRow& address) const {
    const auto found = closed_.find({address.kind, address.compare_key});
    if (found == closed_.end()) return false;
    return std::any_of(one.accounts.begin(), one.accounts.end(), [&](const Account& account) {
      return std::find(found->second.begin(), found->second.end(), account.pupil) != found->second.end();
    });
  }

  void find_ways() {
    read_addresses();
    auto at = addresses_.cbegin();
    for (auto& one : candidates_) {
      while (at != addresses_.cend() && at->person < one.row.person) ++at;
      const auto from = at;
      while (at != addresses_.cend() && at->person == one.row.person) ++at;
      one.ways.reserve(via_.size());
      for (const auto channel : via_) one.ways.push_back(way(one, channel, {from, at}));
    }
  }

  roster::Way way(const Candidate& one, Channel channel, std::span<const store::AddressRow> addresses) const {
    if (one.barred) return {{"", one.barred}, nullptr};
    if (channel == Channel::inbox) return {{one.row.code, std::nullopt}, nullptr};
    if (channel == Channel::alert) {
      if (one.kind != PersonKind::staff) return {{"", Reason::no_address}, nullptr};
      return {{one.row.code, std::nullopt}, nullptr};
    }
    roster::Closed closed;
    if (!closed_.empty()) closed = [&](const store::AddressRow& address) { return is_closed(one, address); };
    return roster::choose_address(channel, addresses, closed);
  }

  /// R7, M3: an emergency passes opt-outs of a category, never one of everything or of a channel.
  bool applies(const store::OptOutRow& row, Channel channel) const {
    if (!row.channel.empty() && row.channel != to_text(channel)) return false;
    if (row.category.empty()) return true;
    return row.category == to_text(request_.category) && request_.priority != Priority::emergency;
  }

  void apply_opt_outs() {
    for (const auto& row : store::opt_outs_of(connection_, people_)) {
      const auto found = std::lower_bound(people_.begin(), people_.end(), row.person) - people_.begin();
      auto& one = candidates_[static_cast<std::size_t>(found)];
      if (one.barred) continue;
      for (std::size_t i = 0; i < via_.size(); ++i) {
        if (!applies(row, via_[i])) continue;
        one.ways[i].reach.reason = Reason::opted_out;
        one.ways[i].address = nullptr;
      }
    }
  }

  static int best_priority(const Candidate& one) {
    int best = std::numeric_limits<int>::max();
    for (const auto& account : one.accounts) {
      best = std::min(best, account.relationship == nullptr ? 0 : account.relationship->priority);
    }
    return best;
  }

  static bool same_accounts(const Candidate& a, const Candidate& b) {
    return std::equal(a.accounts.begin(), a.accounts.end(), b.accounts.begin(), b.accounts.end(),
                      [](const Account& x, const Account& y) { return x.pupil == y.pupil; });
  }

  /// The better priority, then the lower code, receives what several share.
  static bool receives_before(const Candidate* a, const Candidate* b) {
    const auto x = best_priority(*a);
    const auto y = best_priority(*b);
    if (x != y) return x < y;
    return std::tie(a->row.code, a->row.person) < std::tie(b->row.code, b->row.person);
  }

  /// A4: people who share an address and hear of the very same pupils get one copy; others their own each.
  void mark_duplicates(std::size_t way) {
    std::unordered_map<std::string_view, Candidate*> first_at;
    std::unordered_map<std::string_view, std::vector<Candidate*>> sharing;
    first_at.reserve(candidates_.size());
    for (auto& one : candidates_) {
      const auto* address = one.ways[way].address;
      if (address == nullptr || one.accounts.empty()) continue;
      const auto [at, is_first] = first_at.emplace(address->compare_key, &one);
      if (is_first) continue;
      auto& those = sharing[address->compare_key];
      if (those.empty()) those.push_back(at->second);
      those.push_back(&one);
    }
    for (auto& [address, those] : sharing) {
      std::sort(those.begin(), those.end(), receives_before);
      for (auto later = those.begin(); later != those.end(); ++later) {
        const bool told = std::any_of(those.begin(), later, [&](const Candidate* other) {
          return !other->ways[way].reach.reason && same_accounts(*other, **later);
        });
        if (told) (*later)->ways[way].reach.reason = Reason::duplicate;
      }
    }
  }

  RelatedPupil related(const Account& account) const {
    const auto& pupil = meant_.at(account.pupil);
    RelatedPupil made{
        pupil.row.person, pupil.row.code, pupil.row.family, pupil.row.given, pupil.form, "self", "", {}};
    if (account.relationship != nullptr) {
      made.relation = account.relationship->relation;
      made.rank = rank_of(*account.relationship, ranks_at(pupil.school));
      made.priority = account.relationship->priority;
    }
    return made;
  }

  Recipient recipient(Candidate& one) const {
    Recipient made;
    made.person = one.row.person;
    made.school = one.school;
    made.code = std::move(one.row.code);
    made.kind = one.kind;
    made.title = std::move(one.row.title);
    made.family = std::move(one.row.family);
    made.given = std::move(one.row.given);
    made.language = std::move(one.row.language);
    made.related.reserve(one.accounts.size());
    for (const auto& account : one.accounts) made.related.push_back(related(account));
    for (std::size_t i = 0; i < via_.size(); ++i)
      made.channels.emplace(via_[i], std::move(one.ways[i].reach));
    return made;
  }

  Resolution answer() {
    Resolution resolution;
    resolution.expression = request_.expression;
    resolution.to = receivers_.words();
    resolution.via = via_;
    resolution.matched = static_cast<std::int64_t>(meant_.all().size());
    std::vector<NameOrder> order;
    order.reserve(candidates_.size());
    for (std::uint32_t i = 0; i < candidates_.size(); ++i) order.emplace_back(candidates_[i].row, i);
    std::sort(order.begin(), order.end());
    resolution.recipients.reserve(order.size());
    for (const auto& one : order) resolution.recipients.push_back(recipient(candidates_[one.index]));
    return resolution;
  }

  store::Connection& connection_;
  const std::vector<roster::SchoolProfile>& schools_;
  const ResolveRequest& request_;
  Planned planned_;
  Receivers receivers_;
  PeopleMeant meant_;
  std::vector<Channel> via_;

  std::vector<store::RelationshipRow> relationships_;
  std::vector<Candidate> candidates_;
  std::unordered_map<std::int64_t, std::size_t> index_;
  /// By id, in step with `candidates_` once these are sorted.
  store::Ids people_;
  /// Who is barred from which of the pupils who are meant.
  std::map<std::int64_t, std::vector<std::uint32_t>> barred_pupils_;
  store::Ids barred_only_;
  std::vector<store::AddressRow> addresses_;
  std::map<std::pair<AddressKind, std::string>, std::vector<std::uint32_t>> closed_;
};

}  // namespace

Resolution resolve(store::Connection& connection, const std::vector<roster::SchoolProfile>& schools,
                   const ResolveRequest& request) {
  return Resolver(connection, schools, request).run();
}

void require_somebody(const Resolution& resolution) {
  if (resolution.matched == 0) {
    throw Error(
        Exit::nothing_there, "empty-audience", fmt::format("'{}' names nobody", resolution.expression),
        "Leavers and pre-admissions are meant only by status:; --explain CODE says why one person is not.");
  }
  if (resolution.recipients.empty()) {
    std::string to;
    for (const auto& word : resolution.to) to += (to.empty() ? "" : ",") + word;
    throw Error(Exit::nothing_there, "empty-audience",
                fmt::format("'{}' names {} {}, and --to {} finds nobody for them", resolution.expression,
                            resolution.matched, resolution.matched == 1 ? "person" : "people", to),
                "Choose others by --to: associates are all that a pupil has.");
  }
}

}  // namespace crier::audience
