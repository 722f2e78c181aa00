// Importing as an act: the intake, then an audit entry.
#pragma once

#include <functional>
#include <string_view>

#include "intake/run.hpp"
#include "office/office.hpp"
#include "store/import_store.hpp"

namespace crier::office {

/// A OneRoster set into the roster (I1, I6–I8).
intake::ImportAnswer import_oneroster(const Office& office, intake::ImportRequest request,
                                      const intake::Progress& progress);

}  // namespace crier::office
