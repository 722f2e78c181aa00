// Staging and applying of what an export tells day by day (attendance, payments, behaviour, surveys; R8), of
// timetables (R5) and of relationships that stand in a list of their own. Beside IntakeStage, which owns it:
// the same temporary tables, the same transaction, the same *_before. These rows carry no fingerprints: a
// file is staged whole and what differs is found by the source's ids.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "model/daily_facts.hpp"
#include "store/connection.hpp"

namespace crier::store {

struct Difference;
enum class GoneRows;

enum class DailyTable { attendance, payment, behaviour, respondent, timetable_slot };
inline constexpr std::array all_daily_tables{DailyTable::attendance, DailyTable::payment,
                                             DailyTable::behaviour, DailyTable::respondent,
                                             DailyTable::timetable_slot};

class DailyStage {
 public:
  /// Makes the empty staging tables, within whatever transaction is open.
  explicit DailyStage(Connection& connection);

  void add(const AttendanceFact& fact);
  void add(const PaymentFact& fact);
  void add(const BehaviourFact& fact);
  void add(const RespondentFact& fact);
  void add(const SlotFact& fact);
  /// Of a pair that is staged twice the first counts, and a court order whichever says it (R3).
  void add(const TieFact& fact);

  /// This source brings rows of this kind, though they may be none.
  void brings(DailyTable table) { told_[index(table)] = true; }
  /// What these rows leave out is gone: attendance and behaviour from the first day to the last of the file,
  /// payments, respondents of the surveys that the file names; of pupils of the schools that it speaks of.
  /// Lessons: of the schools whose groups it names.
  void complete(DailyTable table) { complete_[index(table)] = true; }
  void brings_ties() { ties_told_ = true; }
  void complete_ties() { ties_complete_ = true; }
  /// All that the source brought of every kind goes (R6), of whatever days and schools.
  void forget() {
    told_.fill(true);
    complete_.fill(true);
    ties_told_ = ties_complete_ = true;
    forgets_ = true;
  }
  bool forgets() const { return forgets_; }
  /// What these rows leave out stays after all (`--additions-only`).
  void let_stay() {
    complete_.fill(false);
    ties_complete_ = false;
  }
  bool has(DailyTable table) const { return told_[index(table)]; }
  bool is_complete(DailyTable table) const { return complete_[index(table)]; }
  bool ties_told() const { return ties_told_; }
  bool ties_complete() const { return ties_complete_; }

  /// People of any source whose code this is, folded, with that kind of place; for references between
  /// sources.
  std::vector<Ref> people_by_code(std::string_view code_folded, std::string_view kind);

  /// Ends staging; adding is over.
  void close();

 private:
  static std::size_t index(DailyTable table) { return static_cast<std::size_t>(table); }

  Connection& connection_;
  std::array<bool, all_daily_tables.size()> told_{};
  std::array<bool, all_daily_tables.size()> complete_{};
  bool ties_told_ = false;
  bool ties_complete_ = false;
  bool forgets_ = false;
  std::vector<Query> insert_;
};

/// What the rows are applied for.
struct DailyRound {
  std::int64_t source = 0;
  std::int64_t import = 0;
  /// Ids of people above `base` are new, and have moved up by `shift` since they were staged.
  Ref base = 0;
  Ref shift = 0;
  /// The same of groups.
  Ref group_base = 0;
  Ref group_shift = 0;
  GoneRows gone;
};

/// Moves references to new people and groups, before anything is applied.
void move_daily_references(Connection& connection, const DailyRound& round);
/// Finds the difference of the relationships' list and applies it; people and places stand already.
void apply_ties(Connection& connection, const DailyStage& stage, const DailyRound& round,
                Difference& difference);
/// The same for the daily facts.
void apply_daily(Connection& connection, const DailyStage& stage, const DailyRound& round,
                 Difference& difference);
/// Drops what DailyStage made, where it is there.
void drop_daily_tables(Connection& connection);

}  // namespace crier::store
