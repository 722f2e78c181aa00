// Missing assignments (T2): work that was due and has not been handed in.
#include <fmt/format.h>

#include "schedule/notice_kind.hpp"

namespace crier::schedule {
namespace {

std::string opening(const config::Schedule&, std::string_view school) {
  return fmt::format(
      "This is a notice from {}. According to our gradebook the following work has not been handed in.",
      school);
}

std::string line(const store::Finding& finding, std::string_view title) {
  return fmt::format("{}, due {}", title, spoken_date(finding.day));
}

std::vector<store::Finding> find(store::Connection& connection, const config::Settings& settings,
                                 const config::Schedule&, const store::FindingRequest& request) {
  std::vector<std::string> silence_is_missing;
  for (const auto& [name, source] : settings.imports) {
    if (source.no_result_is_missing) silence_is_missing.push_back(name);
  }
  return store::missing_work(connection, request, silence_is_missing);
}

}  // namespace

const NoticeKind missing_work{
    .kind = config::NoticeKind::missing_assignments,
    .subject = "Missing assignments",
    .opening = opening,
    .closing = "If the work has been handed in since, or if something is not right, please tell the school.",
    .line = line,
    .find = find};

}  // namespace crier::schedule
