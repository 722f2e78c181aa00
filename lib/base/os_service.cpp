#include "base/os_service.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>

#include "base/os.hpp"

namespace crier::os {
namespace {

std::optional<std::int64_t> number_in(const std::string& variable) {
  const auto text = environment(variable);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto* end = text->data() + text->size();
  const auto [stopped, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

}  // namespace

void tell_service_manager(std::string_view state) {
  const auto name = environment("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (!name || name->size() < 2 || name->size() >= sizeof address.sun_path) return;
  if (name->front() != '/' && name->front() != '@') return;
  std::memcpy(address.sun_path, name->data(), name->size());
  if (name->front() == '@') address.sun_path[0] = '\0';  // a name that no file stands for
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name->size());
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;
  (void)!::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                  reinterpret_cast<const sockaddr*>(&address), length);
  ::close(socket);
}

std::optional<std::chrono::milliseconds> watchdog_patience() {
  const auto watched = number_in("WATCHDOG_PID");
  if (watched && *watched != process_id()) return std::nullopt;
  const auto micros = number_in("WATCHDOG_USEC");
  if (!micros || *micros < 1000) return std::nullopt;
  return std::chrono::milliseconds(*micros / 1000);
}

namespace {

std::atomic<bool> reload_flag = false;
int reload_pipe[2] = {-1, -1};
std::mutex reload_mutex;
std::function<void()> wake_on_reload;

void note_reload(int) {
  const int error = errno;
  reload_flag = true;
  (void)!::write(reload_pipe[1], "!", 1);
  errno = error;
}

/// Once for the process: the handler, and a thread that turns its byte into a call.
void watch_reload_signal() {
  static const bool watching = [] {
    if (is_terminal(Stream::in) || ::pipe2(reload_pipe, O_CLOEXEC) != 0) return false;
    struct sigaction action {};
    action.sa_handler = note_reload;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGHUP, &action, nullptr);
    std::thread([] {
      char byte;
      for (;;) {
        const auto got = ::read(reload_pipe[0], &byte, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return;
        const std::lock_guard lock(reload_mutex);
        if (wake_on_reload) wake_on_reload();
      }
    }).detach();
    return true;
  }();
  (void)watching;
}

}  // namespace

ReloadSignal::ReloadSignal(std::function<void()> wake) {
  {
    const std::lock_guard lock(reload_mutex);
    wake_on_reload = std::move(wake);
  }
  watch_reload_signal();
}

ReloadSignal::~ReloadSignal() {
  const std::lock_guard lock(reload_mutex);
  wake_on_reload = nullptr;
}

bool ReloadSignal::take() {
  return reload_flag.exchange(false);
}

}  // namespace crier::os
