#include "intake/csv_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "intake/csv_walk.hpp"
#include "roster/schools.hpp"

namespace crier::intake {
namespace {

namespace fs = std::filesystem;
using config::MapKind;

/// Changes whenever the same cells would be read as other facts.
constexpr std::uint64_t reader_version = 1;

}  // namespace

CsvReader::CsvReader(config::ExportMap map, const fs::path& path, store::IntakeStage& stage,
                     ReaderContext context, IssueList& issues, Progress progress)
    : map_(std::move(map)),
      stage_(stage),
      context_(std::move(context)),
      issues_(issues),
      progress_(std::move(progress)),
      choice_(context_.source) {
  seed_fingerprints();
  find_parts(path);
}

CsvReader::CsvReader(config::ExportMap map, std::vector<RowTable> tables, store::IntakeStage& stage,
                     ReaderContext context, IssueList& issues, Progress progress)
    : map_(std::move(map)),
      tables_(std::move(tables)),
      stage_(stage),
      context_(std::move(context)),
      issues_(issues),
      progress_(std::move(progress)),
      choice_(context_.source) {
  seed_fingerprints();
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    const auto& entry = map_.entries.at(i);
    parts_.push_back({tables_[i].path, &entry, tables_[i].bytes, &tables_[i]});
    bytes_total_ += tables_[i].bytes * (entry.kind == MapKind::people ? 2 : 1);
  }
}

void CsvReader::seed_fingerprints() {
  Fingerprint seed(reader_version ^ map_.digest);
  for (const auto& school : context_.settings.schools) {
    seed.add(school.code).add(school.country);
    for (const auto& id : school.source_ids) seed.add(id);
  }
  seed.add(context_.settings.district.country);
  const auto& wanted = context_.source.choice;
  for (const auto& word : wanted.locations) seed.add(word);
  for (const auto& word : wanted.addresses) seed.add(word);
  seed_ = static_cast<std::uint64_t>(seed.value());
}

void CsvReader::add_part(const fs::path& path, const config::MapEntry& entry) {
  std::error_code fault;
  const auto size = fs::file_size(path, fault);
  parts_.push_back({path, &entry, fault ? 0 : size, nullptr});
  bytes_total_ += parts_.back().bytes * (entry.kind == MapKind::people ? 2 : 1);
}

/// A folder must hold a file for every [[file]]; a single file brings what the map says of it.
void CsvReader::find_parts(const fs::path& path) {
  std::error_code fault;
  if (!fs::exists(path, fault)) {
    throw Error(Exit::refused_input, "no-such-file", fmt::format("{} is not there", path.string()),
                "Name a file of the export, or the folder that holds all of them.");
  }
  if (!fs::is_directory(path, fault)) {
    const auto name = path.filename().string();
    for (const auto& entry : map_.entries) {
      if (map_.entries.size() == 1 || entry.matches(name)) add_part(path, entry);
    }
    if (!parts_.empty()) return;
    std::vector<std::string> names;
    for (const auto& entry : map_.entries) names.push_back(entry.name);
    throw Error(Exit::refused_input, "not-in-map",
                fmt::format("the map {} describes no file {}{}", map_.file.filename().string(), name,
                            did_you_mean(name, names)),
                fmt::format("It describes: {}.", join(names, ", ")));
  }
  std::vector<fs::path> files;
  for (const auto& file : fs::directory_iterator(path)) {
    if (file.is_regular_file() && !file.path().filename().string().starts_with("."))
      files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& entry : map_.entries) {
    bool found = false;
    for (const auto& file : files) {
      if (!entry.matches(file.filename().string())) continue;
      add_part(file, entry);
      found = true;
    }
    if (found || entry.presence == config::Presence::optional) continue;
    throw Error(Exit::refused_input, "missing-file",
                fmt::format("{} holds no file {} ({})", path.string(), entry.name, entry.place),
                "The export is not whole: export again, or say optional = true in the map.");
  }
  if (parts_.empty()) {
    throw Error(Exit::refused_input, "missing-file",
                fmt::format("{} holds no file that the map describes", path.string()),
                "Check the names under [[file]] in the map.");
  }
}

std::vector<std::size_t> CsvReader::parts_of(MapKind kind) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (parts_[i].entry->kind == kind) found.push_back(i);
  }
  return found;
}

bool CsvReader::is_complete(MapKind kind) const {
  const auto parts = parts_of(kind);
  return !parts.empty() && std::all_of(parts.begin(), parts.end(), [&](std::size_t part) {
    return parts_[part].entry->telling == config::Telling::everything;
  });
}

void CsvReader::read() {
  stage_.ties_apart();
  read_people();
  read_groups();
  read_memberships();
  read_marks();
  read_relationships();
  read_daily();
}

std::vector<std::string> CsvReader::untold() const {
  std::vector<std::string> facts;
  const auto told = [&](std::string_view fact) {
    return std::any_of(parts_.begin(), parts_.end(),
                       [&](const Part& part) { return part.entry->value(fact) != nullptr; });
  };
  if (parts_of(MapKind::relationships).empty()) return facts;
  if (!told("court_order")) facts.push_back("court orders");
  if (!told("priority")) facts.push_back("priorities");
  if (!told("relation")) facts.push_back("relations");
  if (!told("language")) facts.push_back("languages");
  return facts;
}

void CsvReader::tell_encoding(const Part& part, format::Encoding encoding) {
  if (encoding == format::Encoding::utf8 || encoding == format::Encoding::utf8_with_mark) return;
  if (!encoding_told_.insert(part.path).second) return;
  issues_.warning(part.path.filename().string(), 0, "", std::string(to_text(encoding)), "encoding",
                  fmt::format("The file was read as {}.", to_text(encoding)));
}

void CsvReader::finish(const CsvRows& rows) {
  bytes_done_ += rows.offset();
  if (progress_) progress_(rows.name(), std::min(bytes_done_, bytes_total_), bytes_total_);
}

std::int64_t CsvReader::print_of(const CsvRows& rows) const {
  Fingerprint print(seed_);
  rows.print(print);
  return print.value();
}

std::int64_t CsvReader::find_school(const std::string& word) const {
  const auto& settings = context_.settings;
  const auto row_of = [&](std::string_view code) -> std::int64_t {
    for (const auto* rows : {&context_.schools, &new_schools_}) {
      for (const auto& row : *rows) {
        if (fold(row.code) == fold(code)) return row.id;
      }
    }
    return 0;
  };
  for (const auto& school : settings.schools) {
    if (std::find(school.source_ids.begin(), school.source_ids.end(), word) == school.source_ids.end())
      continue;
    if (const auto row = row_of(school.code)) return row;
  }
  const auto known = context_.schools_of_source.find(word);
  if (known != context_.schools_of_source.end()) return known->second;
  return row_of(word);
}

/// Where neither map nor row names a school there must be one only.
std::int64_t CsvReader::only_school(const CsvRows& rows) const {
  if (context_.schools.size() == 1) return context_.schools.front().id;
  std::vector<std::string> codes;
  for (const auto& school : context_.schools) codes.push_back(school.code);
  throw Error(Exit::usage, "which-school",
              fmt::format("{}: which school these rows belong to is said nowhere ({})", rows.name(),
                          rows.entry().place),
              codes.empty()
                  ? "Add school = \"CODE\" to the map, or a [[school]] to crier.toml."
                  : fmt::format("Add school = \"CODE\" to the map; there are {}.", join(codes, ", ")));
}

/// The school that a row names, made where it is new (interface.md, "Settings"); 0 where the row names none.
std::int64_t CsvReader::school_of(const std::string& word, CsvRows& rows, const CsvFact* fact) {
  if (fact == nullptr) return only_school(rows);
  if (word.empty()) return 0;
  const auto met = school_of_word_.find(word);
  if (met != school_of_word_.end()) return met->second;
  auto school = find_school(word);
  if (school == 0) {
    std::int64_t next = 0;
    for (const auto* standing : {&context_.schools, &new_schools_}) {
      for (const auto& row : *standing) next = std::max(next, row.id);
    }
    new_schools_.push_back({next + 1, word, word, "", ""});
    school = next + 1;
    (void)roster::profile_of(new_schools_.back(), context_.settings);  // refuses a school without a time zone
    rows.warning(fact, word, "new-school", "No school of crier has this code: it was made.");
  }
  school_of_word_.emplace(word, school);
  return school;
}

std::string CsvReader::country_of(std::int64_t school) const {
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

/// Files that name no school speak of all schools of the source.
void CsvReader::cover_schools(MapKind kind) {
  for (const auto part : parts_of(kind)) {
    if (parts_[part].entry->value("school") != nullptr) continue;
    for (const auto& [word, school] : context_.schools_of_source) stage_.covers(school);
    if (context_.schools.size() == 1) stage_.covers(context_.schools.front().id);
  }
}

}  // namespace crier::intake
