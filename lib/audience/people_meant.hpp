// The people whom an expression names, each once, with the place that speaks for them. Between the store's
// rows and `resolve`.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/set_plan.hpp"
#include "store/audience_store.hpp"

namespace crier::audience {

struct MeantPerson {
  store::PersonRow row;
  std::int64_t school = 0;
  PersonKind kind = PersonKind::pupil;
  std::string form;
  /// Somebody who is meant as a pupil has associations.
  bool as_pupil = false;
  /// The place in the list by name.
  std::uint32_t by_name = 0;
};

/// Sorts people as a list shows them: by name, then code. Looks at the names themselves only where their
/// beginnings are the same.
struct NameOrder {
  NameOrder(const store::PersonRow& of, std::uint32_t at);
  std::uint64_t beginning = 0;
  const store::PersonRow* row;
  std::uint32_t index;
  friend bool operator<(const NameOrder& a, const NameOrder& b);
};

class PeopleMeant {
 public:
  PeopleMeant(store::Connection& connection, const SetPlan& plan);

  /// By id.
  const std::vector<MeantPerson>& all() const { return all_; }
  const MeantPerson& at(std::uint32_t index) const { return all_[index]; }
  store::Ids pupils() const;
  bool contains(std::int64_t person) const { return index_.contains(person); }
  /// The index of somebody who is there.
  std::uint32_t index_of(std::int64_t person) const { return index_.at(person); }

 private:
  std::vector<MeantPerson> all_;
  std::unordered_map<std::int64_t, std::uint32_t> index_;
};

}  // namespace crier::audience
