// The commands of `crier people` by which the office enters people itself.
#pragma once

#include "command.hpp"

namespace crier::cmd {

void add_people_by_hand(CLI::App& people, Session& session);

}  // namespace crier::cmd
