#include "base/log.hpp"

#include <atomic>
#include <cstdio>
#include <string>

#include "base/clock.hpp"

namespace crier::log {
namespace {

std::atomic<Level> threshold{Level::info};
std::atomic<Form> form{Form::plain};

std::string_view name(Level level) {
  switch (level) {
    case Level::error:
      return "error";
    case Level::warning:
      return "warning";
    case Level::info:
      return "info";
    case Level::debug:
      return "debug";
  }
  return "";
}

}  // namespace

void set_level(Level level) {
  threshold = level;
}
bool enabled(Level level) {
  return level <= threshold;
}
void set_form(Form chosen) {
  form = chosen;
}

void write(Level level, std::string_view text) {
  if (!enabled(level)) return;
  std::string line;
  if (form == Form::timed) {
    line = fmt::format("{} {}: {}\n", to_rfc3339(SystemClock().now()), name(level), text);
  } else if (level <= Level::warning) {
    line = fmt::format("crier: {}: {}\n", name(level), text);
  } else {
    line = fmt::format("{}\n", text);
  }
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace crier::log
