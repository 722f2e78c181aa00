#include "audience/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "store/audience_facts.hpp"

namespace crier::audience {
namespace {

/// So many names are listed in a hint or a message before it becomes a wall of text.
constexpr std::size_t most_listed = 12;
constexpr std::size_t most_unknown_listed = 20;

std::optional<store::PlaceWord> place_word(TermKind kind) {
  switch (kind) {
    case TermKind::year:
      return store::PlaceWord::year;
    case TermKind::form:
      return store::PlaceWord::form;
    case TermKind::house:
      return store::PlaceWord::house;
    case TermKind::boarding:
      return store::PlaceWord::boarding;
    default:
      return std::nullopt;
  }
}

std::string_view word_of(store::PlaceWord word) {
  switch (word) {
    case store::PlaceWord::year:
      return "year";
    case store::PlaceWord::form:
      return "form";
    case store::PlaceWord::house:
      return "house";
    case store::PlaceWord::boarding:
      return "boarding";
  }
  return "";
}

std::vector<std::string> folded_words(const Term& term) {
  return term.kind == TermKind::year ? year_words(term.value) : std::vector<std::string>{fold(term.value)};
}

template <typename Range>
std::vector<std::string> listed(const Range& range) {
  return {range.begin(), range.end()};
}

std::string list_some(const std::vector<std::string>& all, std::size_t most) {
  std::vector<std::string> some(all.begin(),
                                all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), most)));
  auto text = join(some, ", ");
  if (all.size() > most) text += fmt::format(" and {} more", all.size() - most);
  return text;
}

/// A code a line; `#` at the beginning or behind a blank begins a remark.
std::vector<std::string> codes_in(std::string_view text) {
  std::vector<std::string> codes;
  for (const auto whole : split(text, '\n')) {
    auto line = trim_invisible(whole);
    for (std::size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
      if (at > 0 && line[at - 1] != ' ' && line[at - 1] != '\t') continue;
      line = line.substr(0, at);
      break;
    }
    line = trim_invisible(line);
    if (!line.empty()) codes.emplace_back(line);
  }
  return codes;
}

}  // namespace

std::vector<std::string> year_words(std::string_view year) {
  auto word = fold(year);
  const bool number =
      !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!number) return {word};
  word.erase(0, std::min(word.find_first_not_of('0'), word.size() - 1));
  return {word, "0" + word};
}

Words::Words(store::Connection& connection, const std::vector<roster::SchoolProfile>& schools,
             store::Ids scope, const Expression& expression, const ResolveRequest& request)
    : connection_(connection), schools_(schools), scope_(std::move(scope)), request_(request) {
  each_term(expression.root, [&](const Term& term) { want(term); });
  look_up();
}

void Words::want(const Term& term) {
  for (const auto& inner : term.inner) want(inner);
  switch (term.kind) {
    case TermKind::group:
    case TermKind::class_group:
      wanted_groups_.insert(fold(term.value));
      break;
    case TermKind::code:
      wanted_codes_.insert(fold(term.value));
      break;
    case TermKind::file: {
      auto codes = read_codes(term);
      for (const auto& code : codes) wanted_codes_.insert(fold(code));
      codes_of_file_[term.value] = std::move(codes);
      break;
    }
    default:
      if (const auto word = place_word(term.kind)) {
        wanted_places_[{*word, term.people}].insert(folded_words(term));
        if (term.kind == TermKind::form) wanted_groups_.insert(fold(term.value));
      }
  }
}

void Words::look_up() {
  if (!wanted_groups_.empty()) groups_ = store::groups_called(connection_, listed(wanted_groups_), scope_);
  for (const auto& [key, wanted] : wanted_places_) look_up_places(key, wanted);
  if (wanted_codes_.empty()) return;
  const auto keep = [this](std::vector<store::FoundCode> found) {
    for (auto& one : found) codes_.emplace(one.folded, std::move(one));
  };
  keep(store::people_by_code(connection_, listed(wanted_codes_), scope_));
  std::vector<std::string> left;
  for (const auto& code : wanted_codes_) {
    if (!codes_.contains(code)) left.push_back(code);
  }
  // Commands take a code or the source's own id (interface.md, "Codes").
  if (!left.empty()) keep(store::people_by_source_id(connection_, left, scope_));
}

/// Active ones are found by an index; only for words that no active place has all places are read.
void Words::look_up_places(const PlaceKey& key, const std::set<std::vector<std::string>>& wanted) {
  std::set<std::string> asked;
  for (const auto& words : wanted) asked.insert(words.begin(), words.end());
  auto& there = places_[key];
  const auto ask = [&](SetTerm::Whose whose) {
    const auto found = store::places_called(connection_, key.first, key.second, whose, listed(asked), scope_);
    there.insert(found.begin(), found.end());
  };
  ask(SetTerm::Whose::active);
  asked.clear();
  for (const auto& words : wanted) {
    const bool found =
        std::any_of(words.begin(), words.end(), [&](const auto& one) { return there.contains(one); });
    if (!found) asked.insert(words.begin(), words.end());
  }
  if (!asked.empty()) ask(SetTerm::Whose::any_status);
}

std::vector<std::string> Words::read_codes(const Term& term) const {
  if (request_.files == FileTerms::refused) {
    throw Error(Exit::usage, "files-refused", fmt::format("@{} cannot be read from here", term.value),
                "Name the people by a group or by their codes: pupil:CODE,pupil:CODE.");
  }
  const auto path = request_.folder / std::filesystem::path(term.value);
  const auto text = os::read_file(path);
  if (!is_utf8(text)) {
    throw Error(Exit::usage, "not-utf8", fmt::format("{} is not UTF-8", path.string()),
                "Save it as UTF-8, one code a line.");
  }
  return codes_in(text);
}

std::string Words::in_scope() const {
  if (scope_.size() != 1 || schools_.size() < 2) return "";
  const auto found = std::find_if(schools_.begin(), schools_.end(),
                                  [this](const auto& school) { return school.id == scope_.front(); });
  return found == schools_.end() ? "" : " in " + found->code;
}

void Words::no_such(std::string_view what, std::string_view code, std::string_view value,
                    const std::vector<std::string>& there_are) const {
  throw Error(
      Exit::nothing_there, std::string(code),
      fmt::format("no {} is called '{}'{}{}", what, value, in_scope(), did_you_mean(value, there_are)),
      there_are.empty() ? fmt::format("The store holds no {} here; import them first.", what)
      : there_are.size() <= most_listed
          ? fmt::format("There are: {}.", list_some(there_are, most_listed))
          : std::string("Check the name; case and accents do not matter, a name with blanks stands in "
                        "quotation marks."));
}

store::Ids Words::groups(const Term& term) const {
  const auto folded = fold(term.value);
  const bool class_only = term.kind == TermKind::class_group;
  store::Ids ids;
  for (const auto& group : groups_) {
    if (class_only && group.kind != "class") continue;
    if (group.name_folded == folded || group.code_folded == folded) ids.push_back(group.id);
  }
  if (ids.empty()) {
    const std::string_view what = class_only ? "class" : "group";
    no_such(what, fmt::format("no-such-{}", what), term.value, store::group_names(connection_, scope_));
  }
  return ids;
}

store::Ids Words::schools(const Term& term) const {
  store::Ids ids;
  std::vector<std::string> codes;
  for (const auto& school : schools_) {
    if (std::find(scope_.begin(), scope_.end(), school.id) == scope_.end()) continue;
    codes.push_back(school.code);
    if (fold(school.code) == fold(term.value) || fold(school.name) == fold(term.value))
      ids.push_back(school.id);
  }
  if (ids.empty()) no_such("school", "no-such-school", term.value, codes);
  return ids;
}

store::Ids Words::form_groups(const Term& term) const {
  const auto folded = fold(term.value);
  store::Ids ids;
  for (const auto& group : groups_) {
    if (group.kind == "form" && (group.name_folded == folded || group.code_folded == folded))
      ids.push_back(group.id);
  }
  return ids;
}

std::vector<std::string> Words::place_words(const Term& term) const {
  const auto word = *place_word(term.kind);
  auto words = folded_words(term);
  const auto& there = places_.at({word, term.people});
  const bool known =
      std::any_of(words.begin(), words.end(), [&](const auto& one) { return there.contains(one); });
  if (!known && (term.kind != TermKind::form || form_groups(term).empty())) {
    const auto what = word_of(word);
    no_such(word == store::PlaceWord::boarding ? "boarding house" : what, fmt::format("no-such-{}", what),
            term.value, store::place_words(connection_, word, term.people, scope_));
  }
  return words;
}

store::Ids Words::people_called(const std::vector<std::string>& codes, PersonKind kind,
                                std::vector<std::string>& unknown) const {
  store::Ids ids;
  for (const auto& code : codes) {
    const auto [from, upto] = codes_.equal_range(fold(code));
    const auto before = ids.size();
    for (auto at = from; at != upto; ++at) {
      if (at->second.kind == kind) ids.push_back(at->second.person);
    }
    if (ids.size() == before) unknown.push_back(code);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::string Words::other_kinds(const std::string& code) const {
  const auto found = codes_.find(fold(code));
  return found == codes_.end() ? "" : std::string(to_text(found->second.kind));
}

store::Ids Words::people(const Term& term) const {
  std::vector<std::string> unknown;
  if (term.kind == TermKind::file) {
    auto ids = people_called(codes_of_file_.at(term.value), term.people, unknown);
    if (unknown.empty()) return ids;
    const auto other = other_kinds(unknown.front());
    throw Error(Exit::usage, "unknown-codes",
                fmt::format("{} names {} that no {}{} has: {}", term.value,
                            unknown.size() == 1 ? "a code" : fmt::format("{} codes", unknown.size()),
                            to_text(term.people), in_scope(), list_some(unknown, most_unknown_listed)),
                other.empty() ? "Correct the file, or import the people first."
                              : fmt::format("'{}' is the code of a {}: write {}:@{} for a file of those.",
                                            unknown.front(), other, other, term.value));
  }
  auto ids = people_called({term.value}, term.people, unknown);
  if (unknown.empty()) return ids;
  const auto other = other_kinds(term.value);
  const auto near =
      other.empty() ? did_you_mean(term.value, store::person_codes(connection_, term.people, scope_)) : "";
  throw Error(Exit::nothing_there, "no-such-person",
              fmt::format("no {}{} has the code '{}'{}", to_text(term.people), in_scope(), term.value, near),
              other.empty() ? "Check the code; the source's own id is taken too."
                            : fmt::format("It is the code of a {0}: write {0}:{1}.", other, term.value));
}

namespace {

struct FactWords {
  std::string_view what;
  std::string_view code;
  std::vector<std::string> there_are;
};

FactWords fact_words(store::Connection& connection, const store::Ids& scope, TermKind kind) {
  switch (kind) {
    case TermKind::survey:
      return {"survey", "no-such-survey", store::survey_names(connection, scope)};
    case TermKind::owing:
      return {"payment", "no-such-payment", store::payment_items(connection, scope)};
    case TermKind::contract:
      return {"contract", "no-such-contract", store::contract_names(connection, scope)};
    default:
      return {"kind of data issue", "no-such-issue", store::issue_kinds_known(connection)};
  }
}

std::vector<std::string> same_as(std::string_view value, const std::vector<std::string>& there_are) {
  std::vector<std::string> found;
  const auto folded = fold(value);
  std::copy_if(there_are.begin(), there_are.end(), std::back_inserter(found),
               [&](const std::string& one) { return fold(one) == folded; });
  return found;
}

}  // namespace

std::vector<std::string> Words::facts(const Term& term) const {
  const auto contract = term.kind == TermKind::owing ? owing_contract(term.value) : std::nullopt;
  const auto value = contract.value_or(term.value);
  const auto words = fact_words(connection_, scope_, contract ? TermKind::contract : term.kind);
  auto found = same_as(value, words.there_are);
  if (found.empty()) no_such(words.what, words.code, value, words.there_are);
  return found;
}

/// A survey may be called so with the `/open` and all: the whole name comes first.
SurveyWords Words::survey(const Term& term) const {
  const auto words = fact_words(connection_, scope_, TermKind::survey);
  std::string_view name = term.value;
  if (!same_as(name, words.there_are).empty()) return {fold(name), ""};
  for (const std::string_view part : {"/open", "/done"}) {
    if (!to_lower(name).ends_with(part)) continue;
    name.remove_suffix(part.size());
    if (!same_as(name, words.there_are).empty()) return {fold(name), std::string(part.substr(1))};
    break;
  }
  no_such(words.what, words.code, name, words.there_are);
}

std::optional<std::string_view> owing_contract(std::string_view value) {
  constexpr std::string_view prefix = "contract:";
  if (!to_lower(value).starts_with(prefix)) return std::nullopt;
  return value.substr(prefix.size());
}

}  // namespace crier::audience
