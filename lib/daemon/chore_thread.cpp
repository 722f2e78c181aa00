#include "daemon/chore_thread.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "store/connection.hpp"

namespace crier::daemon {
namespace {

constexpr std::chrono::minutes longest_wait{30};

/// What ends a chore that is under way.
struct Stopped {};

}  // namespace

ChoreThread::ChoreThread(std::filesystem::path store, const config::Settings& settings, const Clock& clock,
                         std::function<void()> ended)
    : store_(std::move(store)), settings_(settings), clock_(clock), ended_(std::move(ended)) {}

ChoreThread::~ChoreThread() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

bool ChoreThread::take(const config::Schedule& schedule) {
  if (busy_) return false;
  if (thread_.joinable()) thread_.join();
  busy_ = true;
  // Of an import that has to be taken again and again the first time counts.
  if (begun_anew_.exchange(false) || schedule.name != begun_for_) begun_ = std::chrono::steady_clock::now();
  begun_for_ = schedule.name;
  imports_ = schedule.kind == config::NoticeKind::import_source;
  thread_ = std::thread([this, schedule] { work(schedule); });
  return true;
}

bool ChoreThread::notices_wait() const {
  return busy_ && imports_ && std::chrono::steady_clock::now() - begun_ < longest_wait;
}

office::DueRuns ChoreThread::take_counts() {
  return {ran_.exchange(0), failed_.exchange(0)};
}

void ChoreThread::work(const config::Schedule& schedule) {
  bool recorded = false;
  try {
    const auto store = store::Connection::open(store_, store::Connection::Access::write);
    const office::Office office{*store, settings_, clock_, fmt::format("schedule {}", schedule.name),
                                schedule.school};
    const auto done = office::work_due_chore(office, schedule, [this] {
      if (stop_) throw Stopped{};
    });
    ran_ += done.ran;
    failed_ += done.failed;
    recorded = done.ran + done.failed > 0;
  } catch (const Stopped&) {
    log::info("{}: broken off; it is done again at the next start", schedule.name);
  } catch (const Error& error) {
    log::error("schedule {} could not run and is tried again: {}", schedule.name, in_one_line(error));
    ++failed_;
  } catch (const std::exception& error) {
    log::error("schedule {} broke: {}", schedule.name, error.what());
    ++failed_;
  }
  busy_ = false;
  // One that could not be done stays due: it is taken again at the next ordinary look, not at once and for
  // ever.
  if (!recorded) return;
  begun_anew_ = true;
  news_ = true;
  ended_();
}

}  // namespace crier::daemon
