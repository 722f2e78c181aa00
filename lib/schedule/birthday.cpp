// Birthdays (T5): a greeting on the day, once a year.
#include <fmt/format.h>

#include "schedule/notice_kind.hpp"
#include "store/daily_finding_store.hpp"

namespace crier::schedule {
namespace {

std::string opening(const config::Schedule&, std::string_view school) {
  return fmt::format("{} wishes a happy birthday.", school);
}

std::string line(const store::Finding& finding, std::string_view) {
  return fmt::format("{} years on {}", finding.points.value_or(0), spoken_date(finding.day));
}

std::vector<store::Finding> find(store::Connection& connection, const config::Settings&,
                                 const config::Schedule&, const store::FindingRequest& request) {
  return store::birthdays(connection, request);
}

}  // namespace

const NoticeKind birthday{.kind = config::NoticeKind::birthday,
                          .subject = "Happy birthday",
                          .opening = opening,
                          .closing = "All the best for the new year of life.",
                          .line = line,
                          .find = find,
                          .untitled = ""};

}  // namespace crier::schedule
