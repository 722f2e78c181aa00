// A OneRoster server, pulled empty page by page into a set of CSV files, which the reader of such sets then
// takes like an export (I4): what it says of users.csv line 17 can be looked up there. A pull is whole, or it
// is refused: a total that is not reached, a row that comes twice, a page that is missing mean that nothing
// is taken, and nobody goes.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "intake/issues.hpp"
#include "intake/rest_server.hpp"

namespace crier::intake {

struct RestPull {
  const config::RestSource& source;
  /// Facts and the fields that tell them: `metadata.form`, or a field of the vendor's own.
  const std::map<std::string, std::string>& columns;
  /// Where dates with a time and an offset are dates; empty: as they are written.
  std::string zone;
  /// An empty folder, which gets the set.
  std::filesystem::path folder;
  /// What is pulled and how many rows of it are there.
  std::function<void(std::string_view what, std::int64_t rows)> told;
};

/// What the server keeps back (no permission for marks) is marked absent, and an issue says so; the roster
/// itself must be whole. Throws Error(gateway) and Error(refused_input).
void pull_oneroster(const RestPull& pull, RestWorld world, IssueList& issues);

}  // namespace crier::intake
