// Chores of schedules on a thread of their own, with a connection of their own: an import of a district takes
// its seconds while the queue goes on (I13, T5). One at a time. What it does and records is office/due_runs'.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <thread>

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "office/due_runs.hpp"

namespace crier::daemon {

class ChoreThread final : public office::ChoreHand {
 public:
  /// `ended` is called on the thread when a chore has ended. Settings and clock must outlive it.
  ChoreThread(std::filesystem::path store, const config::Settings& settings, const Clock& clock,
              std::function<void()> ended);
  /// Ends what is under way; it is done again by whoever works the store next.
  ~ChoreThread() override;
  ChoreThread(const ChoreThread&) = delete;
  ChoreThread& operator=(const ChoreThread&) = delete;

  bool take(const config::Schedule& schedule) override;
  /// For half an hour at most: an import that hangs must not silence a school.
  bool notices_wait() const override;
  /// Once after each chore: whoever waited for it may go on.
  bool take_ended();
  office::DueRuns take_counts();

 private:
  void work(const config::Schedule& schedule);

  std::filesystem::path store_;
  const config::Settings& settings_;
  const Clock& clock_;
  std::function<void()> ended_;
  std::atomic<bool> busy_{false};
  std::atomic<bool> news_{false};
  std::atomic<bool> stop_{false};
  std::atomic<std::int64_t> ran_{0};
  std::atomic<std::int64_t> failed_{0};
  /// Since when an import is due and not recorded; of the loop's thread alone.
  std::optional<std::chrono::steady_clock::time_point> import_due_since_;
  std::atomic<bool> import_done_{false};
  std::thread thread_;
};

}  // namespace crier::daemon
