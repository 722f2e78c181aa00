// Missing assignments (T2): work that was due and has not been handed in.
#include <fmt/format.h>

#include "schedule/notice_kind.hpp"

namespace crier::schedule {
namespace {

std::vector<store::Finding> find(store::Connection& connection, const config::Settings& settings,
                                 const config::Schedule&, const store::FindingRequest& request) {
  std::vector<std::string> silence_is_missing;
  for (const auto& [name, source] : settings.imports) {
    if (source.no_result_is_missing) silence_is_missing.push_back(name);
  }
  return store::missing_work(connection, request, silence_is_missing);
}

const KindWords english{
    .subject = "Missing assignments",
    .opening =
        [](const config::Schedule&, std::string_view school) {
          return fmt::format(
              "This is a notice from {}. According to our gradebook the following work has not been handed "
              "in.",
              school);
        },
    .line = [](const store::Finding&, std::string_view title,
               std::string_view day) { return fmt::format("{}, due {}", title, day); },
    .closing = "If the work has been handed in since, or if something is not right, please tell the school.",
    .untitled = "Assignment without a title"};

const KindWords spanish{
    .subject = "Tareas no entregadas",
    .opening =
        [](const config::Schedule&, std::string_view school) {
          return fmt::format(
              "Este es un aviso de {}. Según nuestro registro, los siguientes trabajos no se han entregado.",
              school);
        },
    .line = [](const store::Finding&, std::string_view title,
               std::string_view day) { return fmt::format("{}, para el {}", title, day); },
    .closing = "Si el trabajo ya se ha entregado, o si algo no es correcto, avise al colegio.",
    .untitled = "Tarea sin título"};

const KindWords chinese{.subject = "未交作业",
                        .opening =
                            [](const config::Schedule&, std::string_view school) {
                              return fmt::format("这是{}的通知。根据我们的记录，以下作业尚未提交。", school);
                            },
                        .line = [](const store::Finding&, std::string_view title,
                                   std::string_view day) { return fmt::format("{}，截止{}", title, day); },
                        .closing = "如果作业已经提交，或记录有误，请告知学校。",
                        .untitled = "未命名作业"};

}  // namespace

const NoticeKind missing_work{
    .kind = config::NoticeKind::missing_assignments, .words = {english, spanish, chinese}, .find = find};

}  // namespace crier::schedule
