#include "office/importing.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "intake/csv_import.hpp"
#include "intake/csv_suggest.hpp"
#include "intake/sims_import.hpp"
#include "office/notifying.hpp"
#include "office/permission.hpp"

namespace crier::office {
namespace {

/// The audit entry of an import that was more than a rehearsal.
void record_import(const Office& office, const intake::ImportRequest& request, const ImportReport& report) {
  if (request.rehearsal == intake::Rehearsal::dry_run) return;
  store::Transaction transaction(office.store);
  record(office, "import", fmt::format("import {}", report.id),
         fmt::format("{} from {}: added {}, changed {}, removed {}", to_text(report.outcome), report.source,
                     store::counts_text(report.added), store::counts_text(report.changed),
                     store::counts_text(report.removed)));
  transaction.commit();
}

/// What follows an import that was applied.
void follow_up(const Office& office, const intake::ImportRequest& request,
               const intake::ImportAnswer& answer) {
  record_import(office, request, answer.report);
  const auto source = office.settings.imports.find(request.source);
  const bool asked = source != office.settings.imports.end() && source->second.notify_addresses;
  if (asked && !answer.first && answer.report.outcome == ImportOutcome::applied) {
    notify_addresses(office, answer.report.id);
  }
}

}  // namespace

intake::ImportAnswer import_oneroster(const Office& office, intake::ImportRequest request,
                                      const intake::Progress& progress) {
  require(office, Act::import);
  request.actor = office.actor;
  auto answer = intake::import_oneroster(office.store, office.settings, office.clock, request, progress);
  follow_up(office, request, answer);
  return answer;
}

intake::ImportAnswer import_rest(const Office& office, intake::ImportRequest request,
                                 const intake::Progress& progress) {
  require(office, Act::import);
  request.actor = office.actor;
  auto answer = intake::import_rest(office.store, office.settings, office.clock, request, progress);
  follow_up(office, request, answer);
  return answer;
}

intake::ImportAnswer import_csv(const Office& office, intake::ImportRequest request,
                                const intake::Progress& progress) {
  require(office, Act::import);
  request.actor = office.actor;
  auto answer = intake::import_csv(office.store, office.settings, office.clock, request, progress);
  follow_up(office, request, answer);
  return answer;
}

intake::ImportAnswer import_sims(const Office& office, intake::ImportRequest request,
                                 const intake::Progress& progress) {
  require(office, Act::import);
  request.actor = office.actor;
  auto answer = intake::import_sims(office.store, office.settings, office.clock, request, progress);
  follow_up(office, request, answer);
  return answer;
}

std::string suggest_map(const std::vector<std::filesystem::path>& files) {
  return intake::suggest_map(files);
}

}  // namespace crier::office
