#include "import_answer.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace crier::cmd {
namespace {

boost::json::object counts_object(const ImportReport& report, const FactCounts& counts) {
  boost::json::object object;
  for (const auto kind : all_fact_kinds) {
    if (report.tells(kind)) object[to_text(kind)] = counts[kind];
  }
  return object;
}

}  // namespace

boost::json::array issues_document(const std::vector<RowIssue>& list) {
  boost::json::array issues;
  for (const auto& issue : list) {
    boost::json::object one;
    one["file"] = issue.file;
    one["line"] = issue.line;
    one["column"] = output::text_or_null(issue.column);
    one["value"] = issue.value;
    one["reason"] = issue.reason;
    one["severity"] = issue.severity == Severity::error ? "error" : "warning";
    one["message"] = issue.message;
    issues.push_back(std::move(one));
  }
  return issues;
}

boost::json::object import_document(const intake::ImportAnswer& answer) {
  const auto& report = answer.report;
  boost::json::object import;
  if (report.id == 0) {
    import["id"] = nullptr;
  } else {
    import["id"] = report.id;
  }
  import["source"] = report.source;
  import["outcome"] = to_text(report.outcome);
  import["seconds"] = report.seconds;
  import["rows"] = report.rows;
  import["added"] = counts_object(report, report.added);
  import["changed"] = counts_object(report, report.changed);
  import["removed"] = counts_object(report, report.removed);
  boost::json::object document;
  document["import"] = std::move(import);
  document["issues"] = issues_document(report.issues);
  if (answer.error) document["error"] = output::error_document(*answer.error)["error"];
  return document;
}

Table counts_table(const ImportReport& report) {
  Table table;
  table.name = "import";
  table.columns = {{"kind", ""},
                   {"added", "Added", ColumnKind::count, "", Tone::good},
                   {"changed", "Changed", ColumnKind::count},
                   {"removed", "Removed", ColumnKind::count, "", Tone::warning}};
  for (const auto kind : all_fact_kinds) {
    if (!report.tells(kind)) continue;
    table.rows.push_back(
        {std::string(to_text(kind)), report.added[kind], report.changed[kind], report.removed[kind]});
  }
  return table;
}

std::string issue_line(const RowIssue& issue) {
  const auto column = issue.column.empty() ? std::string() : fmt::format(" {}", issue.column);
  const auto value = issue.value.empty() ? std::string() : fmt::format(" '{}'", issue.value);
  const auto place = issue.line == 0 ? issue.file : fmt::format("{}:{}", issue.file, issue.line);
  return fmt::format("{}{}{}: {}: {}", place, column, value, issue.reason, issue.message);
}

Exit exit_of(const intake::ImportAnswer& answer) {
  if (answer.error) return answer.error->exit();
  for (const auto& issue : answer.report.issues) {
    if (issue.severity == Severity::error) return Exit::in_part;
  }
  return Exit::done;
}

namespace {

void print_issues(Session& session, const ImportReport& report) {
  constexpr std::size_t most = 20;
  std::size_t errors = 0;
  for (const auto& issue : report.issues) errors += issue.severity == Severity::error;
  std::size_t shown = 0;
  for (const auto& issue : report.issues) {
    if (shown == most) {
      session.remark(fmt::format("… and {} more; --json lists them all.", report.issues.size() - shown));
      break;
    }
    session.remark(issue_line(issue));
    ++shown;
  }
  if (!report.issues.empty()) {
    session.remark(
        fmt::format("{} values or rows were not good; remarks: {}.", errors, report.issues.size() - errors));
  }
}

}  // namespace

Exit print_import(Session& session, const intake::ImportAnswer& answer) {
  const auto& report = answer.report;
  if (session.json()) {
    session.print(import_document(answer));
  } else {
    print_issues(session, report);
    if (!answer.error) {
      session.print(fmt::format("{}: {} rows from {} in {:.1f} s\n", to_text(report.outcome), report.rows,
                                report.source, report.seconds));
      session.print(counts_table(report));
      if (!answer.findings.empty()) {
        session.remark(
            fmt::format("Accepted against the guard: it would {}.", intake::describe(answer.findings)));
      }
      if (!answer.untold.empty() && report.outcome != ImportOutcome::unchanged) {
        session.remark(fmt::format("This source does not tell {}.", join(answer.untold, ", ")));
      }
    }
  }
  if (answer.error) {
    // With --json the document above holds the error already.
    if (session.json()) return answer.error->exit();
    throw *answer.error;
  }
  return exit_of(answer);
}

intake::Progress ImportBar::told() {
  return [this](std::string_view file, std::uint64_t done, std::uint64_t total) {
    if (!progress_ || total != total_) progress_.emplace("importing", static_cast<std::int64_t>(total));
    total_ = total;
    progress_->set_label(fmt::format("importing {}", file));
    progress_->set(static_cast<std::int64_t>(done));
  };
}

}  // namespace crier::cmd
