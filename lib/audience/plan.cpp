#include "audience/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "audience/lexer.hpp"
#include "audience/words.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace crier::audience {
namespace {

using Whose = SetTerm::Whose;

store::Ids scope_of(const std::vector<roster::SchoolProfile>& schools, const ResolveRequest& request) {
  if (!request.schools.empty()) return request.schools;
  store::Ids all;
  for (const auto& school : schools) all.push_back(school.id);
  return all;
}

/// Schools that have the same date now: one, but where a district reaches far.
struct SchoolDay {
  std::chrono::sys_days date;
  store::Ids schools;
};

/// In the order of the scope; none where no dates are looked at.
std::vector<SchoolDay> days_of(const std::vector<roster::SchoolProfile>& schools, const store::Ids& scope,
                               const ResolveRequest& request) {
  std::vector<SchoolDay> days;
  if (!request.now) return days;
  for (const auto id : scope) {
    const auto school = std::find_if(schools.begin(), schools.end(),
                                     [&](const roster::SchoolProfile& one) { return one.id == id; });
    if (school == schools.end()) continue;
    const auto local = to_iso(school->zone.local(*request.now)).substr(0, 10);
    const std::chrono::sys_days date(parse_date(local).value());
    auto same =
        std::find_if(days.begin(), days.end(), [&](const SchoolDay& one) { return one.date == date; });
    if (same == days.end()) same = days.insert(days.end(), {date, {}});
    same->schools.push_back(id);
  }
  return days;
}

/// Whether a part asks for a status by itself, not by what it leaves out.
bool names_status(const Node& node) {
  if (node.kind == Node::Kind::complement) return false;
  if (node.kind == Node::Kind::term) return node.term.kind == TermKind::status;
  return std::any_of(node.parts.begin(), node.parts.end(), names_status);
}

void add_kinds(const Node& node, std::vector<PersonKind>& kinds) {
  each_term(node, [&](const Term& term) {
    if (std::find(kinds.begin(), kinds.end(), term.people) == kinds.end()) kinds.push_back(term.people);
  });
}

/// Of what an expression can name: whatever `not` stands before only takes away, unless it stands alone.
void add_named_kinds(const Node& node, std::vector<PersonKind>& kinds) {
  const bool has_positive = std::any_of(node.parts.begin(), node.parts.end(),
                                        [](const Node& part) { return part.kind != Node::Kind::complement; });
  if (node.kind != Node::Kind::all_of || !has_positive) {
    if (node.kind == Node::Kind::any_of) {
      for (const auto& part : node.parts) add_named_kinds(part, kinds);
    } else {
      add_kinds(node, kinds);
    }
    return;
  }
  for (const auto& part : node.parts) {
    if (part.kind != Node::Kind::complement) add_named_kinds(part, kinds);
  }
}

SetNode operation(SetNode::Operation operation, std::vector<SetNode> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  return {operation, {}, std::move(parts)};
}

class Planner {
 public:
  Planner(const Expression& expression, const Words& words, std::vector<SchoolDay> days,
          std::optional<Instant> now)
      : expression_(expression), words_(words), days_(std::move(days)), now_(now) {
    if (days_.empty()) days_.emplace_back();
  }

  SetNode set(const Node& node, Whose whose) {
    switch (node.kind) {
      case Node::Kind::term:
        return term_node(node.term, whose);
      case Node::Kind::any_of:
        return any_of(node, whose);
      case Node::Kind::all_of:
        return all_of(node, whose);
      case Node::Kind::complement: {
        std::vector<SetNode> parts;
        parts.push_back(everybody(node, whose));
        parts.push_back(set(node.parts.front(), whose));
        return {SetNode::Operation::subtract, {}, std::move(parts)};
      }
    }
    return {};
  }

  std::vector<PlannedTerm> terms;

 private:
  /// Terms that differ only in their values are one: `year:9,year:10` is looked for in one go.
  SetNode any_of(const Node& node, Whose whose) {
    std::vector<SetNode> parts;
    for (const auto& part : node.parts) {
      auto made = set(part, whose);
      auto same = std::find_if(parts.begin(), parts.end(), [&](const SetNode& other) {
        return made.operation == SetNode::Operation::term && other.operation == SetNode::Operation::term &&
               made.term.by <= SetTerm::By::teacher_of && made.term.by == other.term.by &&
               made.term.people == other.term.people && made.term.whose == other.term.whose &&
               made.term.taught == other.term.taught;
      });
      if (same == parts.end()) {
        parts.push_back(std::move(made));
        continue;
      }
      auto& term = same->term;
      term.texts.insert(term.texts.end(), made.term.texts.begin(), made.term.texts.end());
      term.ids.insert(term.ids.end(), made.term.ids.begin(), made.term.ids.end());
    }
    return operation(SetNode::Operation::unite, std::move(parts));
  }

  SetNode all_of(const Node& node, Whose whose) {
    std::vector<SetNode> kept;
    std::vector<SetNode> taken_away;
    const auto named = std::count_if(node.parts.begin(), node.parts.end(), names_status);
    for (const auto& part : node.parts) {
      // `status:` lifts the limit to active people for what it is joined to by `and`.
      const bool lifted = named > (names_status(part) ? 1 : 0);
      const auto whose_part = lifted ? Whose::any_status : whose;
      if (part.kind == Node::Kind::complement) {
        taken_away.push_back(set(part.parts.front(), whose_part));
      } else {
        kept.push_back(set(part, whose_part));
      }
    }
    if (kept.empty()) kept.push_back(everybody(node, whose));
    auto result = operation(SetNode::Operation::intersect, std::move(kept));
    if (taken_away.empty()) return result;
    taken_away.insert(taken_away.begin(), std::move(result));
    return {SetNode::Operation::subtract, {}, std::move(taken_away)};
  }

  /// All of the kinds that a part speaks of: what a `not` by itself takes from.
  static SetNode everybody(const Node& node, Whose whose) {
    std::vector<PersonKind> kinds;
    add_kinds(node, kinds);
    std::vector<SetNode> parts;
    for (const auto kind : kinds) {
      parts.push_back(term_set({SetTerm::By::all, kind, whose, {}, {}, {}}));
    }
    return operation(SetNode::Operation::unite, std::move(parts));
  }

  SetNode term_node(const Term& term, Whose whose) {
    auto node = bare_node(term, whose);
    terms.push_back({term.kind, expression_.text.substr(term.at, term.length), node});
    return node;
  }

  SetNode bare_node(const Term& term, Whose whose) const {
    SetTerm set{SetTerm::By::all, term.people, whose, {}, {}, {}};
    switch (term.kind) {
      case TermKind::all:
        break;
      case TermKind::name:
        set.by = SetTerm::By::name;
        set.texts = {fold(term.value)};
        break;
      case TermKind::year:
      case TermKind::house:
      case TermKind::boarding:
        set.by = term.kind == TermKind::year    ? SetTerm::By::year
                 : term.kind == TermKind::house ? SetTerm::By::house
                                                : SetTerm::By::boarding;
        set.texts = words_.place_words(term);
        break;
      case TermKind::form:
        set.by = SetTerm::By::form;
        set.texts = words_.place_words(term);
        set.ids = words_.form_groups(term);
        break;
      case TermKind::group:
      case TermKind::class_group:
        set.by = SetTerm::By::group;
        set.ids = words_.groups(term);
        break;
      case TermKind::school:
        set.by = SetTerm::By::school;
        set.ids = words_.schools(term);
        break;
      case TermKind::status:
        set.by = SetTerm::By::status;
        set.whose = Whose::any_status;
        set.texts = {to_lower(term.value)};
        break;
      case TermKind::code:
      case TermKind::file:
        set.by = SetTerm::By::person;
        set.ids = words_.people(term);
        break;
      case TermKind::teachers_of:
        return teachers(term.inner.front(), std::nullopt);
      case TermKind::todays_teachers_of:
        return todays_teachers(term.inner.front());
      default:
        return facts(term, std::move(set));
    }
    return term_set(std::move(set));
  }

  static SetNode term_set(SetTerm set) { return {SetNode::Operation::term, std::move(set), {}}; }

  /// `made` for each date that a school has now: of its pupils and people alone, where there are several.
  SetNode by_date(const SetTerm& set, const auto& made) const {
    if (days_.size() == 1) return term_set(made(set, days_.front().date));
    std::vector<SetNode> parts;
    for (const auto& day : days_) {
      SetTerm there{SetTerm::By::school, set.people, set.whose, {}, day.schools, {}};
      std::vector<SetNode> both;
      both.push_back(term_set(made(set, day.date)));
      both.push_back(term_set(std::move(there)));
      parts.push_back(operation(SetNode::Operation::intersect, std::move(both)));
    }
    return operation(SetNode::Operation::unite, std::move(parts));
  }

  static std::chrono::sys_days day(std::string_view word, std::chrono::sys_days today) {
    if (word == "yesterday") return today - std::chrono::days(1);
    if (word == "tomorrow") return today + std::chrono::days(1);
    const auto date = parse_date(word);
    return date ? std::chrono::sys_days(*date) : today;
  }

  /// What is told day by day (R8), and the figures of the office (S4).
  SetNode facts(const Term& term, SetTerm set) const {
    const auto value = to_lower(term.value);
    switch (term.kind) {
      case TermKind::absent:
        return absent(value, set);
      case TermKind::owing:
        return owing(term, std::move(set));
      case TermKind::birthday:
        set.by = SetTerm::By::birthday;
        return by_date(set, [&](SetTerm one, std::chrono::sys_days today) {
          one.texts = birthdays(value, today);
          return one;
        });
      case TermKind::survey: {
        const auto survey = words_.survey(term);
        set.by = SetTerm::By::survey;
        set.texts = {survey.folded, survey.which};
        break;
      }
      case TermKind::contract:
        set.by = SetTerm::By::contract;
        set.texts = words_.facts(term);
        break;
      case TermKind::issue:
        set.by = SetTerm::By::issue;
        set.texts = words_.facts(term);
        break;
      case TermKind::messaged:
        set.by = SetTerm::By::messaged;
        set.ids = {to_millis(now_.value_or(Instant{}) - std::chrono::days(std::stoi(value)))};
        break;
      case TermKind::registered:
        // Everybody has an inbox: it is the store's own.
        if (value != "inbox") {
          set.by = SetTerm::By::registered;
          set.texts = {value};
        }
        break;
      default:
        return contactable(term.kind, value, std::move(set));
    }
    return term_set(std::move(set));
  }

  SetNode absent(std::string_view value, SetTerm& set) const {
    const auto word = value.substr(0, value.find('/'));
    const bool unexplained = word.size() < value.size();
    set.by = SetTerm::By::absent;
    const auto on = [&](SetTerm one, std::chrono::sys_days today) {
      one.texts = {to_iso(Date(day(word, today)))};
      if (unexplained) one.texts.emplace_back("unexplained");
      return one;
    };
    return parse_date(word) ? term_set(on(set, {})) : by_date(set, on);
  }

  SetNode owing(const Term& term, SetTerm set) const {
    if (to_lower(term.value) == "overdue") {
      set.by = SetTerm::By::overdue;
      return by_date(set, [](SetTerm one, std::chrono::sys_days today) {
        one.texts = {to_iso(Date(today))};
        return one;
      });
    }
    set.by = owing_contract(term.value) ? SetTerm::By::owing_contract : SetTerm::By::owing;
    if (!term.value.empty()) set.texts = words_.facts(term);
    return term_set(std::move(set));
  }

  static SetNode contactable(TermKind kind, const std::string& value, SetTerm set) {
    set.by = SetTerm::By::contactable;
    set.texts =
        value == "any" ? std::vector<std::string>{"email", "mobile"} : std::vector<std::string>{value};
    if (kind == TermKind::contactable) return term_set(std::move(set));
    std::vector<SetNode> parts;
    parts.push_back(term_set({SetTerm::By::all, set.people, set.whose, {}, {}, {}}));
    parts.push_back(term_set(std::move(set)));
    return {SetNode::Operation::subtract, {}, std::move(parts)};
  }

  /// Days of the year, `MM-DD`. Who was born on 29 February has a birthday on 1 March of other years.
  static std::vector<std::string> birthdays(const std::string& value, std::chrono::sys_days today) {
    const bool span = value.ends_with('d') && std::isdigit(static_cast<unsigned char>(value.front()));
    const int count = span ? std::stoi(value) : 1;
    auto at = span ? today : day(value, today);
    std::vector<std::string> days;
    for (int i = 0; i < count; ++i, at += std::chrono::days(1)) {
      const Date date(at);
      days.push_back(to_iso(date).substr(5));
      if (days.back() == "03-01" && !date.year().is_leap()) days.emplace_back("02-29");
    }
    return days;
  }

  SetNode teachers(const Term& of, std::optional<TaughtOn> taught) const {
    SetTerm set{SetTerm::By::teacher_of, PersonKind::staff, Whose::active, {}, {}, std::move(taught)};
    if (of.kind == TermKind::group || of.kind == TermKind::class_group) {
      set.ids = words_.groups(of);
      return term_set(std::move(set));
    }
    std::vector<SetNode> pupils;
    pupils.push_back(bare_node(of, Whose::active));
    return {SetNode::Operation::teachers, std::move(set), std::move(pupils)};
  }

  /// By the weekday at the school of the class.
  SetNode todays_teachers(const Term& of) const {
    std::vector<SetNode> parts;
    for (const auto& day : days_) {
      TaughtOn on{static_cast<int>(std::chrono::weekday(day.date).iso_encoding()), {}};
      if (days_.size() > 1) on.schools = day.schools;
      parts.push_back(teachers(of, std::move(on)));
    }
    return operation(SetNode::Operation::unite, std::move(parts));
  }

  const Expression& expression_;
  const Words& words_;
  /// At least one.
  std::vector<SchoolDay> days_;
  std::optional<Instant> now_;
};

int count_sets(const SetNode& node) {
  int count = 1;
  for (const auto& part : node.parts) count += count_sets(part);
  return count;
}

}  // namespace

Planned plan(store::Connection& connection, const std::vector<roster::SchoolProfile>& schools,
             const Expression& expression, const ResolveRequest& request) {
  const auto scope = scope_of(schools, request);
  const Words words(connection, schools, scope, expression, request);
  const auto days = days_of(schools, scope, request);
  Planner planner(expression, words, days, request.now);
  Planned planned;
  planned.plan.root = planner.set(expression.root, Whose::active);
  // Without a limit the store need not look at each place's school.
  if (scope.size() < schools.size()) planned.plan.schools = scope;
  if (!days.empty()) planned.plan.today = to_iso(Date(days.front().date));
  add_named_kinds(expression.root, planned.plan.kinds);
  planned.terms = std::move(planner.terms);
  if (const int count = count_sets(planned.plan.root); count > most_terms) {
    throw Error(Exit::usage, "too-many-terms",
                fmt::format("the expression has {} different terms and combinations; {} is the most", count,
                            most_terms),
                "Put the people into a group, or their codes into a file: @codes.txt.");
  }
  return planned;
}

std::string with_absolute_files(std::string_view expression, const std::filesystem::path& folder) {
  std::string made;
  std::size_t copied = 0;
  for (const auto& token : tokens_of(expression)) {
    if (token.kind != Token::Kind::file) continue;
    std::string path =
        std::filesystem::absolute(folder / std::filesystem::path(token.value)).lexically_normal();
    for (std::size_t at = 0; (at = path.find('"', at)) != std::string::npos; at += 2) path.insert(at, 1, '"');
    made += expression.substr(copied, token.at - copied);
    made += "@\"" + path + "\"";
    copied = token.at + token.length;
  }
  made += expression.substr(copied);
  return made;
}

}  // namespace crier::audience
