// The difference between a staged set and the roster, found and written by SQL: what is new goes in, what
// differs is kept as it was (*_before) and changed, what has gone leaves. Runs in the caller's write
// transaction; a dry run rolls it back.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "model/import.hpp"
#include "store/intake_stage.hpp"

namespace crier::store {

/// What the guard lets be, whatever it is a share of (I7): so few rows are a school's daily life.
inline constexpr std::int64_t guard_floor = 5;

/// How much a set does to one kind in one school, where more than the floor is gone or changed (I7).
struct Effect {
  /// The words of FactKind.
  std::string kind;
  /// The school's code.
  std::string school;
  std::int64_t before = 0;
  std::int64_t gone = 0;
  std::int64_t changed = 0;
};

/// Values that were there and are now empty, while their rows stayed.
struct Emptied {
  std::string kind;
  std::string school;
  /// `form`, `email (home)`, `due`, …
  std::string column;
  std::int64_t lost = 0;
  /// Rows that have a value in that column still.
  std::int64_t left = 0;
};

/// People who are gone while others of the same name, kind and school are new: the ids have changed.
struct Rekeyed {
  std::string kind;
  std::string school;
  std::int64_t gone = 0;
  std::int64_t back = 0;
};

/// What the guard judges.
struct Judgement {
  std::vector<Effect> effects;
  std::vector<Emptied> emptied;
  std::vector<Rekeyed> rekeyed;
};

struct Difference {
  FactCounts added;
  FactCounts changed;
  FactCounts removed;
  Judgement judgement;
  /// The kinds that not every source has and that this one brought.
  std::vector<FactKind> daily;
  bool empty() const { return added.empty() && changed.empty() && removed.empty(); }
};

/// What becomes of rows that the set no longer has.
enum class GoneRows { leave, stay };
/// Whether the judgement is asked for; a source's first import is not judged.
enum class Judging { wanted, not_wanted };

/// Applies a closed stage as import `import`; `now` dates the leavers. Rows that stay although the set no
/// longer has them are looked at anew by the next import.
Difference apply_stage(Connection& connection, IntakeStage& stage, std::int64_t import, Instant now,
                       GoneRows gone, Judging judging);

}  // namespace crier::store
