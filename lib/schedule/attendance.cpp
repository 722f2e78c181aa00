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

std::vector<store::Finding> find(store::Connection& connection, const config::Settings&,
                                 const config::Schedule& schedule, const store::FindingRequest& request) {
  return store::absences(connection, request, scope_of(schedule));
}

std::vector<store::Finding> find_corrections(store::Connection& connection, const config::Settings&,
                                             const config::Schedule&, const store::FindingRequest& request) {
  return store::absences_taken_back(connection, request, config::to_text(config::NoticeKind::attendance));
}

const KindWords english{
    .subject = "Absence",
    .opening =
        [](const config::Schedule& schedule, std::string_view school) {
          const auto reason = schedule.absences == config::Absences::all ? "" : ", and we know no reason";
          return fmt::format(
              "This is a notice from {}. According to our registers the following was missed{}.", school,
              reason);
        },
    .line =
        [](const store::Finding&, std::string_view title, std::string_view day) {
          return title.empty() ? fmt::format("absent on {}", day)
                               : fmt::format("absent on {} ({})", day, title);
        },
    .closing = "Please tell the school the reason, or if something is not right."};

const KindWords spanish{
    .subject = "Ausencia",
    .opening =
        [](const config::Schedule& schedule, std::string_view school) {
          const auto reason = schedule.absences == config::Absences::all ? "" : " sin motivo conocido";
          return fmt::format(
              "Este es un aviso de {}. Según nuestro registro de asistencia hay las siguientes ausencias{}.",
              school, reason);
        },
    .line =
        [](const store::Finding&, std::string_view title, std::string_view day) {
          return title.empty() ? fmt::format("ausente el {}", day)
                               : fmt::format("ausente el {} ({})", day, title);
        },
    .closing = "Indique al colegio el motivo, o avise si algo no es correcto."};

const KindWords chinese{
    .subject = "缺勤",
    .opening =
        [](const config::Schedule& schedule, std::string_view school) {
          const auto reason = schedule.absences == config::Absences::all ? "" : "，原因不明";
          return fmt::format("这是{}的通知。根据我们的考勤记录，以下时间缺勤{}。", school, reason);
        },
    .line =
        [](const store::Finding&, std::string_view title, std::string_view day) {
          return title.empty() ? fmt::format("{}缺勤", day) : fmt::format("{}缺勤（{}）", day, title);
        },
    .closing = "请告知学校原因；如记录有误，也请告知。"};

const KindWords correction_english{
    .subject = "Correction of an absence",
    .opening =
        [](const config::Schedule&, std::string_view school) {
          return fmt::format(
              "This is a correction from {}. We wrote to you of the following absence; the register says "
              "otherwise now.",
              school);
        },
    .line = [](const store::Finding&, std::string_view,
               std::string_view day) { return fmt::format("not absent on {}", day); },
    .closing = "We are sorry for the trouble. Nothing is left for you to do."};

const KindWords correction_spanish{
    .subject = "Corrección de una ausencia",
    .opening =
        [](const config::Schedule&, std::string_view school) {
          return fmt::format(
              "Esta es una corrección de {}. Le escribimos sobre la siguiente ausencia; el registro se ha "
              "corregido.",
              school);
        },
    .line = [](const store::Finding&, std::string_view,
               std::string_view day) { return fmt::format("no estuvo ausente el {}", day); },
    .closing = "Disculpe las molestias. No tiene que hacer nada más."};

const KindWords correction_chinese{
    .subject = "缺勤更正",
    .opening =
        [](const config::Schedule&, std::string_view school) {
          return fmt::format("这是{}的更正。我们曾就以下缺勤通知您，现考勤记录已更改。", school);
        },
    .line = [](const store::Finding&, std::string_view,
               std::string_view day) { return fmt::format("{}未缺勤", day); },
    .closing = "给您带来不便，敬请谅解。您无需再做任何事。"};

}  // namespace

const NoticeKind attendance{.kind = config::NoticeKind::attendance,
                            .words = {english, spanish, chinese},
                            .find = find,
                            .corrected_by = "attendance-correction"};

const NoticeKind attendance_correction{.kind = config::NoticeKind::attendance_correction,
                                       .words = {correction_english, correction_spanish, correction_chinese},
                                       .find = find_corrections,
                                       .corrects = "attendance"};

}  // namespace crier::schedule
