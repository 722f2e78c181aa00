// Letting go what was kept long enough (P1), by the limits under [retention]. Safe beside a daemon that
// works: few rows at a time, each batch a short transaction. A run that is killed has let go of part, and the
// next goes on.
//
// Never by age: opt-outs, blocks, consent, what was told and to whom (T4), open data issues, what has not
// left or is in doubt, the last import that can be undone.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/table.hpp"
#include "model/retention.hpp"
#include "office/office.hpp"

namespace crier::office {

/// So many of one thing: `deliveries`, `attendance marks`.
struct LetGo {
  std::string what;
  std::int64_t count = 0;
};

struct KindReport {
  DataKind kind{};
  /// None: kept for good.
  std::optional<std::chrono::seconds> limit;
  /// What is older goes; none where it is kept.
  std::optional<Instant> before;
  std::vector<LetGo> let_go;
  /// Messages that are older and stay: something of them has not left, or is in doubt.
  std::int64_t stays = 0;
  /// Why something could not be let go, or empty.
  std::string fault;
  std::int64_t total() const;
};

struct RetentionReport {
  std::vector<KindReport> kinds;
  double seconds = 0;
  /// The longest that others had to wait for the store.
  double longest_lock = 0;
  /// Somebody asked to stop: the next run goes on.
  bool stopped = false;
  /// In the store's file, for what comes next.
  std::int64_t free_bytes = 0;
  std::int64_t total() const;
  bool in_part() const;
};

/// Between two batches: whether to go on. None: always.
using GoOn = std::function<bool()>;

/// Lets go of everything that its limit says; audited with what it let go of.
RetentionReport run_retention(const Office& office, const GoOn& between = {});

/// The same counts, and changes nothing.
RetentionReport preview_retention(const Office& office);

/// Writes the store's file anew without free room; nobody else can write meanwhile. How many bytes it gave
/// back.
std::int64_t compact_store(const Office& office);

/// Since when a kind of data is whole: what is older may have been let go. None: nothing was.
std::optional<Instant> whole_from(const Office& office, DataKind kind);

/// Every kind with its limit, since when it is whole, and when it was looked at.
Table retention_table(const Office& office);

}  // namespace crier::office
