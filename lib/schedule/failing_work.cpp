// Failing assignments (T3): work that was marked below the schedule's percentage.
#include <fmt/format.h>

#include <cmath>

#include "schedule/notice_kind.hpp"

namespace crier::schedule {
namespace {

/// Cut to one decimal, never rounded up: 59.97 below 60 must not read as 60.
double shown_percent(const store::Finding& finding) {
  return std::floor(*finding.score * 1000 / *finding.points + 1e-9) / 10;
}

std::vector<store::Finding> find(store::Connection& connection, const config::Settings&,
                                 const config::Schedule& schedule, const store::FindingRequest& request) {
  return store::failing_work(connection, request, schedule.failing_percent);
}

const KindWords english{
    .subject = "Failing assignments",
    .opening =
        [](const config::Schedule& schedule, std::string_view school) {
          return fmt::format(
              "This is a notice from {}. According to our gradebook the following work was marked below {} "
              "%.",
              school, schedule.failing_percent);
        },
    .line =
        [](const store::Finding& finding, std::string_view title, std::string_view day) {
          auto text = fmt::format("{}, due {}", title, day);
          if (finding.score && finding.points) {
            fmt::format_to(std::back_inserter(text), ": {} % ({} of {})", shown_percent(finding),
                           *finding.score, *finding.points);
          }
          return text;
        },
    .closing = "If you have questions about a mark, please ask the teacher of the class, or the school.",
    .untitled = "Assignment without a title"};

const KindWords spanish{
    .subject = "Trabajos con nota insuficiente",
    .opening =
        [](const config::Schedule& schedule, std::string_view school) {
          return fmt::format(
              "Este es un aviso de {}. Según nuestro registro, los siguientes trabajos tienen una nota "
              "inferior al {} %.",
              school, schedule.failing_percent);
        },
    .line =
        [](const store::Finding& finding, std::string_view title, std::string_view day) {
          auto text = fmt::format("{}, para el {}", title, day);
          if (finding.score && finding.points) {
            fmt::format_to(std::back_inserter(text), ": {} % ({} de {})", shown_percent(finding),
                           *finding.score, *finding.points);
          }
          return text;
        },
    .closing = "Si tiene preguntas sobre una nota, consulte al profesor de la asignatura o al colegio.",
    .untitled = "Tarea sin título"};

const KindWords chinese{.subject = "成绩不合格的作业",
                        .opening =
                            [](const config::Schedule& schedule, std::string_view school) {
                              return fmt::format("这是{}的通知。根据我们的记录，以下作业的成绩低于{}%。",
                                                 school, schedule.failing_percent);
                            },
                        .line =
                            [](const store::Finding& finding, std::string_view title, std::string_view day) {
                              auto text = fmt::format("{}，截止{}", title, day);
                              if (finding.score && finding.points) {
                                fmt::format_to(std::back_inserter(text), "：{}%（{}/{}）",
                                               shown_percent(finding), *finding.score, *finding.points);
                              }
                              return text;
                            },
                        .closing = "如对成绩有疑问，请咨询任课老师或学校。",
                        .untitled = "未命名作业"};

}  // namespace

const NoticeKind failing_work{
    .kind = config::NoticeKind::failing_assignments, .words = {english, spanish, chinese}, .find = find};

}  // namespace crier::schedule
