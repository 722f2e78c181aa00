// A call that nobody took (D2): where it is made again. Part of the engine's settling.
#pragma once

#include <cstdint>

#include "config/settings.hpp"
#include "store/connection.hpp"

namespace crier::delivery {

/// To the person's next number, if there is one that is theirs alone, that nobody else of this job is called
/// at and that the sandbox lets through (M9); else where it is.
void call_next_number(store::Connection& connection, const config::Settings& settings, std::int64_t delivery);

}  // namespace crier::delivery
