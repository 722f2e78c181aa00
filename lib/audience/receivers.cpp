#include "audience/receivers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"

namespace crier::audience {
namespace {

constexpr std::array<std::string_view, 7> fixed_words{"self",  "associates", "parent", "rank1",
                                                      "rank2", "rank3",      "prime"};

/// Relations that are known whether or not anybody in the store has one, so that a common word needs no look
/// through all relationships.
constexpr std::array<std::string_view, 20> common_relations{
    "mother",      "father",     "guardian",    "stepmother", "stepfather",  "grandmother", "grandfather",
    "grandparent", "aunt",       "uncle",       "sibling",    "brother",     "sister",      "carer",
    "foster",      "stepparent", "childminder", "relative",   "next of kin", "other"};

bool fits(const config::RankRule& rule, const store::RelationshipRow& row) {
  return std::find(rule.relations.begin(), rule.relations.end(), row.relation_folded) !=
             rule.relations.end() ||
         std::find(rule.priorities.begin(), rule.priorities.end(), row.priority) != rule.priorities.end();
}

std::vector<std::string> pieces(const std::vector<std::string>& to) {
  std::vector<std::string> words;
  for (const auto& one : to) {
    for (const auto by_comma : split(one, ',')) {
      for (const auto by_plus : split(by_comma, '+')) words.emplace_back(trim_invisible(by_plus));
    }
  }
  return words;
}

}  // namespace

std::span<const std::string_view> fixed_receiver_words() {
  return fixed_words;
}

Receivers::Receivers(store::Connection& connection, const std::vector<roster::SchoolProfile>& schools,
                     const std::vector<std::string>& to) {
  for (const auto& word : pieces(to)) read(connection, schools, word);
  if (words_.empty()) {
    words_.emplace_back("self");
    self_ = true;
  }
}

void Receivers::read(store::Connection& connection, const std::vector<roster::SchoolProfile>& schools,
                     std::string_view word) {
  const auto folded = fold(word);
  if (std::find(words_.begin(), words_.end(), folded) != words_.end()) return;
  if (folded == "self") {
    self_ = true;
  } else if (folded == "associates") {
    associates_ = true;
  } else {
    std::vector<std::string> known(fixed_words.begin(), fixed_words.end());
    known.insert(known.end(), common_relations.begin(), common_relations.end());
    for (const auto& school : schools) {
      const auto& ranks = school.ranks;
      for (const auto* rule : {&ranks.parent, &ranks.rank1, &ranks.rank2, &ranks.rank3}) {
        known.insert(known.end(), rule->relations.begin(), rule->relations.end());
      }
    }
    const auto is_known = [&] { return std::find(known.begin(), known.end(), folded) != known.end(); };
    if (!is_known()) {
      const auto stored = store::relation_words(connection);
      known.insert(known.end(), stored.begin(), stored.end());
    }
    if (folded.empty() || !is_known()) {
      throw Error(
          Exit::usage, "unknown-receiver",
          fmt::format("--to knows no '{}'{}", word, did_you_mean(word, known)),
          "It takes self, associates, parent, rank1, rank2, rank3, prime, or a relation such as mother.");
    }
    rest_.push_back(folded);
  }
  words_.push_back(folded);
}

bool Receivers::take(const store::RelationshipRow& row, const config::Ranks& ranks) const {
  if (associates_) return true;
  return std::any_of(rest_.begin(), rest_.end(), [&](const std::string& word) {
    if (word == "parent") return fits(ranks.parent, row);
    if (word == "rank1") return fits(ranks.rank1, row);
    if (word == "rank2") return fits(ranks.rank2, row);
    if (word == "rank3") return fits(ranks.rank3, row);
    if (word == "prime") return row.prime;
    return word == row.relation_folded;
  });
}

const store::RelationshipRow* Receivers::first_of(std::span<const PairOfPeople> said,
                                                  const config::Ranks& ranks) const {
  const bool told = std::any_of(said.begin(), said.end(), [](const auto& one) { return !one.row->by_hand; });
  const auto found = std::find_if(said.begin(), said.end(), [&](const auto& one) {
    return !(told && one.row->by_hand) && take(*one.row, ranks);
  });
  return found == said.end() ? nullptr : found->row;
}

std::string_view rank_of(const store::RelationshipRow& row, const config::Ranks& ranks) {
  if (fits(ranks.parent, row)) return "Parent";
  if (fits(ranks.rank1, row)) return "Rank 1";
  if (fits(ranks.rank2, row)) return "Rank 2";
  if (fits(ranks.rank3, row)) return "Rank 3";
  return "";
}

}  // namespace crier::audience
