#include "office/adopting.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.hpp"
#include "base/os.hpp"
#include "office/due_runs.hpp"
#include "office/permission.hpp"
#include "store/identity_store.hpp"
#include "store/queue_store.hpp"
#include "store/release_store.hpp"
#include "store/report_store.hpp"

namespace crier::office {
namespace {

store::StorePlace place_of(const Office& office) {
  return {os::machine_id(), os::file_mark(office.store.path()),
          std::filesystem::absolute(office.store.path()).string()};
}

bool is_same(const store::StorePlace& a, const store::StorePlace& b) {
  // A machine without an id of its own (a container) tells by the file alone.
  const bool machine = a.machine == b.machine || a.machine.empty() || b.machine.empty();
  return machine && a.file_mark == b.file_mark;
}

bool is_due(const JobRow& job, Instant now) {
  if (job.counts.not_started + job.counts.processing > 0) return true;
  return job.counts.held > 0 && job.state == MessageState::released &&
         (!job.held_until || *job.held_until <= now);
}

}  // namespace

std::optional<std::string> copied_from(const Office& office) {
  const auto noted = store::noted_place(office.store);
  if (!noted || is_same(*noted, place_of(office))) return std::nullopt;
  return noted->path;
}

std::string require_copy(const Office& office) {
  const auto original = copied_from(office);
  if (!original) {
    throw Error(Exit::refused_by_rule, "no-copy",
                fmt::format("{} is no copy: it is where it was last worked", office.store.path().string()),
                "There is nothing to adopt; 'crier daemon' works it.");
  }
  return *original;
}

void note_own_place(const Office& office) {
  store::note_place(office.store, place_of(office), office.clock.now());
}

void require_own_place(const Office& office) {
  if (!store::noted_place(office.store)) {
    store::Transaction transaction(office.store);
    note_own_place(office);
    transaction.commit();
    return;
  }
  const auto original = copied_from(office);
  if (!original) return;
  const auto here = std::filesystem::absolute(office.store.path()).string();
  throw Error(
      Exit::store, "store-copied",
      here == *original
          ? fmt::format("{} was restored, or was last worked on another machine, and is paused", here)
          : fmt::format("{} is a copy of the store that was worked as {}, and is paused", here, *original),
      "If it takes that one's place, 'crier store adopt' shows what it would send, and lets it.");
}

DueMeanwhile due_meanwhile(const Office& office) {
  DueMeanwhile due;
  const auto now = office.clock.now();
  constexpr std::int64_t page = 500;
  store::JobFilter unsent;
  unsent.open = true;
  for (std::int64_t offset = 0;; offset += page) {
    auto rows = store::job_rows(office.store, unsent, offset, page);
    for (auto& job : rows) {
      if (is_due(job, now)) due.jobs.push_back(std::move(job));
    }
    if (static_cast<std::int64_t>(rows.size()) < page) break;
  }
  for (auto& run : missed_runs(office)) due.runs.push_back({run.schedule, run.at, run.missed});
  return due;
}

void adopt_store(const Office& office, AdoptWith with) {
  require(office, Act::change_store);
  const auto original = require_copy(office);
  store::Transaction transaction(office.store);
  std::int64_t cancelled = 0;
  if (with == AdoptWith::nothing_due) {
    // Of what was under way in the original, and of its notices, most has gone: that stays in doubt (D5, T4).
    cancelled = store::call_off_due(office.store, "cancelled", office.clock.now());
    settle_missed_runs(office);
  }
  store::drop_lease(office.store);
  store::rename_store(office.store, os::random_hex(16), office.clock.now());
  note_own_place(office);
  record(office, "adopt", "store",
         fmt::format(
             "copied from {}{}", original,
             with == AdoptWith::nothing_due ? fmt::format(": {} deliveries called off", cancelled) : ""));
  transaction.commit();
}

}  // namespace crier::office
