// `schedules/*.toml`, one schedule a file, checked with line and nearest key (interface.md, "Schedules"; T1).
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/instant.hpp"
#include "format/cron.hpp"
#include "model/channel.hpp"

namespace crier::config {

enum class NoticeKind {
  missing_assignments,
  failing_assignments,
  attendance,
  /// What an attendance schedule sends besides, where a mark has changed that it told of; no schedule's own
  /// kind.
  attendance_correction,
  behaviour,
  payment_due,
  payment_overdue,
  birthday,
  survey,
  message,
  // No notices, but what a schedule does besides: a source of the settings is imported, a report goes to
  // staff.
  import_source,
  report,
  retention,
};
std::string_view to_text(NoticeKind kind);
/// Whether schedules of the kind write to families.
bool is_notice(NoticeKind kind);

enum class Frequency { once, hourly, daily, weekly, monthly };
enum class MissedRule { run_late, skip };
enum class QuietRule { hold, ignore, skip };
enum class Absences { unexplained, all };
/// What a schedule of kind report writes, and as what.
enum class ReportName { delivery, utilization, activity, management, issues };
std::string_view to_text(ReportName report);
enum class ReportForm { csv, html };
/// Of a survey's respondents: those who have not answered, who have, or both.
enum class Respondents { open, completed, all };

/// A date, or days from the day of the run.
using DueBound = std::variant<std::chrono::days, Date>;

struct Schedule {
  std::filesystem::path file;
  std::string name;
  NoticeKind kind = NoticeKind::missing_assignments;
  bool enabled = true;
  /// Empty: the only school of the store.
  std::string school;
  /// The school's wall time. With `cron`: nothing runs before it; where the file names none, 1970.
  LocalTime start{};
  Frequency frequency = Frequency::once;
  /// Where set, it rules instead of `frequency`.
  std::optional<format::Cron> cron;
  MissedRule missed = MissedRule::run_late;
  std::string expression = "all";
  /// The words of `--to`, not yet checked: relations are a school's own.
  std::vector<std::string> to = {"parent"};
  std::vector<Channel> via = {Channel::email};
  DueBound begin_due = std::chrono::days(-14);
  DueBound end_due = std::chrono::days(-1);
  double failing_percent = 60;
  // attendance
  Absences absences = Absences::unexplained;
  /// Nothing leaves before a mark has stood so long: it is read again then.
  std::chrono::seconds grace{0};
  bool correction = true;
  /// behaviour: which kinds of incident, folded; empty: all.
  std::vector<std::string> incidents;
  /// survey: its name.
  std::string survey;
  Respondents respondents = Respondents::open;
  bool include_previously_reported = false;
  bool confirmation_email = false;
  /// message, survey: a template's name; empty: none.
  std::string template_name;
  /// Both empty: the kind's built-in words. Else both are there.
  std::string subject;
  std::string body;
  QuietRule quiet_hours = QuietRule::hold;
  /// import: the source's name under [import].
  std::string source;
  // report
  ReportName report = ReportName::delivery;
  ReportForm format = ReportForm::csv;
  /// So many days of the school before the day of the run.
  std::chrono::days report_days{7};
  std::vector<std::string> mail_to;
};

/// Throws Error(usage) with file, line, key and the nearest known key.
Schedule parse_schedule(std::string_view toml, const std::filesystem::path& file);

/// A file that could not be used, and why.
struct BrokenSchedule {
  std::filesystem::path file;
  std::string message;
  std::string hint;
};
struct ScheduleFolder {
  /// By name.
  std::vector<Schedule> schedules;
  std::vector<BrokenSchedule> broken;
};
/// All `*.toml` of a folder, but hidden ones; a missing folder is an empty one. Two files of one name are
/// both broken. Throws Error(usage) only where the folder itself cannot be read.
ScheduleFolder load_schedules(const std::filesystem::path& folder);

}  // namespace crier::config
