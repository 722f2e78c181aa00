#include "intake/oneroster_reader.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "roster/schools.hpp"

namespace crier::intake {
namespace {

/// Changes whenever the same cells would be read as other facts.
constexpr std::uint64_t reader_version = 1;

/// `2026-09-01`, `2026-09-01T00:00:00.000Z`: what a date of last change may be.
bool is_iso_moment(std::string_view text) {
  return parse_date(text).has_value() || parse_rfc3339(text).has_value() || parse_local(text).has_value();
}

/// Other settings make other facts of the same rows, and other relationships.
void add_choice(Fingerprint& seed, const config::ImportSource& source, const Choice& chosen) {
  const auto& choice = source.choice;
  for (const auto priority : choice.priorities) seed.add(std::to_string(priority));
  seed.add("relations");
  for (const auto& relation : choice.relations) seed.add(relation);
  seed.add(choice.parental_responsibility ? "1" : "0").add(choice.pre_admissions ? "1" : "0");
  for (const auto& location : choice.locations) seed.add(location);
  seed.add("addresses");
  for (const auto& kind : choice.addresses) seed.add(kind);
  for (const auto& [word, meant] : choice.pre_admission_status) seed.add(word).add(meant);
  for (const auto& code : chosen.exceptions()) seed.add(code);
}

}  // namespace

OneRosterReader::OneRosterReader(std::unique_ptr<OneRosterSet> set, store::IntakeStage& stage,
                                 ReaderContext context, IssueList& issues, Progress progress)
    : owned_set_(std::move(set)),
      set_(*owned_set_),
      stage_(stage),
      context_(std::move(context)),
      issues_(issues),
      progress_(std::move(progress)),
      choice_(context_.source) {
  Fingerprint seed(reader_version);
  for (const auto& [fact, column] : context_.source.columns) seed.add(fact).add(column);
  for (const auto& school : context_.settings.schools) {
    seed.add(school.code).add(school.country);
    for (const auto& id : school.source_ids) seed.add(id);
  }
  seed.add(context_.settings.district.country).add(set_.version());
  add_choice(seed, context_.source, choice_);
  seed_ = static_cast<std::uint64_t>(seed.value());
}

OneRosterReader::~OneRosterReader() {
  for (auto& work : phone_work_) {
    if (work.valid()) work.wait();
  }
}

void OneRosterReader::read() {
  if (!context_.source.companion.path.empty()) companion_.emplace(context_.source, issues_);
  read_orgs();
  read_roles();
  index_users();
  settle_schools();
  read_sessions();
  read_classes();
  read_enrollments();
  read_line_items();
  read_results();
  // Last: the telephone numbers have been read meanwhile, on another core.
  read_users();
  if (companion_) companion_->report_unmet(issues_);
}

std::string OneRosterReader::mapped(std::string_view fact) const {
  const auto found = context_.source.columns.find(std::string(fact));
  return found == context_.source.columns.end() ? std::string() : found->second;
}

std::vector<std::string> OneRosterReader::untold() const {
  std::vector<std::string> facts;
  if (!tells(columns_.court_order, Beside::court_order)) facts.push_back("court orders");
  if (!tells(columns_.priority, Beside::priority)) facts.push_back("priorities");
  if (!tells(columns_.relation, Beside::relation)) facts.push_back("relations beyond the role");
  if (!tells(columns_.language, Beside::language)) facts.push_back("languages");
  if (choice_.active_groups_only() && sessions_.empty()) facts.push_back("which groups are active");
  return facts;
}

OneRosterReader::Presence OneRosterReader::read_status(RowFile& file, const Column& status,
                                                       const Column& modified, bool& flawed) {
  if (file.row_flawed()) flawed = true;
  const auto changed = file.cell(modified);
  // Most rows of an export bear one moment: it is read once.
  if (!changed.empty() && changed != good_moment_ && is_iso_moment(changed)) good_moment_ = changed;
  if (!changed.empty() && changed != good_moment_) {
    file.error(modified, changed, "invalid-date",
               "The date of last change is no ISO date; the row was read all the same.");
    flawed = true;
  }
  const auto word = file.cell(status);
  if (word.empty() || word == "active") return Presence::there;
  const auto lower = to_lower(word);
  if (lower == "active") return Presence::there;
  if (lower == "tobedeleted" || lower == "inactive") return Presence::gone;
  file.error(status, word, "invalid-status",
             "The status can be active or tobedeleted; the row was taken as active.");
  flawed = true;
  return Presence::there;
}

void OneRosterReader::report_missing_id(RowFile& file, const Column& id) {
  file.error(id, "", "missing-id", "The row is left out: it has no sourcedId.");
}

std::int64_t OneRosterReader::school_of(std::string_view org) const {
  const auto found = school_of_org_.find(org);
  return found == school_of_org_.end() ? 0 : found->second;
}

std::string OneRosterReader::country_of(std::int64_t school) const {
  for (const auto* rows : {&context_.schools, &new_schools_}) {
    for (const auto& row : *rows) {
      if (row.id != school) continue;
      const auto* set = context_.settings.school(row.code);
      if (set != nullptr && !set->country.empty()) return set->country;
      return row.country.empty() ? context_.settings.district.country : row.country;
    }
  }
  return context_.settings.district.country;
}

void OneRosterReader::tell_progress(const RowFile& file) {
  if (file.rows() < next_tell_) return;
  next_tell_ = file.rows() + 2000;
  set_.passed(file.offset());
  if (progress_) progress_(file.name(), bytes_before_ + file.offset(), set_.total_bytes());
}

void OneRosterReader::finish_file(const RowFile& file, std::string_view name) {
  rows_ += file.rows();
  bytes_before_ += file.offset();
  next_tell_ = 0;
  if (progress_) progress_(file.name(), bytes_before_, set_.total_bytes());
  set_.done_with(name);
}

}  // namespace crier::intake
