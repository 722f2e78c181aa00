// Bars as inline SVG: no script, no outside resource; whoever cannot see them hears title and description,
// and the figures stand in the table below. Part of output/html.
#pragma once

#include <string>
#include <string_view>

#include "base/table.hpp"
#include "base/zone.hpp"

namespace crier::output {

/// A bar per row (the first 40), the value columns stacked, at most four of them, with a legend where there
/// are several. `id` must be unique on its page. Empty where the chart's columns are not in the table or
/// nothing is above zero.
std::string svg_bars(const Table& table, const Chart& chart, const Zone& zone, std::string_view id);

}  // namespace crier::output
