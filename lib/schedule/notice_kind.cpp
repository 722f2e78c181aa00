#include "schedule/notice_kind.hpp"

#include <fmt/format.h>

#include <array>

namespace crier::schedule {

const NoticeKind& notice_kind(config::NoticeKind kind) {
  static const std::array all{&missing_work, &failing_work, &attendance,      &attendance_correction,
                              &behaviour,    &payment_due,  &payment_overdue, &birthday};
  for (const auto* row : all) {
    if (row->kind == kind) return *row;
  }
  return *all.front();
}

bool tells_findings(config::NoticeKind kind) {
  return config::is_notice(kind) && kind != config::NoticeKind::message && kind != config::NoticeKind::survey;
}

std::string spoken_date(Date date) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{} {} {} {}", days[std::chrono::weekday(std::chrono::sys_days(date)).c_encoding()],
                     static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()));
}

}  // namespace crier::schedule
