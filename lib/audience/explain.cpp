#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "audience/expression.hpp"
#include "audience/plan.hpp"
#include "audience/receivers.hpp"
#include "audience/resolve.hpp"
#include "audience/same_people.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "roster/reach.hpp"
#include "store/audience_facts.hpp"
#include "store/audience_store.hpp"

namespace crier::audience {
namespace {

void ignore_status(SetNode& node) {
  node.term.whose = SetTerm::Whose::any_status;
  for (auto& part : node.parts) ignore_status(part);
}

/// `mother, father or guardian`.
std::string one_of(const std::vector<std::string>& words) {
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i) {
    list += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  }
  return list;
}

/// What a word of `--to` stands for at a school.
std::string meaning_of(std::string_view word, const config::Ranks& ranks) {
  if (word == "associates") return "every contact";
  if (word == "prime") return "the contacts that are marked prime";
  const auto* rule = word == "parent"  ? &ranks.parent
                     : word == "rank1" ? &ranks.rank1
                     : word == "rank2" ? &ranks.rank2
                     : word == "rank3" ? &ranks.rank3
                                       : nullptr;
  if (rule == nullptr) return fmt::format("contacts whose relation is {}", word);
  std::vector<std::string> words = rule->relations;
  for (const auto priority : rule->priorities) words.push_back(fmt::format("priority {}", priority));
  return words.empty() ? "nobody at this school" : "contacts that are " + one_of(words);
}

std::string state_of(Channel channel, const store::AddressRow& address) {
  if (address.normal.empty()) return "no address";
  if (roster::is_usable(channel, address)) return "usable";
  return address.block.empty() ? "not for text messages" : address.block;
}

class Explainer {
 public:
  Explainer(store::Connection& connection, const std::vector<roster::SchoolProfile>& schools,
            const ResolveRequest& request)
      : connection_(connection),
        schools_(schools),
        request_(request),
        planned_(plan(connection, schools, parse(request.expression), request)),
        receivers_(connection, schools, request.to),
        resolution_(resolve(connection, schools, request)) {}

  std::vector<std::string> run(std::int64_t person) {
    person_ = store::people_by_id(connection_, {person}).front();
    places_ = store::places_of(connection_, person);
    same_ = SamePeople(connection_, {person});
    why_not_.clear();
    introduce();
    tell_terms();
    if (receivers_.themselves()) tell_self();
    if (receivers_.associations()) tell_associations();
    tell_same_people();
    tell_decisions();
    tell_ways();
    return std::exchange(lines_, {});
  }

 private:
  template <typename... Args>
  void say(fmt::format_string<Args...> text, Args&&... args) {
    lines_.push_back(fmt::format(text, std::forward<Args>(args)...));
  }

  std::string to_words() const { return join(receivers_.words(), ","); }

  bool is_named(const SetNode& set, std::int64_t person) const {
    auto one = planned_.plan;
    one.root = set;
    return store::matches(connection_, one, person);
  }

  const roster::SchoolProfile* school(std::int64_t id) const {
    const auto found =
        std::find_if(schools_.begin(), schools_.end(), [&](const auto& one) { return one.id == id; });
    return found == schools_.end() ? nullptr : &*found;
  }

  bool in_scope(std::int64_t id) const {
    const auto& scope = planned_.plan.schools;
    return scope.empty() || std::find(scope.begin(), scope.end(), id) != scope.end();
  }

  void introduce() {
    std::string list;
    for (const auto& place : places_) {
      const auto* at = school(place.school);
      list += fmt::format("{}{} in {}: {}{}", list.empty() ? "" : "; ", to_text(place.kind),
                          at == nullptr ? "another school" : at->code, to_text(place.status),
                          in_scope(place.school) ? "" : ", outside the schools that are asked about");
    }
    if (list.empty()) list = "without a place in any school";
    say("{} is {} ({}).", person_.code, list_name(person_.family, person_.given), list);
  }

  /// What a term misses somebody by, where it is only the status or the school.
  std::string near_miss(const SetNode& set, std::int64_t person) const {
    auto wider = planned_.plan;
    wider.root = set;
    ignore_status(wider.root);
    if (store::matches(connection_, wider, person)) return " (not active: only status: names such people)";
    if (wider.schools.empty()) return "";
    wider.schools.clear();
    return store::matches(connection_, wider, person) ? " (in a school that is not asked about)" : "";
  }

  void tell_terms() {
    named_ = store::matches(connection_, planned_.plan, person_.person);
    say("The expression {} this person:", named_ ? "names" : "does not name");
    bool by_timetable = false;
    for (const auto& term : planned_.terms) {
      by_timetable = by_timetable || term.kind == TermKind::todays_teachers_of;
      const bool yes = is_named(term.set, person_.person);
      say("  {}: {}{}", term.text, yes ? "yes" : "no", yes ? "" : near_miss(term.set, person_.person));
    }
    const bool stands = std::any_of(places_.begin(), places_.end(), [&](const store::PlaceRow& place) {
      return in_scope(place.school) && place.status == PersonStatus::active;
    });
    if (!named_ && !stands) say("  Not active in these schools: only status: names such people.");
    if (by_timetable) tell_weeks();
  }

  void tell_weeks() {
    store::Ids asked;
    for (const auto& one : schools_) {
      if (in_scope(one.id)) asked.push_back(one.id);
    }
    const auto weeks = store::alternate_weeks(connection_, asked);
    if (weeks.empty()) return;
    say("  Lessons of weeks that alternate ({}) count every week: which one this is, no calendar says.",
        join(weeks, ", "));
  }

  void tell_self() {
    say("--to self: {}", named_ ? "receives, being named." : "does not receive, not being named.");
    if (!named_) why_not_.emplace_back("the expression does not name this person");
  }

  void tell_associations() {
    const auto rows = store::relationships_of_contact(connection_, person_.person);
    if (rows.empty()) {
      say("--to {}: is no pupil's contact.", to_words());
      why_not_.emplace_back("this is no pupil's contact");
    }
    bool hears = false;
    for (auto row : rows) {
      const bool told = std::any_of(rows.begin(), rows.end(), [&](const store::RelationshipRow& other) {
        return other.pupil == row.pupil && !other.by_hand;
      });
      if (row.by_hand && told) {
        say("{} of {}, priority {}, by hand: the school's system tells of them too, and speaks first{}.",
            row.relation.empty() ? "contact" : row.relation,
            store::people_by_id(connection_, {row.pupil}).front().code, row.priority,
            row.court_order ? "; but a court order of either counts" : "");
        continue;
      }
      // Two sources may speak of the same two people: a court order in either counts (R3).
      row.court_order = std::any_of(rows.begin(), rows.end(), [&](const store::RelationshipRow& other) {
        return other.pupil == row.pupil && other.court_order;
      });
      hears = tell_association(row) || hears;
    }
    if (!rows.empty() && !hears) why_not_.emplace_back("there is no pupil of whom they would hear");
    if (named_ && !receivers_.themselves()) {
      why_not_.push_back(fmt::format("--to {} does not take the people themselves: add self", to_words()));
    }
  }

  bool tell_association(const store::RelationshipRow& row) {
    const auto pupil = store::people_by_id(connection_, {row.pupil}).front();
    const auto& ranks = ranks_of(row.pupil);
    const auto rank = rank_of(row, ranks);
    const bool named = store::matches(connection_, planned_.plan, row.pupil);
    const bool taken = receivers_.take(row, ranks);
    say("{} of {} ({}), priority {}{}{}{}: {}", row.relation.empty() ? "contact" : row.relation,
        list_name(pupil.family, pupil.given), pupil.code, row.priority, rank.empty() ? "" : ", ", rank,
        row.prime ? ", prime" : "",
        row.court_order ? "a court order: never hears of this pupil."
        : !named        ? "the expression does not name this pupil."
        : !taken        ? fmt::format("--to {} does not take this relationship.", to_words())
                        : "hears of this pupil.");
    tell_terms_of(pupil);
    for (const auto& word : receivers_.words()) {
      if (word == "self") continue;
      const bool takes = Receivers(connection_, schools_, {word}).take(row, ranks);
      say("  --to {}: {}; it means {}.", word, takes ? "yes" : "no", meaning_of(word, ranks));
    }
    return named && taken && !row.court_order;
  }

  void tell_terms_of(const store::PersonRow& pupil) {
    std::string list;
    for (const auto& term : planned_.terms) {
      const bool yes = is_named(term.set, pupil.person);
      list += fmt::format("{}{} {}{}", list.empty() ? "" : ", ", term.text, yes ? "yes" : "no",
                          yes ? "" : near_miss(term.set, pupil.person));
    }
    say("  The terms on {}: {}.", pupil.code, list);
  }

  const config::Ranks& ranks_of(std::int64_t pupil) const {
    for (const auto& place : store::places_of(connection_, pupil)) {
      const auto* at = school(place.school);
      if (place.kind == PersonKind::pupil && in_scope(place.school) && at != nullptr) return at->ranks;
    }
    static const auto standard = config::Ranks::standard();
    return standard;
  }

  /// This record and the others of the same person (R9).
  store::Ids records() const {
    const auto* all = same_.records_of(person_.person);
    return all == nullptr ? store::Ids{person_.person} : *all;
  }

  void tell_same_people() {
    std::vector<std::string> others;
    for (const auto& row : store::people_by_id(connection_, records())) {
      if (row.person != person_.person) others.push_back(row.code);
    }
    if (others.empty()) return;
    say("Is one person with {}, {}: what forbids one record forbids all, and they hear once.",
        join(others, ", "),
        same_.merges(person_.person) ? "as the office has merged them" : "by name and address");
  }

  /// Opt-outs and refused consent, of whichever record.
  void tell_decisions() {
    for (const auto& row : store::opt_outs_of(connection_, records())) {
      const bool passes = !row.category.empty() && (row.category != to_text(request_.category) ||
                                                    request_.priority == Priority::emergency);
      say("Opted out of {}{}{}{}.", row.category.empty() ? "everything" : row.category + " messages",
          row.channel.empty() ? "" : " by ", row.channel,
          passes ? ", which this message is not" : as_other(row.person));
    }
    const auto refused = store::refused_purposes(connection_, records());
    if (!refused.empty()) say("Refused consent: {}.", join(refused, ", "));
  }

  std::string as_other(std::int64_t record) const {
    if (record == person_.person) return "";
    return ", as " + store::people_by_id(connection_, {record}).front().code;
  }

  void tell_ways() {
    const auto found = std::find_if(resolution_.recipients.begin(), resolution_.recipients.end(),
                                    [&](const Recipient& one) { return one.person == person_.person; });
    if (found == resolution_.recipients.end()) {
      say("Not a recipient: {}.", why_not_.empty() ? "nothing names this person" : join(why_not_, "; "));
      return;
    }
    for (const auto& [channel, reach] : found->channels) {
      const auto at = reach.address.empty() ? std::string() : " at " + reach.address;
      if (!reach.reason) {
        say("{}: reached{}.", to_text(channel), at);
      } else {
        say("{}: not reached{}, {}. {}", to_text(channel), at, to_text(*reach.reason),
            why(*found, channel, reach));
      }
      tell_withheld(*found, reach);
      tell_other_addresses(channel, reach);
    }
  }

  std::string why(const Recipient& recipient, Channel channel, const Reach& reach) const {
    if (*reach.reason == Reason::duplicate) {
      if (const auto* heard = who_hears_instead(channel, reach)) {
        return fmt::format("{} ({}) gets the one copy{}.", list_name(heard->family, heard->given),
                           heard->code,
                           reach.address.empty() ? " of this person's records" : " at this address");
      }
    }
    if (*reach.reason == Reason::court_order && !recipient.related.empty()) {
      return "Somebody reads this address who may not hear of these pupils: ask for another.";
    }
    return std::string(remedy(*reach.reason));
  }

  /// Who is reached at the same address, or another record of the person that is.
  const Recipient* who_hears_instead(Channel channel, const Reach& reach) const {
    const auto all = records();
    const Recipient* other_record = nullptr;
    for (const auto& one : resolution_.recipients) {
      const auto way = one.channels.find(channel);
      if (way == one.channels.end() || way->second.reason || one.person == person_.person) continue;
      if (!reach.address.empty() && to_lower(way->second.address) == to_lower(reach.address)) return &one;
      if (std::find(all.begin(), all.end(), one.person) != all.end()) other_record = &one;
    }
    return other_record;
  }

  void tell_withheld(const Recipient& recipient, const Reach& reach) {
    for (const auto& pupil : recipient.related) {
      if (std::find(reach.withheld.begin(), reach.withheld.end(), pupil.person) == reach.withheld.end()) {
        continue;
      }
      say("  {} is not named there: another record of this person, with an address of its own, hears of {}.",
          pupil.code, pupil.code);
    }
  }

  /// What else this person has for the channel, and why it was not taken.
  void tell_other_addresses(Channel channel, const Reach& reach) {
    if (channel == Channel::inbox || channel == Channel::alert) return;
    const std::vector<AddressKind> kinds{address_kind(channel)};
    for (const auto& address : store::addresses_of(connection_, {person_.person}, kinds).rows) {
      const auto& shown = address.normal.empty() ? address.given : address.normal;
      if (shown == reach.address) continue;
      const auto state = state_of(channel, address);
      say("  Also has {}: {}.", shown,
          state != "usable" ? state
          : reach.reason    ? "usable in itself"
                            : "usable, but another one comes first");
    }
  }

  store::Connection& connection_;
  const std::vector<roster::SchoolProfile>& schools_;
  const ResolveRequest& request_;
  Planned planned_;
  Receivers receivers_;
  Resolution resolution_;
  store::PersonRow person_;
  std::vector<store::PlaceRow> places_;
  SamePeople same_;
  bool named_ = false;
  std::vector<std::string> why_not_;
  std::vector<std::string> lines_;
};

store::Ids everywhere(const std::vector<roster::SchoolProfile>& schools) {
  store::Ids ids;
  for (const auto& school : schools) ids.push_back(school.id);
  return ids;
}

/// Everybody with this code or source id, in whatever school.
store::Ids people_with(store::Connection& connection, const std::vector<roster::SchoolProfile>& schools,
                       std::string_view code) {
  const std::vector<std::string> folded{fold(code)};
  auto found = store::people_by_code(connection, folded, everywhere(schools));
  if (found.empty()) found = store::people_by_source_id(connection, folded, everywhere(schools));
  store::Ids people;
  for (const auto& one : found) people.push_back(one.person);
  std::sort(people.begin(), people.end());
  people.erase(std::unique(people.begin(), people.end()), people.end());
  return people;
}

}  // namespace

std::vector<std::string> explain(store::Connection& connection,
                                 const std::vector<roster::SchoolProfile>& schools,
                                 const ResolveRequest& request, std::string_view code) {
  const auto people = people_with(connection, schools, code);
  if (people.empty()) {
    const auto codes = store::person_codes(connection, std::nullopt, everywhere(schools));
    throw Error(Exit::nothing_there, "no-such-person",
                fmt::format("nobody has the code '{}'{}", code, did_you_mean(code, codes)),
                "Check the code; the source's own id is taken too.");
  }
  std::vector<std::string> lines;
  Explainer explainer(connection, schools, request);
  for (const auto person : people) {
    auto more = explainer.run(person);
    std::move(more.begin(), more.end(), std::back_inserter(lines));
  }
  return lines;
}

}  // namespace crier::audience
