#include "intake/oneroster_set.hpp"

#include <fmt/format.h>

#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "format/csv.hpp"
#include "format/zip.hpp"

namespace crier::intake {
namespace {

namespace fs = std::filesystem;

/// Every file name of OneRoster 1.1 and 1.2: another name in the manifest is a remark, not a reason to
/// refuse.
constexpr std::array known_names{"academicSessions",
                                 "categories",
                                 "classes",
                                 "classResources",
                                 "courses",
                                 "courseResources",
                                 "demographics",
                                 "enrollments",
                                 "lineItems",
                                 "lineItemLearningObjectiveIds",
                                 "lineItemScoreScales",
                                 "orgs",
                                 "resources",
                                 "results",
                                 "resultLearningObjectiveIds",
                                 "resultScoreScales",
                                 "roles",
                                 "scoreScales",
                                 "userProfiles",
                                 "userResources",
                                 "users"};

/// The files that crier reads; the others may be there or not.
constexpr std::array read_names{"orgs", "users", "roles", "classes", "enrollments", "lineItems", "results"};

Error refused(std::string message, std::string hint) {
  return {Exit::refused_input, "not-oneroster", std::move(message), std::move(hint)};
}

fs::path temporary_folder() {
  const auto folder = fs::temp_directory_path() / fmt::format("crier-import-{}", os::random_hex(8));
  os::make_folder(folder);
  fs::permissions(folder, fs::perms::owner_all);
  return folder;
}

std::string stem_of(const fs::path& path) {
  return to_lower(path.stem().string());
}

bool is_csv(const fs::path& path) {
  return to_lower(path.extension().string()) == ".csv";
}

}  // namespace

OneRosterSet::OneRosterSet(const fs::path& path, IssueList& issues) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    throw refused(fmt::format("there is nothing at {}", path.string()), "Check the path of the export.");
  }
  try {
    if (fs::is_directory(path)) {
      find_in_folder(path);
    } else {
      find_in_zip(path);
    }
    read_manifest(path, issues);
  } catch (...) {
    if (!unpacked_.empty()) fs::remove_all(unpacked_, error);
    throw;
  }
}

OneRosterSet::~OneRosterSet() {
  open_.clear();
  std::error_code ignored;
  if (!unpacked_.empty()) fs::remove_all(unpacked_, ignored);
}

void OneRosterSet::find_in_folder(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (!entry.is_regular_file() || !is_csv(entry.path())) continue;
    if (!files_.emplace(stem_of(entry.path()), entry.path()).second) {
      throw refused(
          fmt::format("{} has the file {} twice, in other letters", folder.string(), stem_of(entry.path())),
          "Take the wrong one away.");
    }
  }
  if (error) {
    throw refused(fmt::format("cannot read the folder {}: {}", folder.string(), error.message()),
                  "Check that this account may read it.");
  }
}

void OneRosterSet::find_in_zip(const fs::path& zip) {
  format::ZipArchive archive(zip);
  // OneRoster has its files in the root of the zip; an archive of the folder itself is common and harmless.
  std::string prefix;
  for (const auto& entry : archive.entries()) {
    const fs::path name(entry.name);
    if (to_lower(name.filename().string()) == "manifest.csv") prefix = name.parent_path().string();
  }
  for (const auto& entry : archive.entries()) {
    const fs::path name(entry.name);
    if (entry.kind != format::ZipEntry::Kind::file || name.parent_path() != prefix || !is_csv(name)) continue;
    if (unpacked_.empty()) unpacked_ = temporary_folder();
    const auto to = unpacked_ / name.filename();
    archive.extract(entry, to);
    files_.emplace(stem_of(name), to);
  }
}

std::string OneRosterSet::read_version(const std::map<std::string, std::string>& properties) const {
  const auto found = properties.find("oneroster.version");
  if (found == properties.end()) {
    throw refused("manifest.csv does not say its oneroster.version",
                  "This manifest is not OneRoster 1.1 or 1.2: check the export's settings.");
  }
  if (found->second == "1.1" || found->second == "1.2") return found->second;
  throw refused(fmt::format("manifest.csv says OneRoster '{}'; crier reads 1.1 and 1.2", found->second),
                "Export as OneRoster 1.1 or 1.2 CSV.");
}

void OneRosterSet::read_manifest(const fs::path& path, IssueList& issues) {
  const auto manifest = files_.find("manifest");
  if (manifest == files_.end()) {
    throw refused(
        fmt::format("{} has no manifest.csv, so it is no OneRoster set", path.string()),
        "Name the folder or the zip that the export wrote; for other CSV files use 'crier import csv'.");
  }
  const auto text = os::read_file(manifest->second);
  format::CsvReader reader(text);
  const auto header = format::read_header(reader);
  const auto name_at = header ? header->column("propertyName") : std::nullopt;
  const auto value_at = header ? header->column("value") : std::nullopt;
  if (!name_at || !value_at) {
    throw refused("manifest.csv has no columns propertyName and value",
                  "Check what the export wrote under this name.");
  }
  std::map<std::string, std::string> properties;
  while (reader.next()) {
    const auto fields = reader.fields();
    if (fields.size() <= std::max(*name_at, *value_at)) continue;
    properties[to_lower(trim_invisible(fields[*name_at]))] = std::string(trim_invisible(fields[*value_at]));
  }
  version_ = read_version(properties);
  for (const char* name : known_names) {
    const auto key = to_lower(name);
    const auto property = properties.find("file." + key);
    const bool there = files_.contains(key);
    const auto said = property == properties.end() ? std::string() : to_lower(property->second);
    auto mode = said == "bulk" ? FileMode::bulk : said == "delta" ? FileMode::delta : FileMode::absent;
    if (mode == FileMode::absent && said != "absent" && !said.empty()) {
      throw refused(fmt::format("manifest.csv says '{}' of {}; it can be absent, bulk or delta",
                                property->second, name),
                    "Check the export's settings.");
    }
    if (mode == FileMode::absent && said.empty() && there && property != properties.end()) {
      issues.warning(
          "manifest.csv", 0, "value", name, "manifest-silent",
          fmt::format("The manifest leaves open whether {} is in the set; it is there and not read.", name));
    }
    const bool we_read =
        std::find(read_names.begin(), read_names.end(), std::string_view(name)) != read_names.end();
    if (mode != FileMode::absent && !there) {
      if (we_read) {
        throw refused(fmt::format("manifest.csv promises {}.csv, but it is not in the set", name),
                      "The export was cut off or failed: export again. Nothing was changed.");
      }
      mode = FileMode::absent;
    }
    if (mode == FileMode::absent && there && said == "absent" && we_read) {
      issues.warning("manifest.csv", 0, "value", name, "marked-absent",
                     fmt::format("{}.csv is there but marked absent: it was not read.", name));
    }
    modes_[name] = mode;
    if (mode != FileMode::absent && we_read) total_bytes_ += fs::file_size(files_.at(key));
  }
  for (const auto required : {"orgs", "users"}) {
    if (modes_[required] == FileMode::absent) {
      throw refused(fmt::format("the set has no {}.csv", required),
                    "crier needs orgs and users: switch them on in the export's settings.");
    }
  }
}

FileMode OneRosterSet::mode(std::string_view name) const {
  const auto found = modes_.find(name);
  return found == modes_.end() ? FileMode::absent : found->second;
}

std::string_view OneRosterSet::bytes(std::string_view name) {
  auto& mapped = open_[std::string(name)];
  if (!mapped) mapped = std::make_unique<os::MappedFile>(files_.at(to_lower(name)));
  last_ = mapped.get();
  return mapped->bytes();
}

std::string OneRosterSet::file_name(std::string_view name) const {
  return files_.at(to_lower(name)).filename().string();
}

}  // namespace crier::intake
