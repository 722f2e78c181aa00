// Reading zip archives from outside, as an information system exports them (I1): what an archive may not do
// is refused here, before an entry is unpacked, and its sizes are counted while unpacking, never believed.
// All refusals are Error(refused_input) that name the archive and the entry.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace crier::format {

struct ZipEntry {
  enum class Kind { file, folder };
  /// As stored, with `/` between folders; UTF-8.
  std::string name;
  Kind kind = Kind::file;
  /// As the archive's directory claims.
  std::uint64_t bytes = 0;
  std::uint64_t compressed_bytes = 0;
  std::uint64_t index = 0;
};

/// What an export of a district may need, and a zip bomb soon passes.
struct ZipLimits {
  std::uint64_t entries = 10'000;
  std::uint64_t entry_bytes = 4ULL << 30;
  std::uint64_t total_bytes = 16ULL << 30;
  /// An entry that grows more than so many times is refused once it is beyond `ratio_from_bytes`.
  std::uint64_t ratio = 1000;
  std::uint64_t ratio_from_bytes = 64ULL << 20;
};

class ZipArchive {
 public:
  /// Opens and checks the whole directory: refused are what is no zip or damaged, encrypted entries, symbolic
  /// links, names that are absolute, leave the folder or hold backslashes or control characters, names that
  /// stand there twice (ignoring case), and claimed sizes over the limits.
  explicit ZipArchive(std::filesystem::path path, ZipLimits limits = {});
  ~ZipArchive();
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;

  /// In the archive's order.
  const std::vector<ZipEntry>& entries() const { return entries_; }

  /// Unpacks one file, replacing what is there; the checksum is verified. When it fails, nothing is left
  /// behind. Throws Error(store) where the disk refuses.
  void extract(const ZipEntry& entry, const std::filesystem::path& to_file);
  /// Hands out the bytes of one file piece by piece. Throws after pieces were given where the entry turns out
  /// damaged or too large.
  void stream(const ZipEntry& entry, const std::function<void(std::string_view)>& take);

 private:
  struct Handle;
  void read_directory();
  ZipEntry read_entry(std::uint64_t index) const;

  std::filesystem::path path_;
  ZipLimits limits_;
  std::unique_ptr<Handle> handle_;
  std::vector<ZipEntry> entries_;
  std::uint64_t total_bytes_ = 0;
};

}  // namespace crier::format
