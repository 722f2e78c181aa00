// Colours by what they mean, for people at a terminal. Off where the output is no terminal, where NO_COLOR is
// set or where the person says so; then every text comes out as it went in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/os.hpp"

namespace crier::output {

enum class ColorChoice { automatic, always, never };
/// `auto`, `always`, `never`.
std::optional<ColorChoice> parse_color_choice(std::string_view word);

enum class Meaning { plain, heading, good, warning, bad, faint };

class Paint {
 public:
  /// No colours.
  Paint() = default;
  /// `automatic`: on if the stream is a terminal that can and NO_COLOR (no-color.org) is empty or not set.
  static Paint for_stream(ColorChoice choice, os::Stream stream);

  bool on() const { return on_; }
  std::string operator()(Meaning meaning, std::string_view text) const;

 private:
  bool on_ = false;
};

}  // namespace crier::output
