// A recipient in the making, as the steps of `audience/resolve` hand it on.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/person.hpp"
#include "roster/reach.hpp"
#include "store/audience_store.hpp"

namespace crier::audience {

/// On whose account somebody hears: a pupil who is meant (by index), and the relationship; none where it is
/// the pupil.
struct Account {
  std::uint32_t pupil = 0;
  const store::RelationshipRow* relationship = nullptr;
};

struct Candidate {
  store::PersonRow row;
  std::int64_t school = 0;
  PersonKind kind = PersonKind::contact;
  /// By name of the pupil, each pupil once.
  std::vector<Account> accounts;
  /// Why the person may not hear on any channel.
  std::optional<Reason> barred;
  /// In step with the channels that are asked for.
  std::vector<roster::Way> ways;
};

/// What one source says of a contact and a pupil who is meant (by index), with what it is sorted by: contact,
/// pupil, priority.
struct PairOfPeople {
  std::int64_t contact = 0;
  std::uint32_t pupil = 0;
  int priority = 1;
  const store::RelationshipRow* row = nullptr;
};

}  // namespace crier::audience
