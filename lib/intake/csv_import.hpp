// `crier import csv`: an export of CSV files by its map (I2), through the run that every source has.
#pragma once

#include "intake/run.hpp"

namespace crier::intake {

/// `request.map` is the map. Throws Error(usage) where it is not good.
ImportAnswer import_csv(store::Connection& connection, const config::Settings& settings, const Clock& clock,
                        const ImportRequest& request, const Progress& progress);

}  // namespace crier::intake
