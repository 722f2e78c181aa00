// The staging tables of one import: facts on their way from a reader to the roster. Temporary tables of one
// connection, so that parsing holds no lock; the difference to what stands is then found and applied by SQL
// in one short write transaction (design decision 3).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/facts.hpp"
#include "model/import.hpp"
#include "store/connection.hpp"
#include "store/daily_stage.hpp"
#include "store/intake_writer.hpp"

namespace crier::store {

/// A row of the roster as this source brought it before.
struct Standing {
  Ref id = 0;
  std::int64_t fingerprint = 0;
  /// What the row refers to: a membership's group and person, a mark's assignment and pupil; else 0.
  Ref first = 0;
  Ref second = 0;
};

enum class RosterTable { person, roster_group, membership, assignment, mark };

class IntakeStage {
 public:
  /// Makes the empty staging tables. `source` is the source's row.
  IntakeStage(Connection& connection, std::int64_t source);
  ~IntakeStage();
  IntakeStage(const IntakeStage&) = delete;
  IntakeStage& operator=(const IntakeStage&) = delete;

  std::int64_t source() const { return source_; }

  /// What stands under this source's id, if anything.
  std::optional<Standing> standing(RosterTable table, std::string_view source_id);
  /// Every live row of this source: for sets that leave a file out, whose rows others still refer to.
  void each_standing(RosterTable table, const std::function<void(std::string_view source_id, Ref)>& visit);
  /// Every place of this source's people, once for each kind that somebody is: for deltas, which name others
  /// by id.
  void each_standing_person(const std::function<void(std::string_view source_id, Ref, PersonKind)>& visit);

  /// The id that the next new row of a table will get.
  Ref new_id(RosterTable table);
  bool is_new(RosterTable table, Ref id) const { return id > base_[static_cast<std::size_t>(table)]; }

  /// The row is in the set: what is not seen of a complete file has gone.
  void seen(RosterTable table, Ref id);

  /// The set says itself that this row has gone (`tobedeleted` in a delta).
  void gone(RosterTable table, Ref id);

  /// A school that this set speaks for: only there does what is not seen count as gone.
  void covers(std::int64_t school);

  void add(const PersonFact& person);
  void add(const PlaceFact& place);
  void add(const AddressFact& address);
  void add_relationship(Ref pupil, Ref contact, SaidBy side);
  void add(const GroupFact& group);
  void add(const MembershipFact& membership);
  void add(const AssignmentFact& assignment);
  void add(const MarkFact& mark);

  /// The file that tells these rows is complete: rows of the covered schools that were not seen are gone.
  void complete(RosterTable table) { complete_[static_cast<std::size_t>(table)] = true; }
  bool is_complete(RosterTable table) const { return complete_[static_cast<std::size_t>(table)]; }

  /// People of this kind are not told by this set: those who stand stay.
  void leave_alone(PersonKind kind);
  /// Where facts of the day and lists of relationships are staged; made at the first call.
  DailyStage& daily();
  /// Relationships are told by a list of their own, or not at all: what people's rows leave out is not gone.
  void ties_apart() { ties_apart_ = true; }
  bool ties_stand_apart() const { return ties_apart_; }

  /// Ends staging; adding is over.
  void close();

 private:
  friend class IntakeApply;
  static constexpr std::size_t table_count = 5;
  Connection& connection_;
  std::int64_t source_;
  std::int64_t mapped_bytes_ = 0;
  std::array<Ref, table_count> base_{};
  std::array<Ref, table_count> next_{};
  std::array<bool, table_count> complete_{};
  std::array<bool, table_count> empty_{};
  /// How many rows stood in the tables that others refer to.
  std::array<std::int64_t, table_count> stood_{};
  /// How many rows of this source stood when staging ended: counted there, where nobody waits for it.
  std::array<std::int64_t, table_count> of_source_{};
  std::array<std::vector<bool>, table_count> seen_;
  std::array<std::int64_t, table_count> seen_count_{};
  std::unique_ptr<DailyStage> daily_;
  bool ties_apart_ = false;
  bool open_ = false;
  /// The highest person when staging began, whoever came since.
  Ref people_stood_ = 0;
  /// Walks the standing rows in the order of their ids, a step ahead of what is asked for.
  struct Walk {
    std::optional<Query> rows;
    bool at_row = false;
    /// Asked for and not next, one after the other.
    std::int64_t strays = 0;
  };
  std::optional<Standing> next_of_walk(RosterTable table, std::string_view source_id);
  void walk_on_from(RosterTable table, Ref id);
  void give_back_statements();
  template <typename... Values>
  void put(std::size_t statement, const Values&... values);
  void write_here();
  void let_go_unchanged_people();
  std::array<Walk, table_count> walks_;
  std::vector<Query> find_;
  std::vector<Query> insert_;
  /// While nothing is asked of the store: a source's first import.
  std::unique_ptr<IntakeWriter> writer_;
};

}  // namespace crier::store
