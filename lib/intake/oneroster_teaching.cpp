// OneRoster's classes, enrollments, line items and results: groups, memberships, assignments and marks.
#include <fmt/format.h>

#include <charconv>

#include "base/text.hpp"
#include "intake/oneroster_reader.hpp"

namespace crier::intake {
namespace {

using store::RosterTable;

std::optional<double> as_number(std::string_view cell) {
  double value = 0;
  const auto read = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (read.ec != std::errc() || read.ptr != cell.data() + cell.size()) return std::nullopt;
  return value;
}

/// OneRoster's scoreStatus in crier's words; none for a word it does not have.
std::optional<std::string_view> mark_status(std::string_view word) {
  const auto lower = to_lower(word);
  if (lower == "fully graded") return "graded";
  if (lower == "partially graded") return "partial";
  if (lower == "submitted") return "submitted";
  if (lower == "not submitted") return "not-submitted";
  if (lower == "exempt") return "exempt";
  if (lower.empty()) return "unknown";
  return std::nullopt;
}

}  // namespace

/// The date, or nothing where the cell is none: then it is reported and false comes back. A time behind a
/// date is cut off.
bool OneRosterReader::known_date(RowFile& file, const Column& column, std::string_view& text) {
  if (text.empty()) return true;
  const auto day = text.substr(0, 10);
  if (parse_date(day) && (text.size() == 10 || parse_rfc3339(text) || parse_local(text))) {
    text = day;
    return true;
  }
  file.error(column, text, "invalid-date", "A date is written 2026-11-25; the value was left out.");
  text = {};
  return false;
}

/// Terms, for whoever wants active groups only (I5).
void OneRosterReader::read_sessions() {
  if (!choice_.active_groups_only() || set_.mode("academicSessions") == FileMode::absent) return;
  RowFile file(set_.file_name("academicSessions"), set_.bytes("academicSessions"), issues_,
               {"sourcedId", "startDate", "endDate"});
  const auto id = file.column({"sourcedId"});
  const auto status = file.column({"status"});
  const auto modified = file.column({"dateLastModified"});
  const auto start = file.column({"startDate"});
  const auto end = file.column({"endDate"});
  while (file.next()) {
    bool flawed = false;
    if (read_status(file, status, modified, flawed) == Presence::gone) continue;
    std::string_view from = file.cell(start);
    std::string_view upto = file.cell(end);
    known_date(file, start, from);
    known_date(file, end, upto);
    sessions_.try_emplace(std::string(file.cell(id)), from, upto);
  }
  finish_file(file, "academicSessions");
}

/// Whether one of these terms is under way; a class that names no term of the set is.
bool OneRosterReader::under_way(std::string_view terms) const {
  const auto today = to_iso(context_.today);
  bool known = false;
  for (const auto part : split(terms, ',')) {
    const auto session = sessions_.find(trim_invisible(part));
    if (session == sessions_.end()) continue;
    known = true;
    const auto& [from, upto] = session->second;
    if ((from.empty() || from <= today) && (upto.empty() || today < upto)) return true;
  }
  return !known;
}

void OneRosterReader::read_classes() {
  const auto mode = set_.mode("classes");
  const auto take_standing = [&] {
    stage_.each_standing(RosterTable::roster_group,
                         [&](std::string_view sid, Ref id) { classes_.try_emplace(sid, Group{id}); });
  };
  if (mode == FileMode::absent) return take_standing();
  RowFile file(set_.file_name("classes"), set_.bytes("classes"), issues_,
               {"sourcedId", "title", "schoolSourcedId"});
  const auto id = file.column({"sourcedId"});
  const auto status = file.column({"status"});
  const auto modified = file.column({"dateLastModified"});
  const auto title = file.column({"title"});
  const auto code = file.column({"classCode"});
  const auto type = file.column({"classType"});
  const auto org = file.column({"schoolSourcedId"});
  const auto terms = file.column({"termSourcedIds", "termSourcedId"});
  while (file.next()) {
    tell_progress(file);
    const auto sid = file.cell(id);
    if (sid.empty()) {
      report_missing_id(file, id);
      continue;
    }
    bool flawed = false;
    const auto standing = stage_.standing(RosterTable::roster_group, sid);
    if (read_status(file, status, modified, flawed) == Presence::gone) {
      if (mode == FileMode::delta && standing) stage_.gone(RosterTable::roster_group, standing->id);
      continue;
    }
    if (choice_.active_groups_only() && !under_way(file.cell(terms))) {
      classes_left_out_.emplace(sid);
      continue;
    }
    const auto school = school_of(file.cell(org));
    if (school == 0) {
      file.error(org, file.cell(org), "dangling-reference",
                 "The class is left out: no school has this sourcedId.");
      continue;
    }
    const auto [at, fresh] = classes_.try_emplace(sid);
    if (!fresh) {
      file.error(id, sid, "duplicate-id", "The row is left out: another class has this sourcedId.");
      continue;
    }
    at->id = standing ? standing->id : stage_.new_id(RosterTable::roster_group);
    stage_.seen(RosterTable::roster_group, at->id);
    const auto homeroom = to_lower(file.cell(type)) == "homeroom";
    const auto print = Fingerprint(seed_)
                           .add(file.cell(title))
                           .add(file.cell(code))
                           .add(homeroom ? "form" : "class")
                           .add(std::to_string(school))
                           .value();
    if (!flawed && standing && standing->fingerprint == print) continue;
    GroupFact group;
    group.id = at->id;
    group.source_id = sid;
    group.school = school;
    group.kind = homeroom ? "form" : "class";
    group.name = file.cell(title);
    group.code = file.cell(code);
    if (group.name.empty()) {
      file.error(title, "", "no-name", "The class has no title; its code or sourcedId stands for it.");
      group.name = group.code.empty() ? std::string(sid) : group.code;
      flawed = true;
    }
    group.fingerprint = flawed ? 0 : print;
    stage_.add(group);
  }
  finish_file(file, "classes");
  if (mode == FileMode::delta) {
    take_standing();
  } else {
    stage_.complete(RosterTable::roster_group);
  }
}

void OneRosterReader::read_enrollments() {
  const auto mode = set_.mode("enrollments");
  if (mode == FileMode::absent) return;
  RowFile file(set_.file_name("enrollments"), set_.bytes("enrollments"), issues_,
               {"sourcedId", "classSourcedId", "userSourcedId", "role"});
  const auto id = file.column({"sourcedId"});
  const auto status = file.column({"status"});
  const auto modified = file.column({"dateLastModified"});
  const auto klass = file.column({"classSourcedId"});
  const auto user = file.column({"userSourcedId"});
  const auto role = file.column({"role"});
  const auto begin = file.column({"beginDate"});
  const auto end = file.column({"endDate"});
  while (file.next()) {
    tell_progress(file);
    const auto sid = file.cell(id);
    if (sid.empty()) {
      report_missing_id(file, id);
      continue;
    }
    bool flawed = false;
    const auto standing = stage_.standing(RosterTable::membership, sid);
    if (read_status(file, status, modified, flawed) == Presence::gone) {
      if (mode == FileMode::delta && standing) stage_.gone(RosterTable::membership, standing->id);
      continue;
    }
    const auto* group = classes_.find(file.cell(klass));
    const auto* person = users_.find(file.cell(user));
    if (users_left_out_.contains(file.cell(user)) || classes_left_out_.contains(file.cell(klass))) continue;
    if (group == nullptr) {
      file.error(klass, file.cell(klass), "dangling-reference",
                 "The enrollment is left out: no class has this sourcedId.");
      continue;
    }
    if (person == nullptr) {
      file.error(user, file.cell(user), "dangling-reference",
                 "The enrollment is left out: no user has this sourcedId.");
      continue;
    }
    if (standing) stage_.seen(RosterTable::membership, standing->id);
    const auto print =
        Fingerprint(seed_).add(file.cell(role)).add(file.cell(begin)).add(file.cell(end)).value();
    if (!flawed && standing && standing->fingerprint == print && standing->first == group->id &&
        standing->second == person->id) {
      continue;
    }
    MembershipFact membership;
    membership.id = standing ? standing->id : stage_.new_id(RosterTable::membership);
    membership.source_id = sid;
    membership.group = group->id;
    membership.person = person->id;
    const auto word = to_lower(file.cell(role));
    membership.role = word == "student" ? std::string_view("pupil") : std::string_view(word);
    membership.begins = file.cell(begin);
    membership.ends = file.cell(end);
    if (!known_date(file, begin, membership.begins)) flawed = true;
    if (!known_date(file, end, membership.ends)) flawed = true;
    membership.fingerprint = flawed ? 0 : print;
    stage_.add(membership);
  }
  finish_file(file, "enrollments");
  if (mode == FileMode::bulk) stage_.complete(RosterTable::membership);
}

void OneRosterReader::read_line_items() {
  const auto mode = set_.mode("lineItems");
  const auto take_standing = [&] {
    stage_.each_standing(RosterTable::assignment,
                         [&](std::string_view sid, Ref id) { line_items_.try_emplace(sid, id); });
  };
  if (mode == FileMode::absent) {
    if (set_.mode("results") != FileMode::absent) take_standing();
    return;
  }
  RowFile file(set_.file_name("lineItems"), set_.bytes("lineItems"), issues_,
               {"sourcedId", "title", "classSourcedId"});
  const auto id = file.column({"sourcedId"});
  const auto status = file.column({"status"});
  const auto modified = file.column({"dateLastModified"});
  const auto title = file.column({"title"});
  const auto due = file.column({"dueDate"});
  const auto klass = file.column({"classSourcedId"});
  const auto points = file.column({"resultValueMax"});
  while (file.next()) {
    tell_progress(file);
    const auto sid = file.cell(id);
    if (sid.empty()) {
      report_missing_id(file, id);
      continue;
    }
    bool flawed = false;
    const auto standing = stage_.standing(RosterTable::assignment, sid);
    if (read_status(file, status, modified, flawed) == Presence::gone) {
      if (mode == FileMode::delta && standing) stage_.gone(RosterTable::assignment, standing->id);
      continue;
    }
    if (classes_left_out_.contains(file.cell(klass))) {
      line_items_left_out_.emplace(sid);
      continue;
    }
    const auto* group = classes_.find(file.cell(klass));
    if (group == nullptr) {
      file.error(klass, file.cell(klass), "dangling-reference",
                 "The assignment is left out: no class has this sourcedId.");
      continue;
    }
    const auto [at, fresh] = line_items_.try_emplace(sid);
    if (!fresh) {
      file.error(id, sid, "duplicate-id", "The row is left out: another line item has this sourcedId.");
      continue;
    }
    *at = standing ? standing->id : stage_.new_id(RosterTable::assignment);
    stage_.seen(RosterTable::assignment, *at);
    const auto print =
        Fingerprint(seed_).add(file.cell(title)).add(file.cell(due)).add(file.cell(points)).value();
    if (!flawed && standing && standing->fingerprint == print && standing->first == group->id) continue;
    AssignmentFact assignment;
    assignment.id = *at;
    assignment.source_id = sid;
    assignment.group = group->id;
    assignment.title = file.cell(title);
    assignment.due = file.cell(due);
    if (!known_date(file, due, assignment.due)) flawed = true;
    if (const auto cell = file.cell(points); !cell.empty()) {
      assignment.points = as_number(cell);
      if (!assignment.points) {
        file.error(points, cell, "invalid-number", "This is no number; the value was left out.");
        flawed = true;
      }
    }
    assignment.fingerprint = flawed ? 0 : print;
    stage_.add(assignment);
  }
  finish_file(file, "lineItems");
  if (mode == FileMode::delta) {
    take_standing();
  } else {
    stage_.complete(RosterTable::assignment);
  }
}

void OneRosterReader::read_results() {
  const auto mode = set_.mode("results");
  if (mode == FileMode::absent) return;
  RowFile file(set_.file_name("results"), set_.bytes("results"), issues_,
               {"sourcedId", "lineItemSourcedId", "studentSourcedId", "scoreStatus"});
  const auto id = file.column({"sourcedId"});
  const auto status = file.column({"status"});
  const auto modified = file.column({"dateLastModified"});
  const auto line_item = file.column({"lineItemSourcedId"});
  const auto student = file.column({"studentSourcedId"});
  const auto score_status = file.column({"scoreStatus"});
  const auto score = file.column({"score"});
  const auto missing = file.column({mapped("missing"), set_.version() == "1.2" ? "missing" : ""});
  const Ref* assignment = nullptr;
  std::string assignment_sid;
  while (file.next()) {
    tell_progress(file);
    const auto sid = file.cell(id);
    if (sid.empty()) {
      report_missing_id(file, id);
      continue;
    }
    bool flawed = false;
    const auto standing = stage_.standing(RosterTable::mark, sid);
    if (read_status(file, status, modified, flawed) == Presence::gone) {
      if (mode == FileMode::delta && standing) stage_.gone(RosterTable::mark, standing->id);
      continue;
    }
    if (users_left_out_.contains(file.cell(student)) || line_items_left_out_.contains(file.cell(line_item))) {
      continue;
    }
    // The results of one line item stand together.
    if (assignment == nullptr || assignment_sid != file.cell(line_item)) {
      assignment = line_items_.find(file.cell(line_item));
      assignment_sid = file.cell(line_item);
    }
    const auto* pupil = users_.find(file.cell(student));
    if (assignment == nullptr) {
      file.error(line_item, file.cell(line_item), "dangling-reference",
                 "The result is left out: no line item has this sourcedId.");
      continue;
    }
    if (pupil == nullptr) {
      file.error(student, file.cell(student), "dangling-reference",
                 "The result is left out: no user has this sourcedId.");
      continue;
    }
    if (standing) stage_.seen(RosterTable::mark, standing->id);
    const auto print =
        Fingerprint(seed_).add(file.cell(score_status)).add(file.cell(score)).add(file.cell(missing)).value();
    if (!flawed && standing && standing->fingerprint == print && standing->first == *assignment &&
        standing->second == pupil->id) {
      continue;
    }
    MarkFact mark;
    mark.id = standing ? standing->id : stage_.new_id(RosterTable::mark);
    mark.source_id = sid;
    mark.assignment = *assignment;
    mark.pupil = pupil->id;
    const auto word = mark_status(file.cell(score_status));
    if (!word) {
      file.error(score_status, file.cell(score_status), "invalid-score-status",
                 "OneRoster has no such scoreStatus; the result counts as unknown.");
      flawed = true;
    }
    mark.status = word.value_or("unknown");
    if (const auto cell = file.cell(score); !cell.empty()) {
      mark.score = as_number(cell);
      if (!mark.score) {
        file.error(score, cell, "invalid-number", "This is no number; the value was left out.");
        flawed = true;
      }
    }
    const auto flag = to_lower(file.cell(missing));
    mark.missing = flag == "true" || flag == "1" || flag == "yes";
    mark.fingerprint = flawed ? 0 : print;
    stage_.add(mark);
  }
  finish_file(file, "results");
  if (mode == FileMode::bulk) stage_.complete(RosterTable::mark);
}

}  // namespace crier::intake
