// `crier import sims PATH` (I3): a report of SIMS's report runner, or a folder of several, as one import.
#pragma once

#include "intake/run.hpp"

namespace crier::intake {

/// `request.path` is a report or the folder that holds all; `request.map` may be empty.
ImportAnswer import_sims(store::Connection& connection, const config::Settings& settings, const Clock& clock,
                         const ImportRequest& request, const Progress& progress);

}  // namespace crier::intake
