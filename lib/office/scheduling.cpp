#include "office/scheduling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "office/chores.hpp"
#include "office/permission.hpp"
#include "office/producing.hpp"
#include "roster/schools.hpp"
#include "schedule/occurrence.hpp"
#include "store/schedule_store.hpp"

namespace crier::office {
namespace {

using schedule::Occurrence;
using store::OccurrenceOutcome;
}  // namespace

config::ScheduleFolder schedules(const Office& office) {
  return config::load_schedules(office.settings.folder / "schedules");
}

config::Schedule find_schedule(const Office& office, std::string_view name) {
  auto folder = schedules(office);
  std::vector<std::string> names;
  for (auto& one : folder.schedules) {
    if (one.name == name) return std::move(one);
    names.push_back(one.name);
  }
  for (const auto& broken : folder.broken) {
    if (broken.file.stem() == name) throw Error(Exit::usage, "broken-schedule", broken.message, broken.hint);
  }
  throw Error(Exit::nothing_there, "no-such-schedule",
              fmt::format("no schedule is called '{}'{}", name, did_you_mean(name, names)),
              names.empty()
                  ? fmt::format("There is none in {}.", (office.settings.folder / "schedules").string())
                  : "There are: " + join(names, ", ") + ".");
}

std::vector<ScheduleFinding> check_schedules(const Office& office) {
  const auto folder = schedules(office);
  const auto schools = roster::school_profiles(office.store, office.settings);
  std::vector<ScheduleFinding> findings;
  for (const auto& one : folder.schedules) {
    ScheduleFinding finding{one.name, one.file.string(), "", ""};
    try {
      check_production(office, schools, one);
    } catch (const Error& error) {
      finding.message = error.message();
      finding.hint = error.hint();
    }
    findings.push_back(std::move(finding));
  }
  for (const auto& broken : folder.broken) {
    findings.push_back({broken.file.stem().string(), broken.file.string(), broken.message, broken.hint});
  }
  return findings;
}

std::vector<ScheduleLine> list_schedules(const Office& office) {
  const auto schools = roster::school_profiles(office.store, office.settings);
  const auto last = store::last_occurrences(office.store);
  std::vector<ScheduleLine> lines;
  for (auto& one : schedules(office).schedules) {
    ScheduleLine line;
    line.school = one.school;
    try {
      const auto& school = school_of(schools, one);
      line.school = school.code;
      line.zone = school.zone.name();
      if (one.enabled) {
        if (const auto next = schedule::next_occurrence(one, school.zone, office.clock.now()))
          line.next = next->at;
      }
    } catch (const Error& error) {
      line.fault = in_one_line(error);  // one that cannot run does not hide the others
    }
    for (const auto& row : last) {
      if (row.schedule != one.name) continue;
      line.last = row.ran;
      line.last_outcome = to_text(row.outcome);
    }
    line.schedule = std::move(one);
    lines.push_back(std::move(line));
  }
  return lines;
}

ScheduleStory show_schedule(const Office& office, std::string_view name) {
  require(office, Act::look);
  (void)find_schedule(office, name);
  ScheduleStory story;
  for (auto& line : list_schedules(office)) {
    if (line.schedule.name == name) story.line = std::move(line);
  }
  const auto schools = roster::school_profiles(office.store, office.settings);
  if (story.line.schedule.enabled && story.line.fault.empty()) {
    constexpr std::size_t most_next = 5;
    const auto& zone = school_of(schools, story.line.schedule).zone;
    auto at = office.clock.now();
    while (story.next.size() < most_next) {
      const auto next = schedule::next_occurrence(story.line.schedule, zone, at);
      if (!next) break;
      story.next.push_back(next->at);
      at = next->at;
    }
  }
  constexpr std::int64_t most_runs = 10;
  story.runs = store::occurrences(office.store, name, most_runs);
  return story;
}

namespace {

/// The file's text with `enabled` as said: its line is replaced, or one is put behind the one of `kind`.
std::string with_enabled(std::string_view text, std::string_view value) {
  const auto is_key = [](std::string_view line, std::string_view key) {
    const auto from = line.find_first_not_of(" \t");
    if (from == std::string_view::npos || line.substr(from, key.size()) != key) return false;
    const auto rest = line.substr(from + key.size());
    const auto equals = rest.find_first_not_of(" \t");
    return equals != std::string_view::npos && rest[equals] == '=';
  };
  std::vector<std::string> lines;
  for (const auto line : split(text, '\n')) lines.emplace_back(line);
  for (auto& line : lines) {
    if (!is_key(line, "enabled")) continue;
    const auto comment = line.find('#');
    line =
        fmt::format("enabled = {}{}", value, comment == std::string::npos ? "" : "  " + line.substr(comment));
    return join(lines, "\n");
  }
  for (auto line = lines.begin(); line != lines.end(); ++line) {
    if (!is_key(*line, "kind")) continue;
    lines.insert(line + 1, fmt::format("enabled = {}", value));
    break;
  }
  return join(lines, "\n");
}

}  // namespace

bool switch_schedule(const Office& office, std::string_view name, Switch to) {
  require(office, Act::change_schedule);
  const auto schedule = find_schedule(office, name);
  const bool on = to == Switch::on;
  if (schedule.enabled == on) return false;
  const auto text = with_enabled(os::read_file(schedule.file, 1 << 20), on ? "true" : "false");
  // What stands in the file afterwards must be what was asked for, whatever its lines look like.
  if (config::parse_schedule(text, schedule.file).enabled != on) {
    throw Error(
        Exit::refused_by_rule, "not-editable",
        fmt::format("{} sets 'enabled' in a way that cannot be changed for you", schedule.file.string()),
        fmt::format("Write enabled = {} into it.", on));
  }
  os::write_file_whole(schedule.file, text);
  store::Transaction transaction(office.store);
  record(office, on ? "schedule-enable" : "schedule-disable", std::string(name),
         schedule.file.filename().string());
  transaction.commit();
  os::ring(bell_path(office.store.path()));
  return true;
}

namespace {

/// The row of a run by hand; the caller holds the transaction.
std::int64_t insert_by_hand(const Office& office, const config::Schedule& schedule, const Zone& zone) {
  const auto now = office.clock.now();
  store::see_schedule(office.store, schedule.name, now);
  store::OccurrenceRow row;
  row.schedule = schedule.name;
  row.local = zone.local(now);
  row.zone = zone.name();
  row.at = now;
  row.ran = now;
  row.outcome = OccurrenceOutcome::by_hand;
  auto id = store::insert_occurrence(office.store, row);
  while (!id) {  // twice by hand within a second: two runs all the same
    row.local += std::chrono::seconds(1);
    id = store::insert_occurrence(office.store, row);
  }
  return *id;
}

}  // namespace

RunAnswer run_schedule(const Office& office, const config::Schedule& schedule) {
  const auto schools = roster::school_profiles(office.store, office.settings);
  const auto& school = school_of(schools, schedule);
  require(office, Act::run_schedule, {{school.code}, ""});
  RunAnswer answer;
  answer.schedule = schedule.name;
  if (is_chore(schedule.kind)) answer.done = do_chore(office, schedule, {});
  std::optional<WrittenReport> report;
  if (schedule.kind == config::NoticeKind::report) {
    report = write_report(office, school, schedule, school.zone.local(office.clock.now()));
  }
  {
    store::Transaction transaction(office.store);
    const auto id = insert_by_hand(office, schedule, school.zone);
    if (!is_chore(schedule.kind)) {
      auto produced = produce(office, schools, schedule, id, school.zone.local(office.clock.now()),
                              OccurrenceOutcome::by_hand, std::move(report));
      if (produced.outcome != OccurrenceOutcome::by_hand)
        store::set_outcome(office.store, id, produced.outcome);
      answer.sent = std::move(produced.sent);
    }
    transaction.commit();
  }
  os::ring(bell_path(office.store.path()));
  return answer;
}

}  // namespace crier::office
