// The program in which somebody at a terminal reads what is longer than the screen (`less`). What goes
// through it is text that has been made already; nothing is lost where it cannot be started.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace crier::os {

/// Lines of the terminal at standard output, 24 where unknown.
std::size_t terminal_rows();

/// What the person wants to read with: CRIER_PAGER, else PAGER, else `less -FRX` where it is installed.
/// Nothing where the variable is empty or `cat`, and where there is none.
std::optional<std::string> chosen_pager();

/// Runs the command by the shell, hands it the text and waits until it is left; whoever leaves before the end
/// has seen enough, and that is no fault. False where it could not be started: nobody has seen the text.
bool show_in_pager(const std::string& command, std::string_view text);

}  // namespace crier::os
