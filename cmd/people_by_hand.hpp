// The commands of `crier people` by which the office enters people itself, and those that say which records
// of contacts are one person.
#pragma once

#include "command.hpp"

namespace crier::cmd {

void add_people_by_hand(CLI::App& people, Session& session);
void add_people_merging(CLI::App& people, Session& session);

}  // namespace crier::cmd
