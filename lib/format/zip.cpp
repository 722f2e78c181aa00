#include "format/zip.hpp"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"

namespace crier::format {
namespace {

namespace fs = std::filesystem;

Error refused(const fs::path& path, std::string_view code, std::string_view why, std::string_view hint) {
  return {Exit::refused_input, std::string(code), fmt::format("{}: {}", path.string(), why),
          std::string(hint)};
}

Error damaged(const fs::path& path, std::string_view why) {
  return refused(path, "damaged-archive", why, "Export it again: it was cut or changed on its way.");
}

Error unsafe(const fs::path& path, std::string_view name, std::string_view why) {
  return refused(path, "unsafe-archive", fmt::format("the entry '{}' {}", name, why),
                 "No export looks like this. Find out who made the archive before going on.");
}

Error too_large(const fs::path& path, std::string_view why) {
  return refused(path, "archive-too-large", why,
                 "If the archive is genuine, unpack it and import the folder.");
}

std::string reason_of(int error_code) {
  zip_error_t error;
  zip_error_init_with_code(&error, error_code);
  std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  return reason;
}

bool begins_like_a_zip(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  char start[4] = {};
  file.read(start, sizeof start);
  return std::string_view(start, sizeof start) == std::string_view("PK\x03\x04", 4);
}

Error cannot_open(const fs::path& path, int error_code) {
  if (error_code == ZIP_ER_NOENT || error_code == ZIP_ER_OPEN || error_code == ZIP_ER_READ) {
    return {Exit::refused_input, "unreadable-file",
            fmt::format("cannot read {}: {}", path.string(), reason_of(error_code)),
            "Check the path and that this account may read it."};
  }
  if (begins_like_a_zip(path)) {
    return damaged(
        path, fmt::format("the zip archive is damaged or its end is missing ({})", reason_of(error_code)));
  }
  return refused(path, "not-a-zip", "this is not a zip archive",
                 "Give the zip as exported, or the unpacked folder.");
}

/// Why a name may not be unpacked, or empty.
std::string_view fault_of_name(std::string_view name) {
  if (name.empty()) return "has no name";
  if (!is_utf8(name)) return "has a name that is not UTF-8";
  if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    return "has a control character in its name";
  }
  if (name.find('\\') != std::string_view::npos) return "has a backslash in its name";
  if (name.front() == '/') return "has an absolute path";
  if (name.size() >= 2 && name[1] == ':') return "names a drive";
  const auto parts = split(name, '/');
  if (std::find(parts.begin(), parts.end(), "..") != parts.end()) return "leaves the folder ('..')";
  return "";
}

bool is_link(zip_t* archive, std::uint64_t index) {
  constexpr std::uint32_t type_mask = 0170000;
  constexpr std::uint32_t link = 0120000;
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  if (zip_file_get_external_attributes(archive, index, 0, &system, &attributes) != 0) return false;
  return system == ZIP_OPSYS_UNIX && ((attributes >> 16) & type_mask) == link;
}

}  // namespace

struct ZipArchive::Handle {
  zip_t* archive = nullptr;
  ~Handle() {
    if (archive != nullptr) zip_discard(archive);
  }
};

ZipArchive::ZipArchive(fs::path path, ZipLimits limits)
    : path_(std::move(path)), limits_(limits), handle_(std::make_unique<Handle>()) {
  int error_code = 0;
  if (fs::is_directory(path_)) {
    throw refused(path_, "not-a-zip", "this is a folder, not a zip archive", "Give the zip as exported.");
  }
  handle_->archive = zip_open(path_.c_str(), ZIP_RDONLY, &error_code);
  if (handle_->archive == nullptr) throw cannot_open(path_, error_code);
  read_directory();
}

ZipArchive::~ZipArchive() = default;

void ZipArchive::read_directory() {
  const auto count =
      static_cast<std::uint64_t>(std::max<zip_int64_t>(zip_get_num_entries(handle_->archive, 0), 0));
  if (count > limits_.entries) {
    throw too_large(path_, fmt::format("it holds {} entries, more than {}", count, limits_.entries));
  }
  std::set<std::string> seen;
  std::uint64_t claimed = 0;
  for (std::uint64_t index = 0; index < count; ++index) {
    auto entry = read_entry(index);
    if (!seen.insert(to_lower(entry.name)).second) throw unsafe(path_, entry.name, "is there twice");
    claimed += entry.bytes;
    if (entry.bytes > limits_.entry_bytes || claimed > limits_.total_bytes) {
      throw too_large(path_, fmt::format("with '{}' ({} bytes) it would unpack to more than is allowed",
                                         entry.name, entry.bytes));
    }
    entries_.push_back(std::move(entry));
  }
}

ZipEntry ZipArchive::read_entry(std::uint64_t index) const {
  zip_stat_t about;
  zip_stat_init(&about);
  if (zip_stat_index(handle_->archive, index, ZIP_FL_ENC_GUESS, &about) != 0) {
    throw damaged(path_, fmt::format("entry {} cannot be read", index + 1));
  }
  const std::string name = (about.valid & ZIP_STAT_NAME) != 0 ? about.name : "";
  if (const auto fault = fault_of_name(name); !fault.empty()) throw unsafe(path_, name, fault);
  if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && about.encryption_method != ZIP_EM_NONE) {
    throw refused(path_, "encrypted-archive", fmt::format("the entry '{}' is encrypted", name),
                  "Export it without a password, or unpack it and import the folder.");
  }
  if (is_link(handle_->archive, index)) throw unsafe(path_, name, "is a symbolic link");
  ZipEntry entry;
  entry.name = name;
  entry.kind = name.ends_with('/') ? ZipEntry::Kind::folder : ZipEntry::Kind::file;
  entry.bytes = (about.valid & ZIP_STAT_SIZE) != 0 ? about.size : 0;
  entry.compressed_bytes = (about.valid & ZIP_STAT_COMP_SIZE) != 0 ? about.comp_size : 0;
  entry.index = index;
  return entry;
}

void ZipArchive::stream(const ZipEntry& entry, const std::function<void(std::string_view)>& take) {
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(
      zip_fopen_index(handle_->archive, entry.index, 0), zip_fclose);
  if (file == nullptr) {
    throw damaged(path_, fmt::format("the entry '{}' cannot be unpacked: {}", entry.name,
                                     zip_strerror(handle_->archive)));
  }
  std::string piece(256 << 10, '\0');
  std::uint64_t unpacked = 0;
  for (;;) {
    const auto got = zip_fread(file.get(), piece.data(), piece.size());
    if (got < 0) {
      throw damaged(path_,
                    fmt::format("the entry '{}' is damaged: {}", entry.name, zip_file_strerror(file.get())));
    }
    if (got == 0) break;
    unpacked += static_cast<std::uint64_t>(got);
    total_bytes_ += static_cast<std::uint64_t>(got);
    const bool swells = unpacked > limits_.ratio_from_bytes &&
                        unpacked / limits_.ratio >= std::max<std::uint64_t>(entry.compressed_bytes, 1);
    if (swells || unpacked > limits_.entry_bytes || total_bytes_ > limits_.total_bytes) {
      throw too_large(path_, fmt::format("the entry '{}' grows to more than is allowed ({} bytes from {})",
                                         entry.name, unpacked, entry.compressed_bytes));
    }
    take(std::string_view(piece.data(), static_cast<std::size_t>(got)));
  }
  if (unpacked != entry.bytes) {
    throw damaged(path_, fmt::format("the entry '{}' has {} bytes where the archive says {}", entry.name,
                                     unpacked, entry.bytes));
  }
}

void ZipArchive::extract(const ZipEntry& entry, const fs::path& to_file) {
  try {
    std::ofstream file(to_file, std::ios::binary | std::ios::trunc);
    const auto require = [&] {
      if (file) return;
      const bool full = os::free_bytes(to_file.parent_path()) < (1 << 20);
      throw Error(Exit::store, full ? "disk-full" : "unwritable-file",
                  fmt::format("cannot write {}", to_file.string()),
                  full ? "Make room on that disk, then run the command again."
                       : "Check that the folder exists and that this account may write there.");
    };
    require();
    stream(entry, [&](std::string_view piece) {
      file.write(piece.data(), static_cast<std::streamsize>(piece.size()));
      require();
    });
    file.close();
    require();
  } catch (...) {
    std::error_code ignored;
    fs::remove(to_file, ignored);
    throw;
  }
}

}  // namespace crier::format
