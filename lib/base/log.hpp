// Remarks for people, on standard error: what the daemon did, what a command wants to say beside its data.
// No personal data but through Masked (house rule 10).
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace crier::log {

enum class Level { error, warning, info, debug };

/// Lines below this level are not written; `info` at the start.
void set_level(Level level);
bool enabled(Level level);
/// With times and levels, as a daemon's log wants them; without, as a command's remarks; or an object a line,
/// for programs: `{"time":…,"level":…,"message":…}`.
enum class Form { plain, timed, json };
void set_form(Form form);
Form chosen_form();
void write(Level level, std::string_view text);

template <typename... Args>
void error(fmt::format_string<Args...> text, Args&&... args) {
  write(Level::error, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void warning(fmt::format_string<Args...> text, Args&&... args) {
  write(Level::warning, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void info(fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::info)) write(Level::info, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void debug(fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::debug)) write(Level::debug, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace crier::log
