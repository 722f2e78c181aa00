#include "config/schedule_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "config/toml_reader.hpp"
#include "format/email_address.hpp"

namespace crier::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t subject_limit_graphemes = 100;  // M1

constexpr std::array all_kinds{NoticeKind::missing_assignments,
                               NoticeKind::failing_assignments,
                               NoticeKind::attendance,
                               NoticeKind::behaviour,
                               NoticeKind::payment_due,
                               NoticeKind::payment_overdue,
                               NoticeKind::birthday,
                               NoticeKind::survey,
                               NoticeKind::message,
                               NoticeKind::import_source,
                               NoticeKind::report,
                               NoticeKind::retention};

std::vector<std::string> kind_words() {
  std::vector<std::string> words;
  for (const auto kind : all_kinds) words.emplace_back(to_text(kind));
  return words;
}

std::string read_name(const TomlTable& root) {
  const auto name = root.required_text("name");
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (!std::all_of(name.begin(), name.end(), fits)) {
    root.bad_value("name", fmt::format("is '{}'", name),
                   "Use small letters a-z, digits and hyphens only, such as missing-weekly.");
  }
  return name;
}

NoticeKind read_kind(const TomlTable& root) {
  const auto word = root.required_text("kind");
  for (const auto kind : all_kinds) {
    if (word == to_text(kind)) return kind;
  }
  const auto kinds = kind_words();
  const auto works = fmt::format("Kinds that work: {}.", join(kinds, ", "));
  root.bad_value("kind", fmt::format("is '{}'{}", word, did_you_mean(word, kinds)), works);
}

format::Cron read_cron(const TomlTable& root) {
  const auto expression = root.text("cron").value();
  try {
    return format::Cron::parse(expression);
  } catch (const Error& error) {
    root.refuse("cron", error.code(), error.message(), error.hint());
  }
}

/// When it runs: `start` and `frequency`, or `cron`, whose `start` is only the time before which nothing
/// runs.
void read_times(const TomlTable& root, Schedule& schedule) {
  constexpr std::array frequencies{Frequency::once, Frequency::hourly, Frequency::daily, Frequency::weekly,
                                   Frequency::monthly};
  const auto frequency = root.choice("frequency", {"once", "hourly", "daily", "weekly", "monthly"});
  if (root.has("cron")) {
    if (frequency) root.bad_value("frequency", "stands beside cron", "Keep one of the two.");
    schedule.cron = read_cron(root);
  }
  schedule.frequency = frequencies[frequency.value_or(0)];
  const auto start = root.local_time("start");
  if (!start && !schedule.cron) {
    root.refuse("start", "missing-key", "'start' is missing",
                "Add start = 2026-09-07T16:00:00 with a frequency, or cron = \"0 16 * * fri\".");
  }
  schedule.start = start.value_or(LocalTime{});
}

/// Texts of a list, each of which may itself be a list with commas, as on the command line.
std::vector<std::string> read_words(const TomlTable& root, std::string_view key,
                                    std::vector<std::string> otherwise) {
  const auto written = root.texts(key);
  if (!written) return otherwise;
  std::vector<std::string> words;
  for (const auto& text : *written) {
    for (const auto part : split(text, ',')) {
      std::string word(trim_invisible(part));
      if (word.empty())
        root.bad_value(key, fmt::format("is '{}', which lacks a word", text), "Correct the list.");
      if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(std::move(word));
    }
  }
  if (words.empty()) root.bad_value(key, "is an empty list", "Name at least one, or take the line out.");
  return words;
}

std::vector<Channel> read_via(const TomlTable& root) {
  std::vector<std::string> known;
  for (const auto channel : all_channels) known.emplace_back(to_text(channel));
  std::vector<Channel> via;
  for (const auto& word : read_words(root, "via", {"email"})) {
    const auto channel = parse_channel(word);
    if (!channel) {
      root.bad_value("via", fmt::format("names '{}', which is no channel{}", word, did_you_mean(word, known)),
                     fmt::format("Channels: {}.", join(known, ", ")));
    }
    via.push_back(*channel);
  }
  return via;
}

/// `-14d`, `+3d`, `0d`.
std::optional<std::chrono::days> read_relative_days(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (!text.ends_with('d')) return std::nullopt;
  text.remove_suffix(1);
  int count = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (count < -36500 || count > 36500) return std::nullopt;
  return std::chrono::days(count);
}

DueBound read_due(const TomlTable& root, std::string_view key, DueBound otherwise) {
  if (!root.has(key)) return otherwise;
  if (const auto date = root.date(key)) return *date;
  const auto text = root.text(key).value();
  if (const auto days = read_relative_days(text)) return *days;
  if (const auto date = parse_date(text)) return *date;
  root.bad_value(key, fmt::format("is '{}', neither a date nor days from the run", text),
                 "Write a date such as 2026-11-02, or days such as \"-14d\".");
}

using std::chrono::days;

/// The days that a kind looks at where the file names none.
std::pair<days, days> usual_span(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::missing_assignments:
    case NoticeKind::failing_assignments:
      return {days(-14), days(-1)};
    case NoticeKind::behaviour:
      return {days(-6), days(0)};
    case NoticeKind::payment_due:
      return {days(0), days(7)};
    case NoticeKind::payment_overdue:
      return {days(-365), days(-1)};
    default:
      return {days(0), days(0)};
  }
}

void read_due_bounds(const TomlTable& root, Schedule& schedule) {
  std::tie(schedule.begin_due, schedule.end_due) = usual_span(schedule.kind);
  schedule.begin_due = read_due(root, "begin_due", schedule.begin_due);
  schedule.end_due = read_due(root, "end_due", schedule.end_due);
  if (schedule.begin_due.index() == schedule.end_due.index() && schedule.begin_due > schedule.end_due) {
    root.bad_value(
        root.has("begin_due") ? "begin_due" : "end_due", "makes the span begin after its end",
        fmt::format("Let begin_due be the earlier; without them it is \"{}d\" to \"{}d\".",
                    usual_span(schedule.kind).first.count(), usual_span(schedule.kind).second.count()));
  }
}

/// A key of some kinds in a file of another would do nothing.
void require_kind(const TomlTable& root, std::string_view key, const Schedule& schedule,
                  std::initializer_list<NoticeKind> of) {
  if (!root.has(key) || std::find(of.begin(), of.end(), schedule.kind) != of.end()) return;
  std::vector<std::string> words;
  for (const auto kind : of) words.emplace_back(to_text(kind));
  root.refuse(key, "unknown-key",
              fmt::format("'{}' belongs to schedules of kind {}, not {}", key, join(words, " or "),
                          to_text(schedule.kind)),
              "Take the line out, or correct kind.");
}

void read_attendance(const TomlTable& root, Schedule& schedule) {
  for (const auto* key : {"absences", "grace", "correction"}) {
    require_kind(root, key, schedule, {NoticeKind::attendance});
  }
  if (root.choice("absences", {"unexplained", "all"}).value_or(0) == 1) schedule.absences = Absences::all;
  schedule.grace = root.duration("grace", std::chrono::seconds(0)).value_or(schedule.grace);
  if (schedule.grace > std::chrono::hours(24)) {
    root.bad_value("grace", "is more than a day", "Give minutes, such as \"20m\".");
  }
  schedule.correction = root.flag("correction").value_or(true);
}

void read_survey(const TomlTable& root, Schedule& schedule) {
  for (const auto* key : {"survey", "respondents"}) require_kind(root, key, schedule, {NoticeKind::survey});
  if (schedule.kind != NoticeKind::survey) return;
  schedule.survey = root.required_text("survey");
  if (schedule.survey.find('"') != std::string::npos) {
    root.bad_value("survey", "has a quotation mark", "Name the survey as the import does.");
  }
  constexpr std::array words{Respondents::open, Respondents::completed, Respondents::all};
  schedule.respondents = words[root.choice("respondents", {"open", "completed", "all"}).value_or(0)];
}

/// Whom a survey's respondents are, pupils, contacts or staff; of those that `for` names, where it does.
std::string survey_expression(const Schedule& schedule, const std::optional<std::string>& of) {
  const auto which = schedule.respondents == Respondents::open        ? "/open"
                     : schedule.respondents == Respondents::completed ? "/completed"
                                                                      : "";
  const auto term = fmt::format("survey:\"{}\"{}", schedule.survey, which);
  const auto all = fmt::format("{0} or contact:{0} or staff:{0}", term);
  return of ? fmt::format("({}) and ({})", *of, all) : all;
}

/// What belongs to notices does nothing elsewhere.
constexpr std::array notice_keys{"for",
                                 "to",
                                 "via",
                                 "begin_due",
                                 "end_due",
                                 "subject",
                                 "body",
                                 "template",
                                 "failing_percent",
                                 "quiet_hours",
                                 "include_previously_reported"};
constexpr std::array report_words{"delivery", "utilization", "activity", "management", "issues"};

void read_import_source(const TomlTable& root, Schedule& schedule) {
  require_kind(root, "source", schedule, {NoticeKind::import_source});
  if (schedule.kind == NoticeKind::import_source) schedule.source = root.required_text("source");
}

void read_report(const TomlTable& root, Schedule& schedule) {
  for (const auto* key : {"report", "format", "days", "mail_to"}) {
    require_kind(root, key, schedule, {NoticeKind::report});
  }
  if (schedule.kind != NoticeKind::report) return;
  (void)root.required_text("report");
  schedule.report = static_cast<ReportName>(
      root.choice("report", {"delivery", "utilization", "activity", "management", "issues"}).value());
  if (root.choice("format", {"csv", "html"}).value_or(0) == 1) schedule.format = ReportForm::html;
  schedule.report_days =
      std::chrono::days(root.integer("days", 1, 400).value_or(schedule.report_days.count()));
  for (const auto& address : read_words(root, "mail_to", {})) {
    const auto reading = format::read_email(address);
    if (!reading.address) {
      root.bad_value("mail_to", fmt::format("has '{}' in it: {}", address, reading.problem),
                     "Write e-mail addresses, such as [\"head@school.example\"].");
    }
    schedule.mail_to.push_back(reading.address->normalised);
  }
  if (schedule.mail_to.empty()) {
    root.refuse("mail_to", "missing-key", "'mail_to' is missing: the report would go to nobody",
                "Add mail_to = [\"head@school.example\"].");
  }
}

/// Imports and reports are no notices: whom they would tell, and how, has no meaning there.
void refuse_notice_keys(const TomlTable& root, const Schedule& schedule) {
  for (const auto* key : notice_keys) {
    if (!root.has(key)) continue;
    root.refuse(
        key, "unknown-key",
        fmt::format("'{}' belongs to notices, not to schedules of kind {}", key, to_text(schedule.kind)),
        "Take the line out, or correct kind.");
  }
}

void read_words_of_notice(const TomlTable& root, Schedule& schedule) {
  const auto kind = to_text(schedule.kind);
  const auto name = root.text("template");
  const bool free = schedule.kind == NoticeKind::message || schedule.kind == NoticeKind::survey;
  if (name && free) {
    if (root.has("subject") || root.has("body")) {
      root.bad_value("template", "stands beside subject and body", "Keep one of the two.");
    }
    schedule.template_name = *name;
    return;
  }
  if (schedule.kind == NoticeKind::message && !root.has("subject") && !root.has("body")) {
    root.refuse("kind", "missing-key", "a schedule of kind 'message' says nothing",
                "Add subject = \"…\" and body = \"…\", or template = \"…\".");
  }
  if (name && *name != kind) {
    root.refuse("template", "not-supported-yet",
                fmt::format("the template '{}' is not supported by this version of crier yet", *name),
                fmt::format("Use template = \"{}\", or subject = \"…\" and body = \"…\".", kind));
  }
  if (root.has("subject") != root.has("body")) {
    root.refuse(root.has("subject") ? "subject" : "body", "missing-key", "'subject' and 'body' come together",
                "Write both, or neither: then the kind's own words go out.");
  }
  if (!root.has("subject")) return;
  if (name) root.bad_value("template", "stands beside subject and body", "Keep one of the two.");
  schedule.subject = root.text("subject").value();
  schedule.body = root.long_text("body").value();
  if (const auto length = count_graphemes(schedule.subject); length > subject_limit_graphemes) {
    root.bad_value("subject",
                   fmt::format("has {} characters, {} are allowed", length, subject_limit_graphemes),
                   "Shorten it.");
  }
}

}  // namespace

std::string_view to_text(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::missing_assignments:
      return "missing-assignments";
    case NoticeKind::failing_assignments:
      return "failing-assignments";
    case NoticeKind::attendance:
      return "attendance";
    case NoticeKind::attendance_correction:
      return "attendance-correction";
    case NoticeKind::behaviour:
      return "behaviour";
    case NoticeKind::payment_due:
      return "payment-due";
    case NoticeKind::payment_overdue:
      return "payment-overdue";
    case NoticeKind::birthday:
      return "birthday";
    case NoticeKind::survey:
      return "survey";
    case NoticeKind::message:
      return "message";
    case NoticeKind::import_source:
      return "import";
    case NoticeKind::report:
      return "report";
    case NoticeKind::retention:
      return "retention";
  }
  return "";
}

bool is_notice(NoticeKind kind) {
  return kind != NoticeKind::import_source && kind != NoticeKind::report && kind != NoticeKind::retention;
}

std::string_view to_text(ReportName report) {
  return report_words[static_cast<std::size_t>(report)];
}

Schedule parse_schedule(std::string_view toml, const fs::path& file) {
  const TomlFile parsed(toml, file.string(), "crier-schedule(5)");
  const auto root = parsed.root();
  root.allow({"name",
              "kind",
              "enabled",
              "school",
              "start",
              "frequency",
              "cron",
              "missed",
              "for",
              "to",
              "via",
              "begin_due",
              "end_due",
              "subject",
              "failing_percent",
              "include_previously_reported",
              "quiet_hours",
              "body",
              "template",
              "confirmation_email",
              "absences",
              "grace",
              "correction",
              "incidents",
              "survey",
              "respondents",
              "source",
              "report",
              "format",
              "days",
              "mail_to"});
  Schedule schedule;
  schedule.file = file;
  schedule.name = read_name(root);
  schedule.kind = read_kind(root);
  schedule.enabled = root.flag("enabled").value_or(true);
  schedule.school = root.text("school").value_or("");
  read_times(root, schedule);
  schedule.missed =
      root.choice("missed", {"run-late", "skip"}).value_or(0) == 0 ? MissedRule::run_late : MissedRule::skip;
  schedule.confirmation_email = root.flag("confirmation_email").value_or(false);
  read_attendance(root, schedule);
  require_kind(root, "incidents", schedule, {NoticeKind::behaviour});
  read_survey(root, schedule);
  read_import_source(root, schedule);
  read_report(root, schedule);
  if (!is_notice(schedule.kind)) {
    refuse_notice_keys(root, schedule);
    return schedule;
  }
  const auto expression = root.text("for");
  schedule.expression = expression.value_or(schedule.expression);
  if (schedule.kind == NoticeKind::survey) schedule.to = {"self"};
  schedule.to = read_words(root, "to", schedule.to);
  schedule.via = read_via(root);
  read_due_bounds(root, schedule);
  for (const auto& word : read_words(root, "incidents", {})) schedule.incidents.push_back(fold(word));
  if (schedule.kind == NoticeKind::survey) schedule.expression = survey_expression(schedule, expression);
  schedule.failing_percent = root.number("failing_percent", 0, 100).value_or(schedule.failing_percent);
  schedule.include_previously_reported = root.flag("include_previously_reported").value_or(false);
  read_words_of_notice(root, schedule);
  constexpr std::array rules{QuietRule::hold, QuietRule::ignore, QuietRule::skip};
  schedule.quiet_hours = rules[root.choice("quiet_hours", {"hold", "ignore", "skip"}).value_or(0)];
  return schedule;
}

namespace {

/// The folder's `*.toml` by name; a name that begins with a dot is an editor's.
std::vector<fs::path> schedule_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code fault;
  for (fs::directory_iterator entry(folder, fault), end; !fault && entry != end; entry.increment(fault)) {
    const auto& path = entry->path();
    if (path.extension() == ".toml" && !path.filename().string().starts_with('.')) files.push_back(path);
  }
  if (fault && fault != std::errc::no_such_file_or_directory) {
    throw Error(
        Exit::usage, "schedules-unreadable",
        fmt::format("{}: the folder of schedules cannot be read: {}", folder.string(), fault.message()),
        "Check the folder's rights.");
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Takes those out whose name another file has too: which one rules would be chance.
void set_twins_aside(ScheduleFolder& loaded) {
  std::map<std::string, std::vector<fs::path>> files_by_name;
  for (const auto& schedule : loaded.schedules) files_by_name[schedule.name].push_back(schedule.file);
  for (const auto& [name, files] : files_by_name) {
    if (files.size() < 2) continue;
    for (const auto& file : files) {
      const auto& other = file == files.front() ? files[1] : files.front();
      loaded.broken.push_back({file,
                               fmt::format("{}: the name '{}' is also that of {}", file.string(), name,
                                           other.filename().string()),
                               "Give each schedule a name of its own."});
    }
  }
  std::erase_if(loaded.schedules,
                [&](const Schedule& schedule) { return files_by_name[schedule.name].size() > 1; });
}

}  // namespace

ScheduleFolder load_schedules(const fs::path& folder) {
  ScheduleFolder loaded;
  for (const auto& file : schedule_files(folder)) {
    try {
      loaded.schedules.push_back(parse_schedule(os::read_file(file, 1 << 20), file));
    } catch (const Error& error) {
      loaded.broken.push_back({file, error.message(), error.hint()});
    }
  }
  set_twins_aside(loaded);
  const auto by_name = [](const Schedule& a, const Schedule& b) { return a.name < b.name; };
  std::sort(loaded.schedules.begin(), loaded.schedules.end(), by_name);
  const auto by_file = [](const BrokenSchedule& a, const BrokenSchedule& b) { return a.file < b.file; };
  std::sort(loaded.broken.begin(), loaded.broken.end(), by_file);
  return loaded;
}

}  // namespace crier::config
