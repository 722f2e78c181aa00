// The steps of one apply (intake_apply.hpp), told apart by subject: each finds by SQL what is new, different
// or gone among its rows, keeps what stood in *_before, and writes.
#pragma once

#include <array>

#include "store/intake_apply.hpp"

namespace crier::store {

// ?1 is the source, ?2 the import, ?3 the highest id that stood before, ?4 now, wherever they are used.

/// Carries the one import through the tables in the order in which they refer to each other.
class IntakeApply {
 public:
  IntakeApply(Connection& connection, IntakeStage& stage, std::int64_t import, Instant now, GoneRows gone,
              Judging judging)
      : connection_(connection),
        stage_(stage),
        import_(import),
        now_(to_millis(now)),
        gone_(gone),
        judging_(judging) {}

  Difference run() {
    require_parents();
    const auto groups_stood = base(RosterTable::roster_group);
    move_new_ids();
    group_shift_ = base(RosterTable::roster_group) - groups_stood;
    if (stage_.daily_) move_daily_references(connection_, daily_round());
    if (stage_.daily_ && gone_ == GoneRows::stay) stage_.daily_->let_stay();
    find_gone();
    people();
    places();
    if (stage_.ties_stand_apart()) {
      if (stage_.daily_) apply_ties(connection_, *stage_.daily_, daily_round(), difference_);
    } else {
      relationships();
    }
    addresses();
    groups();
    memberships();
    assignments();
    marks();
    if (stage_.daily_) apply_daily(connection_, *stage_.daily_, daily_round(), difference_);
    judge_emptied();
    return std::move(difference_);
  }

 private:
  std::int64_t base(RosterTable table) const { return stage_.base_[static_cast<std::size_t>(table)]; }
  std::int64_t source() const { return stage_.source_; }
  DailyRound daily_round() const {
    const auto people = base(RosterTable::person);
    const auto groups = base(RosterTable::roster_group);
    return {source(), import_, people, people - stage_.people_stood_, groups, group_shift_, gone_};
  }

  void require_parents();
  void move_new_ids();
  void find_gone();
  /// Counts what a step is about to do, once its temporary tables say so and before it does it.
  enum class Step { people, relationships, addresses, groups, memberships, assignments, marks };
  void judge(Step step);
  void judge_rekeyed();
  void judge_emptied();
  void let_stay(const char* people, const char* table);
  void people();
  void places();
  void relationships();
  void addresses();
  void groups();
  void memberships();
  void assignments();
  void marks();

  Connection& connection_;
  IntakeStage& stage_;
  std::int64_t import_;
  std::int64_t now_;
  GoneRows gone_;
  Judging judging_;
  /// By how much the ids of new groups have moved.
  std::int64_t group_shift_ = 0;
  Difference difference_;
};

}  // namespace crier::store
