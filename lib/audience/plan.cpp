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

std::string today_of(const std::vector<roster::SchoolProfile>& schools, const store::Ids& scope,
                     const ResolveRequest& request) {
  if (!request.now) return "";
  for (const auto& school : schools) {
    if (!scope.empty() && school.id == scope.front())
      return to_iso(school.zone.local(*request.now)).substr(0, 10);
  }
  return "";
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
  Planner(const Expression& expression, const Words& words, std::string today, std::optional<Instant> now)
      : expression_(expression), words_(words), today_(std::move(today)), now_(now) {}

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
               made.term.people == other.term.people && made.term.whose == other.term.whose;
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
      parts.push_back({SetNode::Operation::term, {SetTerm::By::all, kind, whose, {}, {}}, {}});
    }
    return operation(SetNode::Operation::unite, std::move(parts));
  }

  SetNode term_node(const Term& term, Whose whose) {
    auto node = bare_node(term, whose);
    terms.push_back({expression_.text.substr(term.at, term.length), node});
    return node;
  }

  SetNode bare_node(const Term& term, Whose whose) const {
    if (term.kind == TermKind::teachers_of) return teachers(term.inner.front());
    SetTerm set{SetTerm::By::all, term.people, whose, {}, {}};
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
        break;
      default:
        facts(term, set);
    }
    return {SetNode::Operation::term, std::move(set), {}};
  }

  Date day(std::string_view word) const {
    const auto today = std::chrono::sys_days(parse_date(today_).value_or(Date{}));
    if (word == "yesterday") return Date(today - std::chrono::days(1));
    if (word == "tomorrow") return Date(today + std::chrono::days(1));
    return parse_date(word).value_or(Date(today));
  }

  /// What is told day by day (R8), as the values that its set needs.
  void facts(const Term& term, SetTerm& set) const {
    const auto value = to_lower(term.value);
    switch (term.kind) {
      case TermKind::absent: {
        const bool unexplained = value.ends_with("/unexplained");
        set.by = SetTerm::By::absent;
        set.texts = {to_iso(day(value.substr(0, value.find('/'))))};
        if (unexplained) set.texts.emplace_back("unexplained");
        break;
      }
      case TermKind::owing:
        set.by = value == "overdue" ? SetTerm::By::overdue : SetTerm::By::owing;
        if (value == "overdue") {
          set.texts = {today_};
        } else if (!value.empty()) {
          set.texts = words_.facts(term);
        }
        break;
      case TermKind::birthday:
        set.by = SetTerm::By::birthday;
        set.texts = birthdays(value);
        break;
      case TermKind::survey:
        set.by = SetTerm::By::survey;
        set.texts = {words_.facts(term).front(), survey_of(term.value).which};
        break;
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
      default:
        set.by = SetTerm::By::contactable;
        set.texts =
            value == "any" ? std::vector<std::string>{"email", "mobile"} : std::vector<std::string>{value};
    }
  }

  /// Days of the year, `MM-DD`. Who was born on 29 February has a birthday on 1 March of other years.
  std::vector<std::string> birthdays(const std::string& value) const {
    const bool span = value.ends_with('d') && std::isdigit(static_cast<unsigned char>(value.front()));
    const int count = span ? std::stoi(value) : 1;
    auto at = std::chrono::sys_days(span ? day("today") : day(value));
    std::vector<std::string> days;
    for (int i = 0; i < count; ++i, at += std::chrono::days(1)) {
      const Date date(at);
      days.push_back(to_iso(date).substr(5));
      if (days.back() == "03-01" && !date.year().is_leap()) days.emplace_back("02-29");
    }
    return days;
  }

  SetNode teachers(const Term& of) const {
    if (of.kind == TermKind::group || of.kind == TermKind::class_group) {
      return {SetNode::Operation::term,
              {SetTerm::By::teacher_of, PersonKind::staff, Whose::active, {}, words_.groups(of)},
              {}};
    }
    std::vector<SetNode> pupils;
    pupils.push_back(bare_node(of, Whose::active));
    return {SetNode::Operation::teachers, {}, std::move(pupils)};
  }

  const Expression& expression_;
  const Words& words_;
  std::string today_;
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
  Planner planner(expression, words, today_of(schools, scope, request), request.now);
  Planned planned;
  planned.plan.root = planner.set(expression.root, Whose::active);
  // Without a limit the store need not look at each place's school.
  if (scope.size() < schools.size()) planned.plan.schools = scope;
  planned.plan.today = today_of(schools, scope, request);
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
