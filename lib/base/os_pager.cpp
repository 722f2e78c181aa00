#include "base/os_pager.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "base/os.hpp"
#include "base/text.hpp"

namespace crier::os {
namespace {

/// The shell's words for 'I cannot run that' and 'there is no such thing'.
constexpr int cannot_run = 126;
constexpr int not_found = 127;

bool is_installed(const std::string& program) {
  const auto path = environment("PATH").value_or("/usr/bin:/bin");
  for (const auto folder : split(path, ':')) {
    if (!folder.empty() && ::access((fs::path(folder) / program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // it was left before the end
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// While somebody reads, Ctrl-C is for the pager.
class InterruptsForThePager {
 public:
  InterruptsForThePager() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGINT, &ignore, &before_);
  }
  ~InterruptsForThePager() { ::sigaction(SIGINT, &before_, nullptr); }
  InterruptsForThePager(const InterruptsForThePager&) = delete;
  InterruptsForThePager& operator=(const InterruptsForThePager&) = delete;
  const struct sigaction& before() const { return before_; }

 private:
  struct sigaction before_ {};
};

[[noreturn]] void become_pager(const std::string& command, int input, const struct sigaction& interrupts) {
  ::sigaction(SIGINT, &interrupts, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  if (input != STDIN_FILENO) {
    ::dup2(input, STDIN_FILENO);
    ::close(input);
  }
  // Colours stay, and what fits on one screen is not kept there; who has said otherwise is not overruled.
  ::setenv("LESS", "FRX", 0);
  ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
  ::_exit(cannot_run);
}

}  // namespace

std::size_t terminal_rows() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) return size.ws_row;
  return 24;
}

std::optional<std::string> chosen_pager() {
  for (const auto* variable : {"CRIER_PAGER", "PAGER"}) {
    const auto command = environment(variable);
    if (!command) continue;
    const auto words = trim_invisible(*command);
    if (words.empty() || words == "cat") return std::nullopt;
    return std::string(words);
  }
  const auto terminal = environment("TERM");
  if (!terminal || *terminal == "dumb" || !is_installed("less")) return std::nullopt;
  return "less -FRX";
}

bool show_in_pager(const std::string& command, std::string_view text) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  const InterruptsForThePager interrupts;
  const auto child = ::fork();
  if (child == 0) become_pager(command, ends[0], interrupts.before());
  ::close(ends[0]);
  if (child > 0) write_all(ends[1], text);
  ::close(ends[1]);
  if (child < 0) return false;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return true;
  }
  return !WIFEXITED(status) || (WEXITSTATUS(status) != cannot_run && WEXITSTATUS(status) != not_found);
}

bool is_terminal(Stream stream) {
  switch (stream) {
    case Stream::in:
      return ::isatty(STDIN_FILENO) == 1;
    case Stream::out:
      return ::isatty(STDOUT_FILENO) == 1;
    case Stream::err:
      return ::isatty(STDERR_FILENO) == 1;
  }
  return false;
}

std::size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace crier::os
