// What the settings and the companion file say of a row of users.csv (I1, I5).
#include <charconv>

#include "base/text.hpp"
#include "intake/oneroster_reader.hpp"

namespace crier::intake {

void OneRosterReader::look_beside(const RowFile& file) {
  if (companion_) beside_ = companion_->find(file.cell(columns_.id), file.cell(columns_.identifier));
}

std::string_view OneRosterReader::told(const RowFile& file, const Column& column, Beside fact) const {
  if (beside_ != nullptr) {
    const std::string_view cell = beside_->cells[static_cast<std::size_t>(fact)];
    if (!cell.empty()) return cell;
  }
  return file.cell(column);
}

bool OneRosterReader::tells(const Column& column, Beside fact) const {
  return column.exists() || (companion_ && companion_->tells(fact));
}

/// Drops the place as a contact of somebody whom the settings leave out as one.
void OneRosterReader::keep_chosen(const RowFile& file, std::vector<Role>& roles) const {
  if (!choice_.chooses_contacts()) return;
  const auto relation = told(file, columns_.relation, Beside::relation);
  const auto priority = told(file, columns_.priority, Beside::priority);
  const auto responsible = truth_of(told(file, columns_.responsibility, Beside::responsibility));
  int value = 1;
  std::from_chars(priority.data(), priority.data() + priority.size(), value);
  std::erase_if(roles, [&](const Role& role) {
    return role.kind == PersonKind::contact &&
           !choice_.takes_contact(relation.empty() ? role.word : fold(relation), value, responsible);
  });
}

Application OneRosterReader::application(const RowFile& file) const {
  return choice_.application(file.cell(columns_.admission_status), file.cell(columns_.admission_date),
                             context_.today);
}

bool OneRosterReader::left_out(RowFile& file, PersonKind kind) {
  if (kind != PersonKind::pupil) return false;
  const auto& status = columns_.admission_status;
  const auto& date = columns_.admission_date;
  switch (application(file)) {
    case Application::none:
    case Application::ahead:
      return false;
    case Application::stale:
      file.warning(date, file.cell(date), "stale-pre-admission",
                   "The pre-admission is left out: its admission date has passed.");
      return true;
    case Application::no_date:
      file.error(date, file.cell(date), "no-admission-date",
                 "The pre-admission is left out: it has no admission date, written 2026-09-01.");
      return true;
    case Application::left_out:
      return true;
    case Application::unknown_word:
      file.error(status, file.cell(status), "unknown-admission-status",
                 "The pupil was read as one who is at the school; pre_admission_status in the settings gives "
                 "the word a meaning.");
      return false;
  }
  return false;
}

}  // namespace crier::intake
