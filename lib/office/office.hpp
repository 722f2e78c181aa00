// Who acts, on which store, by which settings and clock: what every act of the office is handed. The acts
// (design decision 8) are functions beside this: permission, one transaction, an audit entry.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "store/audit_store.hpp"
#include "store/connection.hpp"

namespace crier::office {

struct Office {
  store::Connection& store;
  const config::Settings& settings;
  const Clock& clock;
  /// The account that acts, or the schedule's name.
  std::string actor;
  /// `--school`, or empty.
  std::string school;
};

/// Writes an audit entry; the caller holds the transaction.
void record(const Office& office, std::string_view act, std::string subject, std::string detail);

/// Whether the audit log is whole, and which entry is the first that is not (M7).
store::AuditCheck check_audit(const Office& office);

/// Where the store is: `--store`, else `store` in the settings, else `crier.db` beside the settings file,
/// else in the user's state folder. Throws Error(usage) for a URL that this program cannot serve.
std::filesystem::path store_path(const config::Settings& settings, std::string_view from_command_line);

/// The school that `--school` names; none where it names none. Throws Error(nothing_there).
std::optional<std::int64_t> named_school(const Office& office);

/// The bell beside a store: rung after work was queued, so that a sleeping daemon wakes at once.
std::filesystem::path bell_path(const std::filesystem::path& store);

}  // namespace crier::office
