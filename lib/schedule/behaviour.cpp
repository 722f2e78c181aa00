// Behaviour (T5): incidents that were entered, good ones and bad ones.
#include <fmt/format.h>

#include "schedule/notice_kind.hpp"
#include "store/daily_finding_store.hpp"

namespace crier::schedule {
namespace {

std::string opening(const config::Schedule&, std::string_view school) {
  return fmt::format("This is a notice from {}. The following was entered in our records.", school);
}

std::string line(const store::Finding& finding, std::string_view title) {
  auto text = fmt::format("{}, {}", title, spoken_date(finding.day));
  if (finding.points) {
    fmt::format_to(std::back_inserter(text), " ({} {})", *finding.points,
                   *finding.points == 1 ? "point" : "points");
  }
  return text;
}

std::vector<store::Finding> find(store::Connection& connection, const config::Settings&,
                                 const config::Schedule& schedule, const store::FindingRequest& request) {
  return store::incidents(connection, request, schedule.incidents);
}

}  // namespace

const NoticeKind behaviour{.kind = config::NoticeKind::behaviour,
                           .subject = "Behaviour",
                           .opening = opening,
                           .closing = "If you have questions, please ask the school.",
                           .line = line,
                           .find = find,
                           .untitled = "Entry without a note"};

}  // namespace crier::schedule
