#include "office/freshness.hpp"

#include <fmt/format.h>

#include <thread>

#include "base/error.hpp"
#include "base/log.hpp"
#include "intake/run.hpp"
#include "store/import_store.hpp"

namespace crier::office {
namespace {

constexpr std::chrono::minutes longest_wait{60};
constexpr std::chrono::milliseconds look_again{250};

/// `3 h`, `2 days`.
std::string span_text(Millis span) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(span).count();
  if (hours < 1) return fmt::format("{} min", std::chrono::duration_cast<std::chrono::minutes>(span).count());
  return hours < 48 ? fmt::format("{} h", hours) : fmt::format("{} days", hours / 24);
}

}  // namespace

void require_fresh_data(const Office& office) {
  const auto end = std::chrono::steady_clock::now() + longest_wait;
  if (intake::import_runs(office.store)) log::info("an import runs: waiting for it");
  while (intake::import_runs(office.store)) {
    if (std::chrono::steady_clock::now() >= end) {
      throw Error(Exit::refused_by_rule, "stale-data", "an import has been running for an hour",
                  "See 'crier import list'. Nothing was queued.");
    }
    std::this_thread::sleep_for(look_again);
  }
  const auto ages = store::source_ages(office.store);
  if (ages.empty()) {
    throw Error(Exit::refused_by_rule, "stale-data", "nothing was ever imported into this store",
                "Import first, or leave --after-sync out. Nothing was queued.");
  }
  for (const auto& age : ages) {
    const auto old = office.clock.now() - age.started;
    if (old <= office.settings.sending.stale_after) continue;
    throw Error(
        Exit::refused_by_rule, "stale-data",
        fmt::format("the data of '{}' are {} old; {} are allowed", age.source, span_text(old),
                    span_text(office.settings.sending.stale_after)),
        fmt::format("Run the import of '{}', set stale_after under [sending], or leave --after-sync out. "
                    "Nothing was queued.",
                    age.source));
  }
}

}  // namespace crier::office
