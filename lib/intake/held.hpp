// The files of an import that the guard holds: kept as they were given, beside the store and for its owner
// alone, until somebody has decided (I7).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "intake/run.hpp"

namespace crier::intake {

/// `crier.db.held/12`
std::filesystem::path held_folder(const std::filesystem::path& store, std::int64_t import);

/// Copies what was imported, with its map. Throws Error(store) where they cannot be kept.
void keep_files(const std::filesystem::path& store, std::int64_t import, const ImportRequest& request);

/// The request once more, on the kept files. Throws Error(nothing_there) where they are no longer there.
ImportRequest kept_request(const std::filesystem::path& store, std::int64_t import);

/// Takes the files away; where they cannot be taken away they stay.
void forget_files(const std::filesystem::path& store, std::int64_t import);

}  // namespace crier::intake
