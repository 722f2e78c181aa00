// Behaviour (T5): incidents that were entered, good ones and bad ones.
#include <fmt/format.h>

#include "schedule/notice_kind.hpp"
#include "store/daily_finding_store.hpp"

namespace crier::schedule {
namespace {

std::vector<store::Finding> find(store::Connection& connection, const config::Settings&,
                                 const config::Schedule& schedule, const store::FindingRequest& request) {
  return store::incidents(connection, request, schedule.incidents);
}

const KindWords english{
    .subject = "Behaviour",
    .opening =
        [](const config::Schedule&, std::string_view school) {
          return fmt::format("This is a notice from {}. The following was entered in our records.", school);
        },
    .line =
        [](const store::Finding& finding, std::string_view title, std::string_view day) {
          auto text = fmt::format("{}, {}", title, day);
          if (finding.points) {
            fmt::format_to(std::back_inserter(text), " ({} {})", *finding.points,
                           *finding.points == 1 ? "point" : "points");
          }
          return text;
        },
    .closing = "If you have questions, please ask the school.",
    .untitled = "Entry without a note"};

const KindWords spanish{
    .subject = "Comportamiento",
    .opening =
        [](const config::Schedule&, std::string_view school) {
          return fmt::format("Este es un aviso de {}. En nuestro registro se anotó lo siguiente.", school);
        },
    .line =
        [](const store::Finding& finding, std::string_view title, std::string_view day) {
          auto text = fmt::format("{}, {}", title, day);
          if (finding.points) {
            fmt::format_to(std::back_inserter(text), " ({} {})", *finding.points,
                           *finding.points == 1 ? "punto" : "puntos");
          }
          return text;
        },
    .closing = "Si tiene preguntas, consulte al colegio.",
    .untitled = "Anotación sin texto"};

const KindWords chinese{.subject = "在校表现",
                        .opening =
                            [](const config::Schedule&, std::string_view school) {
                              return fmt::format("这是{}的通知。以下内容已记入我们的记录。", school);
                            },
                        .line =
                            [](const store::Finding& finding, std::string_view title, std::string_view day) {
                              auto text = fmt::format("{}，{}", title, day);
                              if (finding.points)
                                fmt::format_to(std::back_inserter(text), "（{}分）", *finding.points);
                              return text;
                            },
                        .closing = "如有疑问，请联系学校。",
                        .untitled = "无说明的记录"};

}  // namespace

const NoticeKind behaviour{
    .kind = config::NoticeKind::behaviour, .words = {english, spanish, chinese}, .find = find};

}  // namespace crier::schedule
