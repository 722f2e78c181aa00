#include "report_form.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "base/os.hpp"
#include "office/looking.hpp"
#include "office/retention.hpp"
#include "output/html.hpp"
#include "output/progress.hpp"
#include "output/table.hpp"

namespace crier::cmd {
namespace {

/// A day as `--to` means the whole of it.
Instant end_of(Date date, const Zone& zone) {
  return zone.instant(LocalTime(std::chrono::local_days(date) + std::chrono::days(1)));
}

Instant end_of(std::string_view text, const Zone& zone) {
  if (const auto date = parse_date(text)) return end_of(*date, zone);
  return parse_when(text, zone, "--to");
}

/// Days are the wall's: seven days ago it was the same time of day, whatever the clocks did meanwhile.
Instant before(Instant now, std::string_view span, const Zone& zone) {
  const auto length = parse_span(span);
  if (!length || length->count() == 0) {
    throw Error(Exit::usage, "bad-span", fmt::format("--last: '{}' is no span of time", span),
                "Write a whole number above 0 and its unit: 7d, 24h, 90m.");
  }
  const auto ago = span.ends_with('d') ? zone.instant(zone.local(now) - *length)
                                       : now - std::chrono::milliseconds(*length);
  return std::max(ago, Instant{});
}

Range term_of(Session& session, const Zone& zone) {
  const auto term = office::current_term(session.office(office::StoreAccess::read));
  session.remark(fmt::format("The term {}: {} to {}.", term.name, to_iso(term.first), to_iso(term.last)));
  return {zone.instant(LocalTime(std::chrono::local_days(term.first))), end_of(term.last, zone)};
}

/// P1: since when what a report is made of is whole, where it reaches back behind that.
std::string not_whole(Session& session, std::optional<Instant> whole_from, Instant from) {
  if (!whole_from || *whole_from <= from) return "";
  return fmt::format("What is older than {} was let go (crier retention show): whole from then on.",
                     to_iso(session.zone().local(*whole_from)));
}

std::optional<Instant> whole_from(Session& session, const Report& report) {
  if (!report.range) return std::nullopt;
  return office::whole_from(session.office(office::StoreAccess::read), report.made_of);
}

/// Hands pieces on as they come, so that a long report takes no more room than a short one.
Exit write_pieces(Session& session, const ReportOptions& options,
                  const std::function<void(const os::Put&)>& fill) {
  if (options.file.name.empty()) {
    fill([&](std::string_view text) { session.print(text); });
    return Exit::done;
  }
  if (!os::write_file_whole(options.file.name, fill, options.file.existing())) refuse_existing(options.file);
  session.remark(fmt::format("Wrote {}", options.file.name));
  return Exit::done;
}

/// A report whose tables are short, as one whose main table may be long.
void rows_of(const Report& report, const Report::Begin& begin, const Report::Take& take) {
  auto tables = report.tables();
  const auto main = std::move(tables.at(report.main));
  const auto total = static_cast<std::int64_t>(main.rows.size());
  tables.erase(tables.begin() + static_cast<std::ptrdiff_t>(report.main));
  begin(tables, total);
  take(main);
}

std::string json_rows(const Table& table, bool& first) {
  std::string text;
  const auto document = output::json_table(table);
  for (const auto& row : document.at(table.name).as_array()) {
    text += first ? "\n    " : ",\n    ";
    text += output::line_text(row);
    first = false;
  }
  return text;
}

std::string json_head(Session& session, const Report& report) {
  std::string text =
      fmt::format("{{\n  \"report\": \"{}\",\n  \"title\": \"{}\",\n", report.name, report.title);
  if (!report.range) return text;
  return text + fmt::format("  \"from\": \"{}\",\n  \"to\": \"{}\",\n  \"whole_from\": {},\n",
                            to_rfc3339(report.range->from), to_rfc3339(report.range->to),
                            output::line_text(output::time_or_null(whole_from(session, report))));
}

class LongReport {
 public:
  /// The bar stands on standard error: not where the rows themselves go to the same screen.
  LongReport(const Report& report, const ReportOptions& options)
      : report_(report), drawn_(!options.file.name.empty() || !os::is_terminal(os::Stream::out)) {}

  void read(const Report::Begin& begin, const Report::Take& take) {
    const Report::Begin with_bar = [&](const std::vector<Table>& others, std::int64_t total) {
      if (drawn_ && total > quick) bar_.emplace(report_.title, total);
      begin(others, total);
    };
    std::int64_t done = 0;
    const Report::Take counted = [&](const Table& part) {
      take(part);
      done += static_cast<std::int64_t>(part.rows.size());
      if (bar_) bar_->set(done);
    };
    report_.rows ? report_.rows(with_bar, counted) : rows_of(report_, with_bar, counted);
    bar_.reset();
  }

 private:
  /// So many rows are there before anybody wonders.
  static constexpr std::int64_t quick = 20'000;
  const Report& report_;
  bool drawn_;
  std::optional<output::Progress> bar_;
};

void fill_csv(const Report& report, const ReportOptions& options, const os::Put& put) {
  bool first = true;
  LongReport(report, options)
      .read([](const std::vector<Table>&, std::int64_t) {},
            [&](const Table& part) {
              put(output::csv_table(part, first ? output::CsvHead::written : output::CsvHead::left_out));
              first = false;
            });
}

void fill_json(Session& session, const Report& report, const ReportOptions& options, const os::Put& put) {
  bool first_part = true;
  bool first = true;
  LongReport(report, options)
      .read(
          [&](const std::vector<Table>& others, std::int64_t) {
            // Nothing is said before the report may be made: a refusal is a document of its own.
            put(json_head(session, report));
            for (const auto& table : others) {
              bool fresh = true;
              const auto rows = json_rows(table, fresh);
              put(fmt::format("  \"{}\": [{}{}],\n", table.name, rows, fresh ? "" : "\n  "));
            }
          },
          [&](const Table& part) {
            if (first_part) put(fmt::format("  \"{}\": [", part.name));
            first_part = false;
            put(json_rows(part, first));
          });
  put(first ? "]\n}\n" : "\n  ]\n}\n");
}

/// `2026-11-01 to 2026-11-30` where it is of whole days, else `2026-11-18 10:00 to 2026-11-25 10:00`.
std::string covered(const Range& range, const Zone& zone) {
  const auto from = zone.local(range.from);
  const auto to = zone.local(range.to);
  const auto midnight = [](LocalTime at) { return at == std::chrono::floor<std::chrono::days>(at); };
  if (midnight(from) && midnight(to)) {
    return fmt::format("{} to {}", to_iso(from).substr(0, 10),
                       to_iso(to - std::chrono::days(1)).substr(0, 10));
  }
  const auto minute = [](LocalTime at) { return to_iso(at).substr(0, 16).replace(10, 1, " "); };
  return fmt::format("{} to {}", minute(from), minute(to));
}

std::string page_of(Session& session, const Report& report, const std::vector<Table>& tables) {
  const auto zone = session.zone();
  const auto now = session.clock().now();
  const auto covers =
      report.range ? covered(*report.range, zone) : to_iso(zone.local(now)).substr(0, 16).replace(10, 1, " ");
  return output::html_page({report.title, fmt::format("{} ({})", covers, zone.name()), "en", now}, tables,
                           zone);
}

std::string text_of(Session& session, const ReportOptions& options, const std::vector<Table>& tables) {
  const bool screen = options.file.name.empty();
  const output::TerminalStyle style{session.zone(),
                                    os::is_terminal(os::Stream::out) && screen ? os::terminal_columns() : 0,
                                    screen ? session.paint() : output::Paint()};
  std::string text;
  for (const auto& table : tables) {
    if (!text.empty()) text += "\n";
    text += output::terminal_table(table, style);
  }
  return text;
}

}  // namespace

void add_output(CLI::App& report, ReportOptions& options) {
  report.add_option("--format", options.format, "table, csv, json or html")
      ->check(CLI::IsMember({"table", "csv", "json", "html"}));
  add_output_file(report, options.file, "write to a file");
}

void add_range(CLI::App& report, ReportOptions& options) {
  auto* from = report.add_option("--from", options.from, "from this date or time")->type_name("TIME");
  auto* to = report.add_option("--to", options.to, "to this date, the whole day, or before this time")
                 ->type_name("TIME");
  auto* last = report.add_option("--last", options.last, "so long back from now, such as 7d or 24h")
                   ->type_name("SPAN");
  report.add_flag("--term", options.term, "this term, or the last one between two")
      ->excludes(from)
      ->excludes(to)
      ->excludes(last);
  last->excludes(from)->excludes(to);
  add_output(report, options);
}

Range range_of(Session& session, const ReportOptions& options) {
  const auto zone = session.zone();
  if (options.term) return term_of(session, zone);
  const auto now = session.clock().now();
  Range range;
  range.to = options.to.empty() ? now + std::chrono::seconds(1) : end_of(options.to, zone);
  range.from = !options.from.empty() ? parse_when(options.from, zone, "--from")
                                     : before(options.to.empty() ? now : range.to,
                                              options.last.empty() ? "7d" : options.last, zone);
  if (range.to > range.from) return range;
  if (options.to.empty()) {
    throw Error(Exit::usage, "bad-range", fmt::format("--from {} lies ahead of now", options.from),
                "Give an earlier time with --from.");
  }
  throw Error(Exit::usage, "bad-range",
              fmt::format("--to {} lies before --from {}", options.to, options.from),
              "Give the earlier time with --from.");
}

Exit write_report(Session& session, const ReportOptions& options, Report report) {
  require_free(options.file);
  const auto format = session.json() ? std::string("json") : options.format;
  if (format == "csv") {
    return write_pieces(session, options, [&](const os::Put& put) { fill_csv(report, options, put); });
  }
  if (format == "json") {
    return write_pieces(session, options,
                        [&](const os::Put& put) { fill_json(session, report, options, put); });
  }
  auto tables = report.tables();
  if (report.range) {
    if (auto note = not_whole(session, whole_from(session, report), report.range->from); !note.empty()) {
      tables.at(report.main).notes.push_back(std::move(note));
    }
  }
  const auto text = format == "html" ? page_of(session, report, tables) : text_of(session, options, tables);
  return write_pieces(session, options, [&](const os::Put& put) { put(text); });
}

}  // namespace crier::cmd
