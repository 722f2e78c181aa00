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
  IntakeApply(Connection& connection, IntakeStage& stage, std::int64_t import, Instant now)
      : connection_(connection), stage_(stage), import_(import), now_(to_millis(now)) {}

  Difference run() {
    require_parents();
    move_new_ids();
    find_gone();
    judge_removals();
    people();
    places();
    relationships();
    addresses();
    groups();
    memberships();
    assignments();
    marks();
    return std::move(difference_);
  }

 private:
  std::int64_t base(RosterTable table) const { return stage_.base_[static_cast<std::size_t>(table)]; }
  std::int64_t source() const { return stage_.source_; }

  void require_parents();
  void move_new_ids();
  void find_gone();
  void judge_removals();
  void judge(const char* sql);
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
  Difference difference_;
};

}  // namespace crier::store
