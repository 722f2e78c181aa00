#include "model/import.hpp"

#include <algorithm>

namespace crier {

std::string_view to_text(FactKind kind) {
  switch (kind) {
    case FactKind::pupil:
      return "pupil";
    case FactKind::contact:
      return "contact";
    case FactKind::staff:
      return "staff";
    case FactKind::group:
      return "group";
    case FactKind::membership:
      return "membership";
    case FactKind::relationship:
      return "relationship";
    case FactKind::address:
      return "address";
    case FactKind::assignment:
      return "assignment";
    case FactKind::mark:
      return "mark";
    case FactKind::attendance:
      return "attendance";
    case FactKind::payment:
      return "payment";
    case FactKind::behaviour:
      return "behaviour";
    case FactKind::respondent:
      return "respondent";
    case FactKind::timetable_slot:
      return "timetable_slot";
  }
  return "";
}

bool FactCounts::empty() const {
  return std::all_of(by_kind.begin(), by_kind.end(), [](std::int64_t count) { return count == 0; });
}

bool ImportReport::tells(FactKind kind) const {
  return always_told(kind) || std::find(daily.begin(), daily.end(), kind) != daily.end();
}

std::string_view to_text(ImportOutcome outcome) {
  switch (outcome) {
    case ImportOutcome::applied:
      return "applied";
    case ImportOutcome::unchanged:
      return "unchanged";
    case ImportOutcome::held:
      return "held";
    case ImportOutcome::refused:
      return "refused";
    case ImportOutcome::dry_run:
      return "dry-run";
    case ImportOutcome::undo:
      return "undo";
  }
  return "";
}

}  // namespace crier
