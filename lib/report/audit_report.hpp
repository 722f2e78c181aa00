// The audit log for whoever looks into what was done, by whom (M7, S3).
#pragma once

#include <functional>

#include "base/table.hpp"
#include "store/audit_store.hpp"
#include "store/connection.hpp"

namespace crier::report {

/// Latest first, for eyes: a note says so where there are more rows than anybody reads.
Table audit_table(store::Connection& connection, const store::AuditFilter& filter);

/// How often each act was done in that time, with a chart.
Table audit_acts_table(store::Connection& connection, const store::AuditFilter& filter);

/// The entries for programs: all of them, in tables of some thousand rows, one at least, as the log is read.
void audit_pages(store::Connection& connection, const store::AuditFilter& filter,
                 const std::function<void(const Table&)>& take);

}  // namespace crier::report
