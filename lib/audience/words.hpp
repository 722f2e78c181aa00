// The names in an expression, looked up in the store: all groups by one statement, all forms by one, and so
// on. Used by audience/plan.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "audience/expression.hpp"
#include "audience/request.hpp"
#include "roster/schools.hpp"
#include "store/audience_store.hpp"

namespace crier::audience {

/// `Parents 2026/open`: the survey, folded, and which of its respondents; empty: all.
struct SurveyWords {
  std::string folded;
  std::string which;
};

class Words {
 public:
  /// Looks up everything that the expression names.
  Words(store::Connection& connection, const std::vector<roster::SchoolProfile>& schools, store::Ids scope,
        const Expression& expression, const ResolveRequest& request);

  // The rows or folded words that a term means; each throws where there are none.
  store::Ids groups(const Term& term) const;
  store::Ids schools(const Term& term) const;
  store::Ids people(const Term& term) const;
  /// Of year, form, house, boarding; a form's groups are in `form_groups`.
  std::vector<std::string> place_words(const Term& term) const;
  store::Ids form_groups(const Term& term) const;
  /// Of owing (items, or contracts), contract and issue: as the store has them.
  std::vector<std::string> facts(const Term& term) const;
  SurveyWords survey(const Term& term) const;

 private:
  using PlaceKey = std::pair<store::PlaceWord, PersonKind>;
  void want(const Term& term);
  void look_up();
  void look_up_places(const PlaceKey& key, const std::set<std::vector<std::string>>& wanted);
  std::vector<std::string> read_codes(const Term& term) const;
  store::Ids people_called(const std::vector<std::string>& codes, PersonKind kind,
                           std::vector<std::string>& unknown) const;
  std::string other_kinds(const std::string& code) const;
  std::string in_scope() const;
  [[noreturn]] void no_such(std::string_view what, std::string_view code, std::string_view value,
                            const std::vector<std::string>& there_are) const;

  store::Connection& connection_;
  const std::vector<roster::SchoolProfile>& schools_;
  store::Ids scope_;
  const ResolveRequest& request_;
  std::set<std::string> wanted_groups_;
  /// Each with its other spellings.
  std::map<PlaceKey, std::set<std::vector<std::string>>> wanted_places_;
  std::set<std::string> wanted_codes_;
  std::map<std::string, std::vector<std::string>> codes_of_file_;
  std::vector<store::FoundGroup> groups_;
  std::map<PlaceKey, std::set<std::string>> places_;
  std::multimap<std::string, store::FoundCode> codes_;
};

/// `Music` of `owing:contract:Music`: the contract; none where an item is meant.
std::optional<std::string_view> owing_contract(std::string_view value);

/// The words under which a year may stand: `9` and `09` are the same.
std::vector<std::string> year_words(std::string_view year);

}  // namespace crier::audience
