// Failing assignments (T3): work that was marked below the schedule's percentage.
#include <fmt/format.h>

#include <cmath>

#include "schedule/notice_kind.hpp"

namespace crier::schedule {
namespace {

/// Cut to one decimal, never rounded up: 59.97 below 60 must not read as 60.
double shown_percent(double score, double points) {
  return std::floor(score * 1000 / points + 1e-9) / 10;
}

std::string opening(const config::Schedule& schedule, std::string_view school) {
  return fmt::format(
      "This is a notice from {}. According to our gradebook the following work was marked below {} %.",
      school, schedule.failing_percent);
}

std::string line(const store::Finding& finding, std::string_view title) {
  auto text = fmt::format("{}, due {}", title, spoken_date(finding.day));
  if (finding.score && finding.points) {
    fmt::format_to(std::back_inserter(text), ": {} % ({} of {})",
                   shown_percent(*finding.score, *finding.points), *finding.score, *finding.points);
  }
  return text;
}

std::vector<store::Finding> find(store::Connection& connection, const config::Settings&,
                                 const config::Schedule& schedule, const store::FindingRequest& request) {
  return store::failing_work(connection, request, schedule.failing_percent);
}

}  // namespace

const NoticeKind failing_work{
    .kind = config::NoticeKind::failing_assignments,
    .subject = "Failing assignments",
    .opening = opening,
    .closing = "If you have questions about a mark, please ask the teacher of the class, or the school.",
    .line = line,
    .find = find};

}  // namespace crier::schedule
