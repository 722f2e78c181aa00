// A store that was copied, cloned or restored (D6): it sends nothing until somebody has seen what it would
// send and lets it. Two stores that both go on would write to everybody twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/message.hpp"
#include "office/office.hpp"

namespace crier::office {

/// The path at which the original was last worked; none where this is no copy.
std::optional<std::string> copied_from(const Office& office);

/// The same where there must be one. Throws Error(refused_by_rule, "no-copy").
std::string require_copy(const Office& office);

/// Whoever is about to work the store: notes its place where nobody has yet. Throws Error(store,
/// "store-copied").
void require_own_place(const Office& office);
/// A store that is made here is worked here.
void note_own_place(const Office& office);

/// What an adopted store would do at once.
struct DueMeanwhile {
  /// Jobs with something queued, under way, waiting, or held until a time that is past.
  std::vector<JobRow> jobs;
  struct Run {
    std::string schedule;
    Instant at{};
    /// `run-late` or `skip`, as the schedule says.
    std::string missed;
  };
  /// Schedules with times that nobody has worked, the last of each.
  std::vector<Run> runs;
};
DueMeanwhile due_meanwhile(const Office& office);

enum class AdoptWith { everything, nothing_due };
/// From now on this is a store of its own: its place is noted, new messages have Message-IDs of their own,
/// nobody holds its lease. With `nothing_due` all that has not gone is cancelled, and missed times are
/// settled. Throws Error(refused_by_rule, "no-copy") for a store that is none.
void adopt_store(const Office& office, AdoptWith with);

}  // namespace crier::office
