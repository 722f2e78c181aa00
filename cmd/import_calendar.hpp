// `crier import calendar` (I12).
#pragma once

#include "command.hpp"

namespace crier::cmd {

void add_import_calendar(CLI::App& import, Session& session);

}  // namespace crier::cmd
