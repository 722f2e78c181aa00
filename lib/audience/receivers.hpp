// Which of the people around a pupil `--to` means, and what a school calls them (A2, R3).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audience/candidate.hpp"
#include "config/settings.hpp"
#include "roster/schools.hpp"
#include "store/audience_store.hpp"
#include "store/connection.hpp"

namespace crier::audience {

/// The words of `--to` that are no relation.
std::span<const std::string_view> fixed_receiver_words();

class Receivers {
 public:
  /// Reads the words of `--to`. Throws Error(usage, "unknown-receiver") with the nearest word; relations that
  /// are not common words are looked for in the store.
  Receivers(store::Connection& connection, const std::vector<roster::SchoolProfile>& schools,
            const std::vector<std::string>& to);

  /// As understood, for the answer: `["parent"]`.
  const std::vector<std::string>& words() const { return words_; }
  bool themselves() const { return self_; }
  bool associations() const { return associates_ || !rest_.empty(); }
  /// Whether this relationship is one that receives, court orders aside.
  bool take(const store::RelationshipRow& row, const config::Ranks& ranks) const;
  /// Of what the sources say of two people the first that receives; nullptr where none does. A school's
  /// system speaks before the office's hand of who they are to each other (R6).
  const store::RelationshipRow* first_of(std::span<const PairOfPeople> said,
                                         const config::Ranks& ranks) const;

 private:
  void read(store::Connection& connection, const std::vector<roster::SchoolProfile>& schools,
            std::string_view word);

  std::vector<std::string> words_;
  /// Folded, but for self and associates.
  std::vector<std::string> rest_;
  bool self_ = false;
  bool associates_ = false;
};

/// `Parent`, `Rank 1`, `Rank 2`, `Rank 3`: the first whose rule fits, or empty.
std::string_view rank_of(const store::RelationshipRow& row, const config::Ranks& ranks);

}  // namespace crier::audience
