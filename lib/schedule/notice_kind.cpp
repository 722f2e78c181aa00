#include "schedule/notice_kind.hpp"

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

}  // namespace crier::schedule
