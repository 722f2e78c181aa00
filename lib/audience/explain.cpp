#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "audience/expression.hpp"
#include "audience/plan.hpp"
#include "audience/receivers.hpp"
#include "audience/resolve.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "store/audience_store.hpp"

namespace crier::audience {
namespace {

class Explainer {
 public:
  Explainer(store::Connection& connection, const std::vector<roster::SchoolProfile>& schools,
            const ResolveRequest& request)
      : connection_(connection),
        schools_(schools),
        planned_(plan(connection, schools, parse(request.expression), request)),
        receivers_(connection, schools, request.to),
        resolution_(resolve(connection, schools, request)) {}

  std::vector<std::string> run(std::int64_t person) {
    person_ = store::people_by_id(connection_, {person}).front();
    introduce();
    tell_terms();
    if (receivers_.themselves()) tell_self();
    if (receivers_.associations()) tell_associations();
    tell_ways();
    return std::exchange(lines_, {});
  }

 private:
  template <typename... Args>
  void say(fmt::format_string<Args...> text, Args&&... args) {
    lines_.push_back(fmt::format(text, std::forward<Args>(args)...));
  }

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
    std::string places;
    for (const auto& place : store::places_of(connection_, person_.person)) {
      const auto* at = school(place.school);
      places += fmt::format("{}{} in {}: {}{}", places.empty() ? "" : "; ", to_text(place.kind),
                            at == nullptr ? "another school" : at->code, to_text(place.status),
                            in_scope(place.school) ? "" : ", outside the schools that are asked about");
    }
    say("{} is {} ({}).", person_.code, list_name(person_.family, person_.given), places);
  }

  void tell_terms() {
    named_ = store::matches(connection_, planned_.plan, person_.person);
    say("The expression {} this person:", named_ ? "names" : "does not name");
    for (const auto& term : planned_.terms) {
      say("  {}: {}", term.text, is_named(term.set, person_.person) ? "yes" : "no");
    }
    const auto places = store::places_of(connection_, person_.person);
    const bool stands = std::any_of(places.begin(), places.end(), [&](const store::PlaceRow& place) {
      return in_scope(place.school) && place.status == PersonStatus::active;
    });
    if (!named_ && !stands) say("  Not active in these schools: only status: names such people.");
  }

  void tell_self() {
    say("--to self: {}", named_ ? "receives, being named." : "does not receive, not being named.");
  }

  void tell_associations() {
    const auto rows = store::relationships_of_contact(connection_, person_.person);
    if (rows.empty()) say("--to {}: is no pupil's contact.", join(receivers_.words(), ","));
    for (auto row : rows) {
      // Two sources may speak of the same two people: a court order in either counts (R3).
      row.court_order = std::any_of(rows.begin(), rows.end(), [&](const store::RelationshipRow& other) {
        return other.pupil == row.pupil && other.court_order;
      });
      tell_association(row);
    }
  }

  void tell_association(const store::RelationshipRow& row) {
    const auto pupil = store::people_by_id(connection_, {row.pupil}).front();
    const auto& ranks = ranks_of(row.pupil);
    const auto rank = rank_of(row, ranks);
    const bool named = store::matches(connection_, planned_.plan, row.pupil);
    const bool taken = receivers_.take(row, ranks);
    say("{} of {} ({}), priority {}{}{}: {}", row.relation.empty() ? "contact" : row.relation,
        list_name(pupil.family, pupil.given), pupil.code, row.priority, rank.empty() ? "" : ", ", rank,
        row.court_order ? "a court order: never hears of this pupil."
        : !named        ? "the expression does not name this pupil."
        : !taken ? fmt::format("--to {} does not take this relationship.", join(receivers_.words(), ","))
                 : "hears of this pupil.");
  }

  const config::Ranks& ranks_of(std::int64_t pupil) const {
    for (const auto& place : store::places_of(connection_, pupil)) {
      const auto* at = school(place.school);
      if (place.kind == PersonKind::pupil && in_scope(place.school) && at != nullptr) return at->ranks;
    }
    static const auto standard = config::Ranks::standard();
    return standard;
  }

  void tell_ways() {
    const auto found = std::find_if(resolution_.recipients.begin(), resolution_.recipients.end(),
                                    [&](const Recipient& one) { return one.person == person_.person; });
    if (found == resolution_.recipients.end()) {
      say("Not a recipient.");
      return;
    }
    for (const auto& [channel, reach] : found->channels) {
      const auto& address = reach.address;
      if (!reach.reason) {
        say("{}: reached{}{}.", to_text(channel), address.empty() ? "" : " at ", address);
      } else {
        say("{}: not reached{}{}, {}. {}", to_text(channel), address.empty() ? "" : " at ", address,
            to_text(*reach.reason), remedy(*reach.reason));
      }
    }
  }

  store::Connection& connection_;
  const std::vector<roster::SchoolProfile>& schools_;
  Planned planned_;
  Receivers receivers_;
  Resolution resolution_;
  store::PersonRow person_;
  bool named_ = false;
  std::vector<std::string> lines_;
};

/// Everybody with this code or source id, in whatever school.
store::Ids people_with(store::Connection& connection, const std::vector<roster::SchoolProfile>& schools,
                       std::string_view code) {
  store::Ids everywhere;
  for (const auto& school : schools) everywhere.push_back(school.id);
  const std::vector<std::string> folded{fold(code)};
  auto found = store::people_by_code(connection, folded, everywhere);
  if (found.empty()) found = store::people_by_source_id(connection, folded, everywhere);
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
    throw Error(Exit::nothing_there, "no-such-person", fmt::format("nobody has the code '{}'", code),
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
