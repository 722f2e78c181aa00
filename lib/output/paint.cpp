#include "output/paint.hpp"

namespace crier::output {
namespace {

std::string_view code_of(Meaning meaning) {
  switch (meaning) {
    case Meaning::plain:
      return "";
    case Meaning::heading:
      return "1";
    case Meaning::good:
      return "32";
    case Meaning::warning:
      return "33";
    case Meaning::bad:
      return "31";
    case Meaning::faint:
      return "2";
  }
  return "";
}

bool wants_no_color() {
  const auto no_color = os::environment("NO_COLOR");
  const auto terminal = os::environment("TERM");
  return (no_color && !no_color->empty()) || (terminal && *terminal == "dumb");
}

}  // namespace

std::optional<ColorChoice> parse_color_choice(std::string_view word) {
  if (word == "auto") return ColorChoice::automatic;
  if (word == "always") return ColorChoice::always;
  if (word == "never") return ColorChoice::never;
  return std::nullopt;
}

Paint Paint::for_stream(ColorChoice choice, os::Stream stream) {
  Paint paint;
  paint.on_ = choice == ColorChoice::always ||
              (choice == ColorChoice::automatic && os::is_terminal(stream) && !wants_no_color());
  return paint;
}

std::string Paint::operator()(Meaning meaning, std::string_view text) const {
  if (!on_ || meaning == Meaning::plain || text.empty()) return std::string(text);
  std::string painted = "\x1b[";
  painted += code_of(meaning);
  painted += 'm';
  painted += text;
  return painted + "\x1b[0m";
}

}  // namespace crier::output
