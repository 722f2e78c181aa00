// `crier import bounces`, a command of `crier import`.
#pragma once

#include "command.hpp"

namespace crier::cmd {

void add_import_bounces(CLI::App& import, Session& session);

}  // namespace crier::cmd
