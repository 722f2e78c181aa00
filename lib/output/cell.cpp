#include "output/cell.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace crier::output {
namespace {

std::string show_instant(Instant at, const Zone& zone) {
  auto text = to_iso(zone.local(at)).substr(0, 16);
  text[10] = ' ';
  return text;
}

std::string show_money(std::int64_t hundredths) {
  const auto magnitude =
      hundredths < 0 ? 0 - static_cast<std::uint64_t>(hundredths) : static_cast<std::uint64_t>(hundredths);
  return fmt::format("{}{}.{:02}", hundredths < 0 ? "-" : "", magnitude / 100, magnitude % 100);
}

std::string show_bytes(double bytes) {
  static constexpr std::array<std::string_view, 5> units{"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (std::abs(bytes) >= 999.95 && unit + 1 < units.size()) {
    bytes /= 1000;
    ++unit;
  }
  return unit == 0 ? fmt::format("{:.0f} B", bytes) : fmt::format("{:.1f} {}", bytes, units[unit]);
}

std::string show_seconds(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (seconds < 10 && seconds != std::floor(seconds)) return fmt::format("{:.1f} s", seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min", whole / 60);
  if (whole < 48 * 3600) return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
  return fmt::format("{} days", whole / 86'400);
}

/// Shares are worked out: two digits are more than they are worth.
double rounded_share(double value) {
  return std::round(value * 100) / 100;
}

std::string with_unit(std::string text, const Column& column) {
  return column.unit.empty() ? text : text + ' ' + column.unit;
}

std::string show_number(double value, const Column& column) {
  switch (column.kind) {
    case ColumnKind::percent:
      return fmt::format("{:.1f} %", value);
    case ColumnKind::bytes:
      return show_bytes(value);
    case ColumnKind::seconds:
      return show_seconds(value);
    default:
      return with_unit(fmt::format("{:.6g}", value), column);
  }
}

std::string show_whole(std::int64_t value, const Column& column) {
  switch (column.kind) {
    case ColumnKind::money:
      return with_unit(show_money(value), column);
    case ColumnKind::percent:
    case ColumnKind::bytes:
    case ColumnKind::seconds:
      return show_number(static_cast<double>(value), column);
    default:
      return with_unit(fmt::format("{}", value), column);
  }
}

}  // namespace

namespace {

/// Of three bytes: characters that turn the direction of what follows, up to the end of the line and beyond
/// the cell (U+202A to U+202E, U+2066 to U+2069), and line ends (U+2028, U+2029).
bool turns_text(std::string_view three) {
  const auto second = static_cast<unsigned char>(three[1]);
  const auto third = static_cast<unsigned char>(three[2]);
  return (second == 0x80 && third >= 0xA8 && third <= 0xAE) ||
         (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

}  // namespace

std::string without_controls(std::string_view utf8) {
  std::string clean;
  clean.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    const bool high_control =
        c == 0xC2 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xA0;
    if (high_control) ++i;  // U+0080 to U+009F
    const bool turning = c == 0xE2 && i + 2 < utf8.size() && turns_text(utf8.substr(i, 3));
    if (turning) i += 2;
    if (c < 0x20 || c == 0x7F || high_control || turning) {
      clean += ' ';
    } else {
      clean += utf8[i];
    }
  }
  return clean;
}

std::string shown(const Cell& cell, const Column& column, const Zone& zone) {
  struct Show {
    const Column& column;
    const Zone& zone;
    std::string operator()(std::monostate) const { return "–"; }
    std::string operator()(const std::string& text) const { return without_controls(text); }
    std::string operator()(std::int64_t value) const { return show_whole(value, column); }
    std::string operator()(double value) const { return show_number(value, column); }
    std::string operator()(Instant at) const { return show_instant(at, zone); }
    std::string operator()(bool yes) const { return yes ? "yes" : "no"; }
  };
  return std::visit(Show{column, zone}, cell);
}

std::string exact(const Cell& cell, const Column& column) {
  struct Write {
    const Column& column;
    std::string operator()(std::monostate) const { return ""; }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(std::int64_t value) const {
      return column.kind == ColumnKind::money ? show_money(value) : fmt::format("{}", value);
    }
    std::string operator()(double value) const {
      return fmt::format("{}", column.kind == ColumnKind::percent ? rounded_share(value) : value);
    }
    std::string operator()(Instant at) const { return to_rfc3339(at); }
    std::string operator()(bool yes) const { return yes ? "true" : "false"; }
  };
  return std::visit(Write{column}, cell);
}

boost::json::value to_json(const Cell& cell, const Column& column) {
  struct Make {
    const Column& column;
    boost::json::value operator()(std::monostate) const { return nullptr; }
    boost::json::value operator()(const std::string& text) const { return boost::json::string(text); }
    boost::json::value operator()(std::int64_t value) const {
      if (column.kind == ColumnKind::money) return static_cast<double>(value) / 100;
      return value;
    }
    boost::json::value operator()(double value) const {
      return column.kind == ColumnKind::percent ? rounded_share(value) : value;
    }
    boost::json::value operator()(Instant at) const { return boost::json::string(to_rfc3339(at)); }
    boost::json::value operator()(bool yes) const { return yes; }
  };
  return std::visit(Make{column}, cell);
}

bool stands_right(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::count:
    case ColumnKind::money:
    case ColumnKind::percent:
    case ColumnKind::bytes:
    case ColumnKind::seconds:
      return true;
    default:
      return false;
  }
}

double figure(const Cell& cell) {
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
  if (const auto* fraction = std::get_if<double>(&cell)) return std::isfinite(*fraction) ? *fraction : 0;
  return 0;
}

}  // namespace crier::output
