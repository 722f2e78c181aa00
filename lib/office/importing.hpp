// Importing as an act: the intake, then an audit entry.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "intake/run.hpp"
#include "office/office.hpp"
#include "store/import_store.hpp"

namespace crier::office {

/// A OneRoster set into the roster (I1, I6–I8).
intake::ImportAnswer import_oneroster(const Office& office, intake::ImportRequest request,
                                      const intake::Progress& progress);

/// From the OneRoster server of [import.`request.source`] (I4); `request.path` names a folder that keeps what
/// was pulled, or none.
intake::ImportAnswer import_rest(const Office& office, intake::ImportRequest request,
                                 const intake::Progress& progress);

/// An export of CSV files by the map `request.map` (I2).
intake::ImportAnswer import_csv(const Office& office, intake::ImportRequest request,
                                const intake::Progress& progress);

/// Reports of SIMS's report runner; `request.map` may be empty (I3).
intake::ImportAnswer import_sims(const Office& office, intake::ImportRequest request,
                                 const intake::Progress& progress);

/// A first map for files of an export (`import csv --suggest`), as TOML.
std::string suggest_map(const std::vector<std::filesystem::path>& files);

}  // namespace crier::office
