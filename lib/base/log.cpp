#include "base/log.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <iterator>
#include <string>

#include "base/clock.hpp"
#include "base/text.hpp"

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

/// As a JSON string, without its quotes; bytes that are no UTF-8 as `?`.
std::string escaped(std::string_view given) {
  std::string text(given);
  if (!is_utf8(text)) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  }
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
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

Form chosen_form() {
  return form;
}

void write(Level level, std::string_view text) {
  if (!enabled(level)) return;
  std::string line;
  if (form == Form::json) {
    line = fmt::format("{{\"time\":\"{}\",\"level\":\"{}\",\"message\":\"{}\"}}\n",
                       to_rfc3339(SystemClock().now()), name(level), escaped(text));
  } else if (form == Form::timed) {
    line = fmt::format("{} {}: {}\n", to_rfc3339(SystemClock().now()), name(level), text);
  } else if (level <= Level::warning) {
    line = fmt::format("crier: {}: {}\n", name(level), text);
  } else {
    line = fmt::format("{}\n", text);
  }
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace crier::log
