// The audit log for whoever looks into what was done, by whom (M7, S3).
#pragma once

#include <string_view>

#include "base/table.hpp"
#include "store/connection.hpp"

namespace crier::report {

/// In [from, to), latest first; of an actor and an act where they are named.
Table audit_table(store::Connection& connection, Instant from, Instant to, std::string_view actor,
                  std::string_view act);

}  // namespace crier::report
