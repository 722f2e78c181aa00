// The commands beside the imports themselves: show, review, accept, discard, undo, and `import --now`.
#pragma once

#include "command.hpp"

namespace crier::cmd {

void add_import_history(CLI::App& command, Session& session);

}  // namespace crier::cmd
