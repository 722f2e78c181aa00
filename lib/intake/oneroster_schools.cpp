// OneRoster's orgs: which of them are schools, and which school of crier each is.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "intake/oneroster_reader.hpp"
#include "roster/schools.hpp"

namespace crier::intake {

void OneRosterReader::read_orgs() {
  RowFile file(set_.file_name("orgs"), set_.bytes("orgs"), issues_, {"sourcedId", "name", "type"});
  const auto id = file.column({"sourcedId"});
  const auto status = file.column({"status"});
  const auto modified = file.column({"dateLastModified"});
  const auto name = file.column({"name"});
  const auto type = file.column({"type"});
  const auto identifier = file.column({"identifier"});
  const auto parent = file.column({"parentSourcedId"});
  while (file.next()) {
    const auto sid = file.cell(id);
    bool flawed = false;
    if (sid.empty()) {
      report_missing_id(file, id);
      continue;
    }
    if (read_status(file, status, modified, flawed) == Presence::gone) continue;
    Org org{std::string(file.cell(name)), to_lower(file.cell(type)), std::string(file.cell(identifier)),
            std::string(file.cell(parent)), file.line()};
    if (!orgs_.emplace(sid, std::move(org)).second) {
      file.error(id, sid, "duplicate-id", "The row is left out: another org has this sourcedId.");
    }
  }
  if (file.rows() == 0 && set_.mode("orgs") == FileMode::bulk) {
    throw Error(Exit::refused_input, "empty-file", fmt::format("{} has a header and no rows", file.name()),
                "The export failed or was cut off: export again. Nothing was changed.");
  }
  for (const auto& [sid, org] : orgs_) {
    if (!org.parent.empty() && !orgs_.contains(org.parent) && set_.mode("orgs") == FileMode::bulk) {
      issues_.warning(file.name(), org.line, "parentSourcedId", org.parent, "dangling-reference",
                      "No org of this set has that sourcedId; the org was read all the same.");
    }
  }
  finish_file(file, "orgs");
}

/// Which orgs are schools, and which school of crier each is (interface.md, "Settings").
void OneRosterReader::settle_schools() {
  std::vector<std::string> school_orgs;
  for (const auto& [sid, org] : orgs_) {
    const bool bottom = std::none_of(orgs_.begin(), orgs_.end(),
                                     [&](const auto& other) { return other.second.parent == sid; });
    if (org.type == "school") {
      school_orgs.push_back(sid);
    } else if (bottom && orgs_of_people_.contains(sid)) {
      school_orgs.push_back(sid);
      issues_.warning(
          set_.file_name("orgs"), org.line, "type", org.type, "org-as-school",
          fmt::format("People belong to '{}', which is no school by its type: it counts as one.", org.name));
    }
  }
  const auto& settings = context_.settings;
  const auto find_row = [&](std::string_view code) -> const store::SchoolRow* {
    for (const auto* rows : {&context_.schools, &new_schools_}) {
      for (const auto& row : *rows) {
        if (fold(row.code) == fold(code)) return &row;
      }
    }
    return nullptr;
  };
  std::int64_t next_id = 0;
  for (const auto& row : context_.schools) next_id = std::max(next_id, row.id);
  for (const auto& sid : school_orgs) {
    const auto& org = orgs_.at(sid);
    const auto code = org.identifier.empty() ? sid : org.identifier;
    std::int64_t school = 0;
    for (const auto& set : settings.schools) {
      if (std::find(set.source_ids.begin(), set.source_ids.end(), sid) == set.source_ids.end()) continue;
      if (const auto* row = find_row(set.code)) school = row->id;
    }
    if (school == 0) {
      const auto known = context_.schools_of_source.find(sid);
      if (known != context_.schools_of_source.end()) school = known->second;
    }
    for (const auto& by : {code, sid}) {
      const auto* row = school == 0 ? find_row(by) : nullptr;
      if (row != nullptr) school = row->id;
    }
    if (school == 0 && school_orgs.size() == 1 && context_.schools.size() == 1) {
      school = context_.schools.front().id;
      issues_.warning(set_.file_name("orgs"), org.line, "sourcedId", sid, "taken-for-the-same",
                      fmt::format("Here and there is one school only: '{}' was taken for {}.", org.name,
                                  context_.schools.front().code));
    }
    if (school == 0) {
      new_schools_.push_back({++next_id, code, org.name.empty() ? code : org.name, "", ""});
      school = next_id;
      (void)roster::profile_of(new_schools_.back(), settings);  // refuses a school without a time zone
    }
    school_of_org_[sid] = school;
    stage_.covers(school);
  }
  if (set_.mode("orgs") == FileMode::delta) {
    for (const auto& [sid, school] : context_.schools_of_source) {
      school_of_org_.emplace(sid, school);
      stage_.covers(school);
    }
  }
}

}  // namespace crier::intake
