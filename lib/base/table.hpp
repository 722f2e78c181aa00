// One row model for every face (design decision 7): a report, a list or a page is a Table. Made by report and
// by the commands; output prints it on a terminal, as CSV, as JSON or as a page.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/instant.hpp"

namespace crier {

enum class ColumnKind {
  text,
  /// An e-mail address, a number: never cut short.
  address,
  /// int64
  count,
  /// int64, in hundredths; the unit is the currency (`GBP`)
  money,
  /// double or int64, 0 to 100
  percent,
  /// int64
  bytes,
  /// int64 or double
  seconds,
  instant,
  /// text, `2026-11-25`
  date,
};

/// What a figure above zero means, for colours.
enum class Tone { plain, good, warning, bad };

struct Column {
  /// `snake_case`: the head of the CSV and the key of the JSON.
  std::string name;
  /// What people read.
  std::string title;
  ColumnKind kind = ColumnKind::text;
  std::string unit = {};
  Tone tone = Tone::plain;
};

/// Nothing known (null), text, a whole number, a fraction, a time, yes or no.
using Cell = std::variant<std::monostate, std::string, std::int64_t, double, Instant, bool>;

/// Bars of one or more columns of a table, side by side on one scale (stacked), a row each.
struct Chart {
  std::string title;
  /// What somebody who cannot see the bars should know.
  std::string description;
  /// What a bar is called, with blanks between.
  std::vector<std::string> label_columns;
  std::vector<std::string> value_columns;
};

struct Table {
  /// `snake_case`: under which key the rows stand in JSON.
  std::string name;
  std::string title;
  std::vector<Column> columns;
  /// Each as long as `columns`.
  std::vector<std::vector<Cell>> rows;
  std::vector<std::string> notes = {};
  std::vector<Chart> charts = {};
};

}  // namespace crier
