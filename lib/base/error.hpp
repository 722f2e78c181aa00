// The one exception that crier throws where a rule refuses or a resource fails (design decision 1).
// It carries the exit code of the interface, a stable code for scripts, what happened and what to do;
// it is printed in one place: main, a request handler, a daemon task.
#pragma once

#include <exception>
#include <string>

namespace crier {

/// The exit codes that scripts rely on.
enum class Exit : int {
  done = 0,
  in_part = 1,
  usage = 2,
  refused_input = 3,
  nothing_there = 4,
  refused_by_rule = 5,
  store = 6,
  gateway = 7,
  defect = 70,
};

class Error : public std::exception {
 public:
  /// `code` is a stable word for scripts (`removal-guard`); `message` says what, where and which value;
  /// `hint` says what to do.
  Error(Exit exit, std::string code, std::string message, std::string hint);

  Exit exit() const noexcept { return exit_; }
  const std::string& code() const noexcept { return code_; }
  const std::string& message() const noexcept { return message_; }
  const std::string& hint() const noexcept { return hint_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  Exit exit_;
  std::string code_;
  std::string message_;
  std::string hint_;
};

/// What happened and what to do, in one line for a log or a mail.
std::string in_one_line(const Error& error);

}  // namespace crier
