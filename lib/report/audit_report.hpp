// The audit log for whoever looks into what was done, by whom (M7, S3).
#pragma once

#include <functional>

#include "base/table.hpp"
#include "store/audit_store.hpp"
#include "store/connection.hpp"

namespace crier::report {

/// Latest first, for eyes: a note says so where there are more rows than anybody reads.
Table audit_table(store::Connection& connection, const store::AuditFilter& filter);

/// The same for programs: all of it, in tables of some thousand rows, one at least, as the log is read.
void audit_pages(store::Connection& connection, const store::AuditFilter& filter,
                 const std::function<void(const Table&)>& take);

}  // namespace crier::report
