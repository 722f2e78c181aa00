// How a report is asked for and written: its days, its form, its file. What it holds is cmd/report.cpp's and
// below.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/table.hpp"
#include "command.hpp"
#include "model/retention.hpp"
#include "output_file.hpp"

namespace crier::cmd {

struct ReportOptions {
  std::string from;
  std::string to;
  std::string last;
  bool term = false;
  std::string format = "table";
  OutputFile file;
};

/// `--format`, `-o`, `--force`.
void add_output(CLI::App& report, ReportOptions& options);
/// Those and `--from`, `--to`, `--last`, `--term`.
void add_range(CLI::App& report, ReportOptions& options);

/// [from, to).
struct Range {
  Instant from{};
  Instant to{};
};
/// What the options ask for; the last 7 days where they ask for nothing. Throws Error(usage) for times that
/// are none and ranges that go backwards.
Range range_of(Session& session, const ReportOptions& options);

/// A report, for eyes and for programs.
struct Report {
  const char* name;
  const char* title;
  /// Of what is so now: none.
  std::optional<Range> range = {};
  /// Since when what it is made of is whole (P1).
  DataKind made_of = DataKind::deliveries;
  /// As people read them, in this order.
  std::function<std::vector<Table>()> tables = {};
  /// Which of them is the CSV, and comes last in the JSON.
  std::size_t main = 0;

  /// For programs, where the main table may be long: `begin` is given the others and how many rows are to
  /// come (0: unknown), then `take` the rows in parts.
  using Begin = std::function<void(const std::vector<Table>&, std::int64_t)>;
  using Take = std::function<void(const Table&)>;
  std::function<void(const Begin&, const Take&)> rows = {};
};

Exit write_report(Session& session, const ReportOptions& options, Report report);

}  // namespace crier::cmd
