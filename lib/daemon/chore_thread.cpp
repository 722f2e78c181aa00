#include "daemon/chore_thread.hpp"

#include "base/error.hpp"
#include "base/log.hpp"

namespace crier::daemon {
namespace {

constexpr std::chrono::minutes longest_wait{30};

}  // namespace

ChoreThread::ChoreThread(std::filesystem::path store, const config::Settings& settings, const Clock& clock,
                         std::function<void()> ended)
    : store_(std::move(store)), settings_(settings), clock_(clock), ended_(std::move(ended)) {}

ChoreThread::~ChoreThread() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

bool ChoreThread::take(const config::Schedule& schedule) {
  const bool imports = schedule.kind == config::NoticeKind::import_source;
  // Of one that has to be taken again and again, or waits for another chore, the first time counts.
  if (imports && !import_due_since_) import_due_since_ = std::chrono::steady_clock::now();
  if (busy_) return false;
  if (thread_.joinable()) thread_.join();
  busy_ = true;
  thread_ = std::thread([this, schedule] { work(schedule); });
  return true;
}

bool ChoreThread::notices_wait() const {
  return import_due_since_ && std::chrono::steady_clock::now() - *import_due_since_ < longest_wait;
}

bool ChoreThread::take_ended() {
  if (import_done_.exchange(false)) import_due_since_.reset();
  return news_.exchange(false);
}

office::DueRuns ChoreThread::take_counts() {
  return {ran_.exchange(0), failed_.exchange(0)};
}

void ChoreThread::work(const config::Schedule& schedule) {
  bool recorded = false;
  try {
    const auto done = office::work_due_chore(store_, settings_, clock_, schedule, [this] { return !stop_; });
    ran_ += done.ran;
    failed_ += done.failed;
    recorded = done.ran + done.failed > 0;
  } catch (const Error& error) {
    log::error("schedule {} could not run and is tried again: {}", schedule.name, in_one_line(error));
    ++failed_;
  } catch (const std::exception& error) {
    log::error("schedule {} broke: {}", schedule.name, error.what());
    ++failed_;
  }
  if (recorded && schedule.kind == config::NoticeKind::import_source) import_done_ = true;
  busy_ = false;
  // One that could not be done stays due: it is taken again at the next ordinary look, not at once and for
  // ever.
  if (!recorded) return;
  news_ = true;
  ended_();
}

}  // namespace crier::daemon
