// Birthdays (T5): a greeting on the day, once a year.
#include <fmt/format.h>

#include "schedule/notice_kind.hpp"
#include "store/daily_finding_store.hpp"

namespace crier::schedule {
namespace {

std::vector<store::Finding> find(store::Connection& connection, const config::Settings&,
                                 const config::Schedule&, const store::FindingRequest& request) {
  return store::birthdays(connection, request);
}

const KindWords english{
    .subject = "Happy birthday",
    .opening = [](const config::Schedule&,
                  std::string_view school) { return fmt::format("{} wishes a happy birthday.", school); },
    .line =
        [](const store::Finding& finding, std::string_view, std::string_view day) {
          return fmt::format("{} years on {}", finding.points.value_or(0), day);
        },
    .closing = "All the best for the new year of life."};

const KindWords spanish{.subject = "Feliz cumpleaños",
                        .opening =
                            [](const config::Schedule&, std::string_view school) {
                              return fmt::format("{} le desea un feliz cumpleaños.", school);
                            },
                        .line =
                            [](const store::Finding& finding, std::string_view, std::string_view day) {
                              return fmt::format("{} años el {}", finding.points.value_or(0), day);
                            },
                        .closing = "Con nuestros mejores deseos."};

const KindWords chinese{
    .subject = "生日快乐",
    .opening = [](const config::Schedule&,
                  std::string_view school) { return fmt::format("{}送上生日祝福。", school); },
    .line = [](const store::Finding& finding, std::string_view,
               std::string_view day) { return fmt::format("{}满{}岁", day, finding.points.value_or(0)); },
    .closing = "祝新的一岁一切顺利。"};

}  // namespace

const NoticeKind birthday{
    .kind = config::NoticeKind::birthday, .words = {english, spanish, chinese}, .find = find};

}  // namespace crier::schedule
