// Making a store and looking whether one is sound.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "office/office.hpp"

namespace crier::office {

struct NewStore {
  std::filesystem::path settings_file;
  std::filesystem::path store;
};

/// `crier init`: writes the settings file, where none is there, and makes the store with its first school.
/// Throws Error(usage) for a bad school, zone or country, Error(refused_by_rule) where a settings file or
/// store exists.
NewStore init(const config::School& school, const std::filesystem::path& settings_file,
              std::string_view store, const Clock& clock, const std::string& actor);

struct Finding {
  std::string check;
  /// `ok`, `warning` or `error`.
  std::string level;
  std::string message;
  std::string remedy;
};
/// `crier store check`: the file's structure, counts that add up, the audit chain.
std::vector<Finding> check_store(const Office& office);

}  // namespace crier::office
