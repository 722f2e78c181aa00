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

std::string opening_due(const config::Schedule&, std::string_view school) {
  return fmt::format("This is a notice from {}. The following payments are due soon.", school);
}

std::string opening_overdue(const config::Schedule&, std::string_view school) {
  return fmt::format("This is a notice from {}. According to our accounts the following has not been paid.",
                     school);
}

std::string line_due(const store::Finding& finding, std::string_view title) {
  return fmt::format("{}: {}, due {}", title, money(finding), spoken_date(finding.day));
}

std::string line_overdue(const store::Finding& finding, std::string_view title) {
  return fmt::format("{}: {}, was due {}", title, money(finding), spoken_date(finding.day));
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

constexpr std::string_view untitled = "Payment without a name";

}  // namespace

const NoticeKind payment_due{
    .kind = config::NoticeKind::payment_due,
    .subject = "Payments due",
    .opening = opening_due,
    .closing = "If it has been paid since, or if something is not right, please tell the school.",
    .line = line_due,
    .find = find_due,
    .untitled = untitled};

const NoticeKind payment_overdue{
    .kind = config::NoticeKind::payment_overdue,
    .subject = "Payments overdue",
    .opening = opening_overdue,
    .closing = "If it has been paid since, or if something is not right, please tell the school.",
    .line = line_overdue,
    .find = find_overdue,
    .untitled = untitled};

}  // namespace crier::schedule
