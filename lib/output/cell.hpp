// The two faces of a cell: what people read and what programs read. Part of output; the printers stand on it.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "base/table.hpp"
#include "base/zone.hpp"

namespace crier::output {

/// For people: `2026-11-25 16:00` in the zone, `12.34 GBP`, `96.4 %`, `1.2 MB`, `5 h 12 min`, `yes`; `–`
/// where nothing is known. On one line, without control characters, whatever the text holds.
std::string shown(const Cell& cell, const Column& column, const Zone& zone);

/// For programs, as text: RFC 3339 UTC, money as `12.34`, `true`; empty where nothing is known.
std::string exact(const Cell& cell, const Column& column);

/// For programs, as JSON.
boost::json::value to_json(const Cell& cell, const Column& column);

/// Numbers stand at the right.
bool stands_right(ColumnKind kind);

/// The figure of a cell, for colours and bars; 0 where it is none.
double figure(const Cell& cell);

/// Text without what would move a terminal's cursor or break a line.
std::string without_controls(std::string_view utf8);

}  // namespace crier::output
