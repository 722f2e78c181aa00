// Payments (T5): what will be due, and what was due and is not paid: two notices, each told once.
#include <fmt/format.h>

#include <algorithm>

#include "schedule/notice_kind.hpp"
#include "store/daily_finding_store.hpp"

namespace crier::schedule {
namespace {

/// `12.50 GBP`
std::string money(const store::Finding& finding) {
  return fmt::format("{}{}.{:02} {}", finding.amount < 0 ? "-" : "", std::abs(finding.amount) / 100,
                     std::abs(finding.amount) % 100, finding.currency);
}

/// What is due on the day of the run is not overdue yet.
std::vector<store::Finding> find_overdue(store::Connection& connection, const config::Settings&,
                                         const config::Schedule&, const store::FindingRequest& request) {
  auto past = request;
  past.end = std::min(past.end, Date(std::chrono::sys_days(request.today) - std::chrono::days(1)));
  return store::payments_due(connection, past);
}

std::vector<store::Finding> find_due(store::Connection& connection, const config::Settings&,
                                     const config::Schedule&, const store::FindingRequest& request) {
  auto to_come = request;
  to_come.begin = std::max(to_come.begin, request.today);
  return store::payments_due(connection, to_come);
}

constexpr std::string_view english_closing =
    "If it has been paid since, or if something is not right, please tell the school.";
constexpr std::string_view english_untitled = "Payment without a name";
constexpr std::string_view spanish_closing =
    "Si ya se ha pagado, o si algo no es correcto, avise al colegio.";
constexpr std::string_view spanish_untitled = "Pago sin nombre";
constexpr std::string_view chinese_closing = "如果已经缴付，或记录有误，请告知学校。";
constexpr std::string_view chinese_untitled = "未命名款项";

const KindWords due_english{
    .subject = "Payments due",
    .opening =
        [](const config::Schedule&, std::string_view school) {
          return fmt::format("This is a notice from {}. The following payments are due soon.", school);
        },
    .line = [](const store::Finding& finding, std::string_view title,
               std::string_view day) { return fmt::format("{}: {}, due {}", title, money(finding), day); },
    .closing = english_closing,
    .untitled = english_untitled};

const KindWords due_spanish{
    .subject = "Próximos pagos",
    .opening =
        [](const config::Schedule&, std::string_view school) {
          return fmt::format("Este es un aviso de {}. Los siguientes pagos vencen pronto.", school);
        },
    .line =
        [](const store::Finding& finding, std::string_view title, std::string_view day) {
          return fmt::format("{}: {}, vence el {}", title, money(finding), day);
        },
    .closing = spanish_closing,
    .untitled = spanish_untitled};

const KindWords due_chinese{
    .subject = "待缴款项",
    .opening =
        [](const config::Schedule&, std::string_view school) {
          return fmt::format("这是{}的通知。以下款项即将到期。", school);
        },
    .line = [](const store::Finding& finding, std::string_view title,
               std::string_view day) { return fmt::format("{}：{}，{}到期", title, money(finding), day); },
    .closing = chinese_closing,
    .untitled = chinese_untitled};

const KindWords overdue_english{
    .subject = "Payments overdue",
    .opening =
        [](const config::Schedule&, std::string_view school) {
          return fmt::format(
              "This is a notice from {}. According to our accounts the following has not been paid.", school);
        },
    .line =
        [](const store::Finding& finding, std::string_view title, std::string_view day) {
          return fmt::format("{}: {}, was due {}", title, money(finding), day);
        },
    .closing = english_closing,
    .untitled = english_untitled};

const KindWords overdue_spanish{
    .subject = "Pagos vencidos",
    .opening =
        [](const config::Schedule&, std::string_view school) {
          return fmt::format("Este es un aviso de {}. Según nuestras cuentas, no se ha pagado lo siguiente.",
                             school);
        },
    .line =
        [](const store::Finding& finding, std::string_view title, std::string_view day) {
          return fmt::format("{}: {}, venció el {}", title, money(finding), day);
        },
    .closing = spanish_closing,
    .untitled = spanish_untitled};

const KindWords overdue_chinese{
    .subject = "逾期款项",
    .opening =
        [](const config::Schedule&, std::string_view school) {
          return fmt::format("这是{}的通知。根据我们的账目，以下款项尚未缴付。", school);
        },
    .line =
        [](const store::Finding& finding, std::string_view title, std::string_view day) {
          return fmt::format("{}：{}，应于{}当日或之前缴付", title, money(finding), day);
        },
    .closing = chinese_closing,
    .untitled = chinese_untitled};

}  // namespace

const NoticeKind payment_due{.kind = config::NoticeKind::payment_due,
                             .words = {due_english, due_spanish, due_chinese},
                             .find = find_due};

const NoticeKind payment_overdue{.kind = config::NoticeKind::payment_overdue,
                                 .words = {overdue_english, overdue_spanish, overdue_chinese},
                                 .find = find_overdue};

}  // namespace crier::schedule
