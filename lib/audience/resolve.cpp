#include "audience/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <tuple>
#include <unordered_map>

#include "audience/candidate.hpp"
#include "audience/expression.hpp"
#include "audience/people_meant.hpp"
#include "audience/plan.hpp"
#include "audience/receivers.hpp"
#include "audience/same_people.hpp"
#include "audience/sharing.hpp"
#include "base/error.hpp"
#include "roster/reach.hpp"

namespace crier::audience {
namespace {

class Resolver {
 public:
  Resolver(store::Connection& connection, const std::vector<roster::SchoolProfile>& schools,
           const ResolveRequest& request)
      : connection_(connection),
        request_(request),
        planned_(plan(connection, schools, parse(request.expression), request)),
        receivers_(connection, schools, request.to),
        meant_(connection, planned_.plan) {
    for (const auto& school : schools) ranks_.emplace_back(school.id, &school.ranks);
    std::sort(ranks_.begin(), ranks_.end());
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
    read_addresses();
    find_same_people();
    restricted_ = store::restricted_among(connection_, people_and_records());
    bar(Reason::leaver, store::leavers_among(connection_, restricted_, planned_.plan.schools));
    bar_without_consent();
    find_strangers();
    find_ways();
    apply_opt_outs();
    leave_out_duplicates();
    return answer();
  }

 private:
  /// Those who hear themselves come first, by id; then contacts, by id too, as their relationships are.
  Candidate& candidate(std::int64_t person) {
    if (auto* known = candidate_between(0, themselves_, person)) return *known;
    if (candidates_.size() == themselves_ || candidates_.back().row.person != person) {
      candidates_.emplace_back().row.person = person;
    }
    return candidates_.back();
  }

  Candidate* candidate_between(std::size_t from, std::size_t upto, std::int64_t person) {
    const auto begin = candidates_.begin();
    const auto end = begin + static_cast<std::ptrdiff_t>(upto);
    const auto before = [](const Candidate& one, std::int64_t id) { return one.row.person < id; };
    const auto found = std::lower_bound(begin + static_cast<std::ptrdiff_t>(from), end, person, before);
    return found == end || found->row.person != person ? nullptr : &*found;
  }

  void add_themselves() {
    candidates_.reserve(meant_.all().size());
    for (std::uint32_t i = 0; i < meant_.all().size(); ++i) {
      const auto& person = meant_.at(i);
      auto& added = candidates_.emplace_back();
      added.row = person.row;
      added.school = person.school;
      added.kind = person.kind;
      if (person.as_pupil) added.accounts.push_back({i, nullptr});
    }
    themselves_ = candidates_.size();
  }

  const config::Ranks& ranks_at(std::int64_t school) const {
    const auto found = std::lower_bound(ranks_.begin(), ranks_.end(), school,
                                        [](const auto& one, std::int64_t id) { return one.first < id; });
    if (found != ranks_.end() && found->first == school) return *found->second;
    static const auto standard = config::Ranks::standard();
    return standard;
  }

  void add_associations() {
    relationships_ = store::relationships_of_pupils(connection_, meant_.pupils());
    sort_pairs();
    candidates_.reserve(candidates_.size() + pairs_.size());
    for (std::size_t from = 0, upto = 0; from < pairs_.size(); from = upto) {
      while (upto < pairs_.size() && pairs_[upto].contact == pairs_[from].contact &&
             pairs_[upto].pupil == pairs_[from].pupil) {
        ++upto;
      }
      add_association({pairs_.data() + from, upto - from});
    }
    fill_new_people();
  }

  void sort_pairs() {
    pairs_.reserve(relationships_.size());
    for (const auto& row : relationships_) {
      const bool again = !pairs_.empty() && pairs_.back().row->pupil == row.pupil;
      const auto pupil = again ? pairs_.back().pupil : meant_.index_of(row.pupil);
      pairs_.push_back({row.contact, pupil, row.priority, &row});
    }
    std::sort(pairs_.begin(), pairs_.end(), [](const PairOfPeople& a, const PairOfPeople& b) {
      return std::tie(a.contact, a.pupil, a.priority, a.row->relation_folded) <
             std::tie(b.contact, b.pupil, b.priority, b.row->relation_folded);
    });
  }

  /// Pupils who hear themselves share addresses with people who are barred from them.
  void note_court_orders() {
    for (const auto& row : store::court_orders_of_pupils(connection_, meant_.pupils())) {
      bars_[row.contact].push_back(meant_.index_of(row.pupil));
    }
  }

  /// What the sources say of one pupil and one contact: a court order in any of them counts (R3).
  void add_association(std::span<const PairOfPeople> said) {
    const auto contact = said.front().contact;
    const auto pupil = said.front().pupil;
    const auto& ranks = ranks_at(meant_.at(pupil).school);
    const bool barred =
        std::any_of(said.begin(), said.end(), [](const auto& one) { return one.row->court_order; });
    if (barred) bars_[contact].push_back(pupil);
    const auto* taken = receivers_.first_of(said, ranks);
    if (taken == nullptr) return;
    auto& added = candidate(contact);
    if (added.school == 0) added.school = meant_.at(pupil).school;
    if (barred) {
      // Listed, without the pupil (D1); whoever is meant otherwise, or hears of another pupil, does hear of
      // that.
      barred_only_.push_back(contact);
    } else {
      added.accounts.push_back({pupil, taken});
    }
  }

  void fill_new_people() {
    store::Ids unknown;
    unknown.reserve(candidates_.size() - themselves_);
    for (auto i = themselves_; i < candidates_.size(); ++i) unknown.push_back(candidates_[i].row.person);
    for (auto& row : store::people_by_id(connection_, unknown)) {
      auto& one = *candidate_between(themselves_, candidates_.size(), row.person);
      one.row = std::move(row);
    }
    for (const auto person : barred_only_) {
      auto* one = candidate_between(0, themselves_, person);
      if (one == nullptr) one = candidate_between(themselves_, candidates_.size(), person);
      if (one->accounts.empty() && !is_meant(person)) one->barred = Reason::court_order;
    }
  }

  bool is_meant(std::int64_t person) const { return receivers_.themselves() && meant_.contains(person); }

  void sort_by_person() {
    const auto before = [](const Candidate& a, const Candidate& b) { return a.row.person < b.row.person; };
    if (!std::is_sorted(candidates_.begin(), candidates_.end(), before)) {
      std::sort(candidates_.begin(), candidates_.end(), before);
    }
    people_.reserve(candidates_.size());
    for (auto& one : candidates_) {
      std::sort(one.accounts.begin(), one.accounts.end(), [&](const Account& a, const Account& b) {
        return meant_.at(a.pupil).by_name < meant_.at(b.pupil).by_name;
      });
      if (!one.accounts.empty()) one.school = meant_.at(one.accounts.front().pupil).school;
      people_.push_back(one.row.person);
    }
  }

  /// Recipients, and whoever is barred from a pupil: their addresses close those of others.
  store::Ids people_with_addresses() const {
    auto people = people_;
    for (const auto& [person, pupils] : bars_) people.push_back(person);
    std::sort(people.begin(), people.end());
    people.erase(std::unique(people.begin(), people.end()), people.end());
    return people;
  }

  void read_addresses() {
    for (const auto channel : via_) {
      const auto kind = address_kind(channel);
      if (kind != AddressKind::inbox && std::find(kinds_.begin(), kinds_.end(), kind) == kinds_.end()) {
        kinds_.push_back(kind);
      }
    }
    addresses_ = store::addresses_of(connection_, people_with_addresses(), kinds_);
  }

  /// R9: who is one person, and what forbids one record forbids all of them.
  void find_same_people() {
    // Only contacts are kept several times.
    const bool contacts = std::any_of(candidates_.begin(), candidates_.end(),
                                      [](const Candidate& one) { return one.kind == PersonKind::contact; });
    if (!contacts && bars_.empty()) return;
    auto people = perhaps_same(candidates_, addresses_.keys);
    for (const auto& [person, pupils] : bars_) people.push_back(person);
    same_ = SamePeople(connection_, people);
    store::Ids more_readers;
    for (const auto& records : same_.groups()) share_bars(records, more_readers);
    for (auto& [person, pupils] : bars_) {
      std::sort(pupils.begin(), pupils.end());
      pupils.erase(std::unique(pupils.begin(), pupils.end()), pupils.end());
    }
    for (const auto& address : addresses_.rows) close_to_the_barred(address);
    if (more_readers.empty() || kinds_.empty()) return;
    std::sort(more_readers.begin(), more_readers.end());
    for (const auto& address : store::addresses_of(connection_, more_readers, kinds_).rows) {
      close_to_the_barred(address);
    }
  }

  void close_to_the_barred(const store::AddressRow& address) {
    if (bars_.empty()) return;
    const auto found = bars_.find(address.person);
    if (found != bars_.end()) mailboxes_.close(address, found->second);
  }

  /// `more_readers` become the records whose addresses are not read yet, if they close any.
  void share_bars(const store::Ids& records, store::Ids& more_readers) {
    std::vector<std::uint32_t> pupils;
    for (const auto record : records) {
      const auto found = bars_.find(record);
      if (found != bars_.end()) pupils.insert(pupils.end(), found->second.begin(), found->second.end());
    }
    if (pupils.empty()) return;
    for (const auto record : records) {
      auto* known = find_candidate(record);
      if (known == nullptr && !bars_.contains(record)) more_readers.push_back(record);
      bars_[record] = pupils;
      if (known != nullptr) take_away(*known, pupils);
    }
  }

  void take_away(Candidate& one, const std::vector<std::uint32_t>& pupils) {
    const auto taken = std::erase_if(one.accounts, [&](const Account& account) {
      return account.relationship != nullptr &&
             std::find(pupils.begin(), pupils.end(), account.pupil) != pupils.end();
    });
    if (taken == 0) return;
    if (one.accounts.empty() && !is_meant(one.row.person)) one.barred = Reason::court_order;
    if (!one.accounts.empty()) one.school = meant_.at(one.accounts.front().pupil).school;
  }

  /// Once the candidates are sorted.
  Candidate* find_candidate(std::int64_t person) {
    const auto found = std::lower_bound(people_.begin(), people_.end(), person);
    if (found == people_.end() || *found != person) return nullptr;
    return &candidates_[static_cast<std::size_t>(found - people_.begin())];
  }

  /// Of one person's records those that are candidates.
  std::vector<std::size_t> candidates_among(const store::Ids& records) {
    std::vector<std::size_t> those;
    for (const auto record : records) {
      if (const auto* one = find_candidate(record)) {
        those.push_back(static_cast<std::size_t>(one - candidates_.data()));
      }
    }
    return those;
  }

  /// `people` is sorted.
  void bar(Reason reason, const store::Ids& people) {
    for (const auto person : people) {
      auto* one = find_candidate(person);
      if (one != nullptr && !one->barred) one->barred = reason;
    }
  }

  /// The candidates, and other records of theirs.
  store::Ids people_and_records() const {
    auto people = people_;
    for (const auto& records : same_.groups()) people.insert(people.end(), records.begin(), records.end());
    std::sort(people.begin(), people.end());
    people.erase(std::unique(people.begin(), people.end()), people.end());
    return people;
  }

  void bar_without_consent() {
    for (const auto person : store::without_consent(connection_, restricted_)) {
      const auto* records = same_.records_of(person);
      bar(Reason::no_consent, records == nullptr ? store::Ids{person} : *records);
    }
  }

  /// A4: who could choose between addresses takes one that no other family reads.
  void find_strangers() {
    std::vector<const store::AddressRow*> choices;
    const std::span<const store::AddressRow> rows = addresses_.rows;
    for (std::size_t from = 0, upto = 0; from < rows.size(); from = upto) {
      while (upto < rows.size() && rows[upto].person == rows[from].person) ++upto;
      const auto* one = upto - from < 2 ? nullptr : find_candidate(rows[from].person);
      if (one == nullptr || one->barred || one->accounts.empty()) continue;
      for (const auto channel : via_) add_choices(channel, rows.subspan(from, upto - from), choices);
    }
    if (choices.empty()) return;
    std::sort(choices.begin(), choices.end());
    choices.erase(std::unique(choices.begin(), choices.end()), choices.end());
    if (!receivers_.associations()) know_contacts_of(choices);
    for (const auto kind : kinds_) note_strangers(kind, choices);
  }

  static void add_choices(Channel channel, std::span<const store::AddressRow> addresses,
                          std::vector<const store::AddressRow*>& choices) {
    const auto before = choices.size();
    for (const auto& address : addresses) {
      if (roster::is_usable(channel, address)) choices.push_back(&address);
    }
    if (choices.size() == before + 1) choices.pop_back();
  }

  /// Pupils who hear themselves: their families are not known yet.
  void know_contacts_of(const std::vector<const store::AddressRow*>& choices) {
    store::Ids pupils;
    for (const auto* address : choices) pupils.push_back(address->person);
    pupils.erase(std::unique(pupils.begin(), pupils.end()), pupils.end());
    std::erase_if(pupils, [&](std::int64_t person) {
      return !meant_.contains(person) || !meant_.at(meant_.index_of(person)).as_pupil;
    });
    relationships_ = store::relationships_of_pupils(connection_, pupils);
    sort_pairs();
  }

  void note_strangers(AddressKind kind, const std::vector<const store::AddressRow*>& choices) {
    std::vector<std::string> keys;
    std::vector<const store::AddressRow*> of_kind;
    for (const auto* address : choices) {
      if (address->kind != kind) continue;
      keys.push_back(address->key());
      of_kind.push_back(address);
    }
    if (keys.empty()) return;
    const Knowledge knowledge(meant_, same_, bars_, pairs_);
    for (const auto& owner : store::owners_of(connection_, kind, keys)) {
      const auto& address = *of_kind[owner.key];
      const auto& one = *find_candidate(address.person);
      if (owner.name_hash == one.row.name_hash || same_.are_one(owner.person, one.row.person)) continue;
      if (!knowledge.may_know_all(owner.person, one.accounts)) {
        mailboxes_.note_stranger(address.person, address);
      }
    }
  }

  void find_ways() {
    addresses_of_.resize(candidates_.size());
    auto at = addresses_.rows.cbegin();
    const auto end = addresses_.rows.cend();
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      while (at != end && at->person < people_[i]) ++at;
      const auto from = at;
      while (at != end && at->person == people_[i]) ++at;
      addresses_of_[i] = {from, at};
    }
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      auto& one = candidates_[i];
      one.ways.reserve(via_.size());
      for (const auto channel : via_) one.ways.push_back(way(i, channel));
    }
  }

  roster::Way way(std::size_t candidate, Channel channel) {
    const auto& one = candidates_[candidate];
    if (one.barred) return {{"", one.barred, {}}, nullptr};
    if (channel == Channel::inbox) return {{one.row.code, std::nullopt, {}}, nullptr};
    if (channel == Channel::alert) {
      if (one.kind != PersonKind::staff) return {{"", Reason::no_address, {}}, nullptr};
      return {{one.row.code, std::nullopt, {}}, nullptr};
    }
    const auto* records = same_.records_of(one.row.person);
    roster::Judge judge;
    if (records != nullptr || !mailboxes_.nothing_known()) {
      judge = [&](const store::AddressRow& address) { return standing(one, records, address); };
    }
    return roster::choose_address(channel, addresses_of_[candidate], judge);
  }

  roster::Standing standing(const Candidate& one, const store::Ids* records,
                            const store::AddressRow& address) {
    if (mailboxes_.is_closed(address, one.accounts)) return roster::Standing::closed;
    if (mailboxes_.has_stranger(one.row.person, address)) return roster::Standing::shared;
    if (records == nullptr) return roster::Standing::own;
    const auto others = candidates_among(*records);
    const bool common = std::all_of(others.begin(), others.end(), [&](std::size_t other) {
      const auto& theirs = addresses_of_[other];
      return candidates_[other].barred || std::any_of(theirs.begin(), theirs.end(), [&](const auto& row) {
               return row.kind == address.kind && row.key() == address.key();
             });
    });
    return common ? roster::Standing::common : roster::Standing::own;
  }

  /// R7, M3: an emergency passes opt-outs of a category, never one of everything or of a channel.
  bool applies(const store::OptOutRow& row, Channel channel) const {
    if (!row.channel.empty() && row.channel != to_text(channel)) return false;
    if (row.category.empty()) return true;
    return row.category == to_text(request_.category) && request_.priority != Priority::emergency;
  }

  void apply_opt_outs() {
    for (const auto& row : store::opt_outs_of(connection_, restricted_)) {
      const auto* records = same_.records_of(row.person);
      for (const auto record : records == nullptr ? store::Ids{row.person} : *records) {
        if (auto* one = find_candidate(record)) opt_out(*one, row);
      }
    }
  }

  void opt_out(Candidate& one, const store::OptOutRow& row) const {
    if (one.barred) return;
    for (std::size_t i = 0; i < via_.size(); ++i) {
      if (!applies(row, via_[i])) continue;
      one.ways[i].reach.reason = Reason::opted_out;
      one.ways[i].address = nullptr;
    }
  }

  void leave_out_duplicates() {
    copies_.emplace(candidates_, via_.size());
    for (const auto& records : same_.groups()) {
      auto those = candidates_among(records);
      std::erase_if(those, [&](std::size_t one) { return candidates_[one].barred.has_value(); });
      if (those.size() < 2) continue;
      for (std::size_t way = 0; way < via_.size(); ++way) {
        join_records(*copies_, way, those, addresses_of_, mailboxes_, meant_, same_);
      }
    }
    const Knowledge knowledge(meant_, same_, bars_, pairs_);
    for (std::size_t way = 0; way < via_.size(); ++way) {
      const auto lists = copies_at_one_address(*copies_, way);
      const auto families = families_without_accounts(lists);
      for (const auto& those : lists) {
        mark_duplicates(*copies_, way, those, knowledge, [&](std::int64_t a, std::int64_t b) {
          return same_.are_one(a, b) || families.share_a_pupil(a, b);
        });
      }
    }
  }

  /// Contacts who hear on nobody's account, of those who share an address.
  Families families_without_accounts(const std::vector<std::vector<std::size_t>>& lists) const {
    store::Ids contacts;
    for (const auto& those : lists) {
      for (const auto one : those) {
        if (candidates_[one].accounts.empty() && candidates_[one].kind == PersonKind::contact) {
          contacts.push_back(people_[one]);
        }
      }
    }
    return {connection_, std::move(contacts)};
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

  Recipient recipient(std::size_t candidate) {
    auto& one = candidates_[candidate];
    Recipient made;
    made.person = one.row.person;
    made.school = one.school;
    made.code = std::move(one.row.code);
    made.kind = one.kind;
    made.title = std::move(one.row.title);
    made.family = std::move(one.row.family);
    made.given = std::move(one.row.given);
    made.language = std::move(one.row.language);
    if (copies_->is_joined(candidate)) {
      tell_joined(candidate, made);
    } else {
      made.related.reserve(one.accounts.size());
      for (const auto& account : one.accounts) made.related.push_back(related(account));
    }
    for (std::size_t i = 0; i < via_.size(); ++i) {
      made.channels.emplace_hint(made.channels.end(), via_[i], std::move(one.ways[i].reach));
    }
    one.ways = {};
    one.accounts = {};
    return made;
  }

  /// R9: all pupils that a copy names, and which of them each channel does not.
  void tell_joined(std::size_t candidate, Recipient& made) {
    std::vector<Account> all;
    const auto pupil_of = [](const Account& account) { return account.pupil; };
    for (std::size_t way = 0; way < via_.size(); ++way) {
      for (const auto& account : copies_->named(candidate, way)) {
        if (std::ranges::find(all, account.pupil, pupil_of) == all.end()) all.push_back(account);
      }
    }
    std::ranges::sort(all, {}, [&](const Account& one) { return meant_.at(one.pupil).by_name; });
    for (const auto& account : all) made.related.push_back(related(account));
    for (std::size_t way = 0; way < via_.size(); ++way) {
      const auto named = copies_->named(candidate, way);
      for (const auto& account : all) {
        if (std::ranges::find(named, account.pupil, pupil_of) != named.end()) continue;
        candidates_[candidate].ways[way].reach.withheld.push_back(meant_.at(account.pupil).row.person);
      }
    }
  }

  /// What the answer is not made of: the rows of a whole district are as much as the answer itself (B17).
  void let_go_of_sources() {
    addresses_of_ = {};
    addresses_ = {};
    pairs_ = {};
    mailboxes_ = {};
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
    let_go_of_sources();
    resolution.recipients.reserve(order.size());
    for (const auto& one : order) resolution.recipients.push_back(recipient(one.index));
    return resolution;
  }

  store::Connection& connection_;
  /// By the school's id.
  std::vector<std::pair<std::int64_t, const config::Ranks*>> ranks_;
  const ResolveRequest& request_;
  Planned planned_;
  Receivers receivers_;
  PeopleMeant meant_;
  std::vector<Channel> via_;

  std::vector<store::RelationshipRow> relationships_;
  std::vector<PairOfPeople> pairs_;
  std::vector<Candidate> candidates_;
  std::size_t themselves_ = 0;
  /// By id, in step with `candidates_` once these are sorted.
  store::Ids people_;
  Bars bars_;
  store::Ids barred_only_;
  std::vector<AddressKind> kinds_;
  store::Addresses addresses_;
  /// In step with `candidates_`.
  std::vector<std::span<const store::AddressRow>> addresses_of_;
  SamePeople same_;
  /// Of the candidates and other records of theirs those who may not hear of everything.
  store::Ids restricted_;
  Mailboxes mailboxes_;
  std::optional<Copies> copies_;
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
