// Any bytes as an export's archive: its directory read, every file unpacked within the limits (I1, I8). A
// crash, a leak, an exception that is no crier::Error, or more bytes than the limits allow is a find.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "format/zip.hpp"

using namespace crier;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const auto path =
      std::filesystem::temp_directory_path() / ("crier-fuzz-" + std::to_string(::getpid()) + ".zip");
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(size));
  format::ZipLimits limits;
  limits.entry_bytes = 1 << 20;
  limits.total_bytes = 4 << 20;
  limits.ratio_from_bytes = 64 << 10;
  std::uint64_t unpacked = 0;
  try {
    format::ZipArchive archive(path, limits);
    for (const auto& entry : archive.entries()) {
      if (entry.kind != format::ZipEntry::Kind::file) continue;
      try {
        archive.stream(entry, [&](std::string_view piece) { unpacked += piece.size(); });
      } catch (const Error&) {
        // This entry is refused; the next may be good.
      }
    }
  } catch (const Error&) {
    // Refused, with a reason: as it should be.
  }
  if (unpacked > (8u << 20)) std::abort();
  std::filesystem::remove(path);
  return 0;
}
