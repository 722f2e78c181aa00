// What every source has in common: a reader that turns files or answers into staged facts. A new source is a
// reader and a page; difference, guard, apply and record are the same for all.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "config/settings.hpp"
#include "intake/issues.hpp"
#include "store/intake_stage.hpp"
#include "store/school_store.hpp"

namespace crier::intake {

/// Bytes read of bytes in all.
using Progress = std::function<void(std::string_view file, std::uint64_t done, std::uint64_t total)>;

/// What a reader may know of the house.
struct ReaderContext {
  const config::Settings& settings;
  const config::ImportSource& source;
  /// The schools that stand, and which the source called by which id.
  std::vector<store::SchoolRow> schools;
  std::map<std::string, std::int64_t, std::less<>> schools_of_source;
  Date today;
};

class SourceReader {
 public:
  virtual ~SourceReader() = default;

  /// Reads and stages everything. Throws Error(refused_input) for what is not what it says to be.
  virtual void read() = 0;

  /// Rows read, bad ones too; headers not.
  virtual std::int64_t rows() const = 0;
  /// Schools that the source brings; the caller adds them in the import's transaction.
  virtual const std::vector<store::SchoolRow>& new_schools() const = 0;
  /// The source's ids of schools, with ours.
  virtual const std::map<std::string, std::int64_t, std::less<>>& school_ids() const = 0;
  /// Names of facts that nothing in this source tells, a court order above all.
  virtual std::vector<std::string> untold() const = 0;
};

/// Opens a source for reading; throws Error(refused_input) where it cannot be what it says.
using OpenSource =
    std::function<std::unique_ptr<SourceReader>(store::IntakeStage&, ReaderContext, IssueList&, Progress)>;

}  // namespace crier::intake
