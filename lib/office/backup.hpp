// The store as a file of its own, and back (X2). A backup is made while the daemon works; what is restored is
// a copy, and stays paused until it is adopted (D6).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "office/office.hpp"

namespace crier::office {

enum class Existing { refuse, replace };

struct BackupAnswer {
  std::filesystem::path file;
  std::int64_t bytes = 0;
};
/// A whole, sound copy of this moment; complete under its name or not there. Throws Error(refused_by_rule,
/// "file-exists"), Error(store) where it cannot be written.
BackupAnswer backup_store(const Office& office, const std::filesystem::path& file, Existing existing);

struct RestoreAnswer {
  std::filesystem::path store;
  /// Where the store is now that stood there before; empty where there was none.
  std::filesystem::path replaced;
};
/// Puts a backup in the place of the store. Throws Error(refused_input) for a file that is no sound store of
/// crier, Error(store, "lease-held") while somebody works the one that stands there.
RestoreAnswer restore_store(const config::Settings& settings, const Clock& clock,
                            const std::filesystem::path& store, const std::filesystem::path& file,
                            const std::string& actor);

}  // namespace crier::office
