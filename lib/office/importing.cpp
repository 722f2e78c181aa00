#include "office/importing.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace crier::office {

intake::ImportAnswer import_oneroster(const Office& office, intake::ImportRequest request,
                                      const intake::Progress& progress) {
  request.actor = office.actor;
  auto answer = intake::import_oneroster(office.store, office.settings, office.clock, request, progress);
  if (request.rehearsal == intake::Rehearsal::dry_run) return answer;
  const auto& report = answer.report;
  store::Transaction transaction(office.store);
  record(office, "import", fmt::format("import {}", report.id),
         fmt::format("{} from {}: added {}, changed {}, removed {}", to_text(report.outcome), report.source,
                     store::counts_text(report.added), store::counts_text(report.changed),
                     store::counts_text(report.removed)));
  transaction.commit();
  return answer;
}

}  // namespace crier::office
