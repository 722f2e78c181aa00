// A OneRoster CSV set as it lies on disk: a folder, or the zip as exported; its manifest read and held
// against the files that are there (I1). What the readers open, they open here.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/os.hpp"
#include "intake/issues.hpp"

namespace crier::intake {

enum class FileMode { absent, bulk, delta };

class OneRosterSet {
 public:
  /// Throws Error(refused_input): nothing there, no manifest, a version that is neither 1.1 nor 1.2, a file
  /// that the manifest calls bulk or delta and that is missing.
  OneRosterSet(const std::filesystem::path& path, IssueList& issues);
  ~OneRosterSet();
  OneRosterSet(const OneRosterSet&) = delete;
  OneRosterSet& operator=(const OneRosterSet&) = delete;

  /// `1.1` or `1.2`.
  const std::string& version() const { return version_; }
  /// `users`, `orgs`, …; absent for what the manifest does not name.
  FileMode mode(std::string_view name) const;
  /// The bytes of a file that is not absent; mapped for as long as the set lives.
  std::string_view bytes(std::string_view name);
  /// `users.csv`, as it is spelt in the set.
  std::string file_name(std::string_view name) const;
  /// What lies before this in the file last asked for will not be read again.
  void passed(std::size_t offset) {
    if (last_ != nullptr) last_->forget_before(offset);
  }
  /// Gives back the memory of a file that will not be read again.
  void done_with(std::string_view name) {
    last_ = nullptr;
    open_.erase(std::string(name));
  }
  std::uint64_t total_bytes() const { return total_bytes_; }

 private:
  void find_in_folder(const std::filesystem::path& folder);
  void find_in_zip(const std::filesystem::path& zip);
  void read_manifest(const std::filesystem::path& path, IssueList& issues);
  std::string read_version(const std::map<std::string, std::string>& properties) const;

  std::string version_;
  /// Lower-case name without `.csv` → the file.
  std::map<std::string, std::filesystem::path> files_;
  std::map<std::string, FileMode, std::less<>> modes_;
  std::map<std::string, std::unique_ptr<os::MappedFile>> open_;
  os::MappedFile* last_ = nullptr;
  std::filesystem::path unpacked_;
  std::uint64_t total_bytes_ = 0;
};

}  // namespace crier::intake
