// The service manager that started this process, as systemd speaks (sd_notify(3)): a line of text to the
// socket that NOTIFY_SOCKET names. Where nobody has set it, all of this does nothing.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace crier::os {

/// `READY=1`, `STOPPING=1`, `WATCHDOG=1`, `STATUS=…`; several with line ends between them. Never fails: a
/// manager that does not listen is no reason to stop working.
void tell_service_manager(std::string_view state);

/// How long the service manager waits for a `WATCHDOG=1` before it takes this process for hung
/// (WATCHDOG_USEC); none where it does not watch this process.
std::optional<std::chrono::milliseconds> watchdog_patience();

/// SIGHUP, by which a daemon is asked to read its settings again: while the object lives `wake` is called, on
/// another thread, when one comes. Where standard input is a terminal the signal says that the terminal has
/// gone, and ends the process as ever.
class ReloadSignal {
 public:
  explicit ReloadSignal(std::function<void()> wake);
  ~ReloadSignal();
  ReloadSignal(const ReloadSignal&) = delete;
  ReloadSignal& operator=(const ReloadSignal&) = delete;
  /// Whether one came since this was last asked.
  static bool take();
};

}  // namespace crier::os
