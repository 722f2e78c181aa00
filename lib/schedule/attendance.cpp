// Absence (T5): once per pupil, day and guardian, over all schedules and schools; and a correction to whoever
// was told of a mark that has changed since.
#include <fmt/format.h>

#include "schedule/notice_kind.hpp"
#include "store/daily_finding_store.hpp"

namespace crier::schedule {
namespace {

store::AbsenceScope scope_of(const config::Schedule& schedule) {
  return schedule.absences == config::Absences::all ? store::AbsenceScope::all
                                                    : store::AbsenceScope::unexplained;
}

std::string opening(const config::Schedule& schedule, std::string_view school) {
  if (schedule.absences == config::Absences::all) {
    return fmt::format("This is a notice from {}. According to our registers the following was missed.",
                       school);
  }
  return fmt::format(
      "This is a notice from {}. According to our registers the following was missed, and we know no reason.",
      school);
}

std::string line(const store::Finding& finding, std::string_view title) {
  return title.empty() ? fmt::format("absent on {}", spoken_date(finding.day))
                       : fmt::format("absent on {} ({})", spoken_date(finding.day), title);
}

std::vector<store::Finding> find(store::Connection& connection, const config::Settings&,
                                 const config::Schedule& schedule, const store::FindingRequest& request) {
  return store::absences(connection, request, scope_of(schedule));
}

std::string correction_opening(const config::Schedule&, std::string_view school) {
  return fmt::format(
      "This is a correction from {}. We wrote to you of the following absence; the register says otherwise "
      "now.",
      school);
}

std::string correction_line(const store::Finding& finding, std::string_view) {
  return fmt::format("not absent on {}", spoken_date(finding.day));
}

std::vector<store::Finding> find_corrections(store::Connection& connection, const config::Settings&,
                                             const config::Schedule&, const store::FindingRequest& request) {
  return store::absences_taken_back(connection, request, config::to_text(config::NoticeKind::attendance));
}

}  // namespace

const NoticeKind attendance{.kind = config::NoticeKind::attendance,
                            .subject = "Absence",
                            .opening = opening,
                            .closing = "Please tell the school the reason, or if something is not right.",
                            .line = line,
                            .find = find,
                            .untitled = "",
                            .corrected_by = "attendance-correction"};

const NoticeKind attendance_correction{
    .kind = config::NoticeKind::attendance_correction,
    .subject = "Correction of an absence",
    .opening = correction_opening,
    .closing = "We are sorry for the trouble. Nothing is left for you to do.",
    .line = correction_line,
    .find = find_corrections,
    .untitled = "",
    .corrects = "attendance"};

}  // namespace crier::schedule
