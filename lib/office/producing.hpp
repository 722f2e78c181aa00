// What one occurrence of a schedule makes: a notice of what was found, or a message, with its jobs,
// deliveries and entries in the ledger (T2–T5). Between schedule/notice and the queue; office/scheduling
// decides which occurrences there are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "config/schedule_file.hpp"
#include "office/mailed_report.hpp"
#include "office/office.hpp"
#include "office/sending.hpp"
#include "roster/schools.hpp"
#include "store/schedule_store.hpp"

namespace crier::office {

/// The school of a schedule. Throws Error(usage) with its file.
const roster::SchoolProfile& school_of(const std::vector<roster::SchoolProfile>& schools,
                                       const config::Schedule& schedule);

/// Where the office of a school reads its mail: the address for replies, else the first for error reports;
/// empty where there is none.
std::string office_address(const Office& office, const roster::SchoolProfile& school);

struct Produced {
  /// None where there was nothing to tell.
  std::optional<SendAnswer> sent;
  store::OccurrenceOutcome outcome = store::OccurrenceOutcome::on_time;
};

/// Everything of one occurrence at `run` on the school's wall; the caller holds the transaction. `outcome` is
/// what becomes of the occurrence where it made something. `report`: of a schedule of that kind, what the
/// caller has written before the transaction; else it is written here.
Produced produce(const Office& office, const std::vector<roster::SchoolProfile>& schools,
                 const config::Schedule& schedule, std::int64_t occurrence, LocalTime run,
                 store::OccurrenceOutcome outcome, std::optional<WrittenReport> report = {});

/// Throws what `produce` would for a schedule that can never run: its words, its audience, its school.
void check_production(const Office& office, const std::vector<roster::SchoolProfile>& schools,
                      const config::Schedule& schedule);

}  // namespace crier::office
